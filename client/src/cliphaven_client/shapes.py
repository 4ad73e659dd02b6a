"""What all shapes have in common."""

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    """What the API tells. Fields that came later are let through, so that a newer house breaks no older program."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Sent(BaseModel):
    """What the API is told, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")
