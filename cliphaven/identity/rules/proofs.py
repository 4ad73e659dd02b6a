"""What counts as proof of who somebody is, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PROOF_LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=10)
"""How far clocks of machines may differ."""
STRONG = frozenset({"totp", "passkey", "recovery"})
"""Proofs by something that whoever reads the person's mail does not have."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the person of a sign-in has proved who they are: by signing in, and perhaps again since."""

    signed_in_at: datetime
    proved_at: datetime | None
    proved_by: str
    has_second_factor: bool

    @property
    def is_strong(self) -> bool:
        """Whether a second factor was shown in this sign-in."""
        return self.proved_by in STRONG

    def is_fresh(self, *, now: datetime) -> bool:
        """Whether the proof is young enough for what is dear. Who has a second factor proves with that alone."""
        if self.has_second_factor and not self.is_strong:
            return False
        proofs = [self.proved_at] if self.has_second_factor else [self.signed_in_at, self.proved_at]
        return any(at is not None and -LEEWAY <= now - at < PROOF_LIFE for at in proofs)
