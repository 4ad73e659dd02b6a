"""Shapes of the API for files."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictInt

from cliphaven.files.queries import OwnFile
from cliphaven.files.rules import NAME_MAX
from cliphaven.foundation.shapes import Order
from cliphaven.providers.storage import PresignedForm


class FileOrder(Order):
    """A file that you want to bring: its type, its length in bytes, and what it is called."""

    content_type: Annotated[str, Field(max_length=64, examples=["image/png"])]
    size_bytes: Annotated[StrictInt, Field(ge=0, le=2**31 - 1, examples=[245_120])]
    name: Annotated[str, Field(max_length=NAME_MAX, examples=["cover.png"])] = ""


class Leave(Schema):
    """Where to send it: a form of several parts (multipart/form-data) with these fields first, and `file` last."""

    file: UUID
    url: str
    fields: dict[str, str]
    expires_at: datetime


class FileNow(Schema):
    """How far a file is. `sentence` says why one was refused."""

    file: UUID
    purpose: str
    subject: int
    state: Literal["asked", "arrived", "ready", "refused", "expired", "removed"]
    sentence: str


def leave(found: OwnFile, form: PresignedForm) -> Leave:
    """A leave."""
    return Leave(file=found.file_id, url=form.url, fields=form.fields, expires_at=found.expires_at)


def file_now(found: OwnFile) -> FileNow:
    """A file."""
    return FileNow.model_validate(
        {
            "file": found.file_id,
            "purpose": found.purpose,
            "subject": found.subject_id,
            "state": found.state,
            "sentence": found.sentence,
        }
    )
