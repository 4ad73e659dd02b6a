"""What is known of files: which are shown, and how far somebody's own are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cliphaven.files import rules
from cliphaven.files.models import BroughtFile, FileState
from cliphaven.files.rules import Purpose
from cliphaven.foundation.errors import Refused
from cliphaven.providers import storage


class NoSuchFile(Refused):
    """There is no such file, or it is somebody else's: both look alike."""

    code = "no_such_file"


class LeaveIsOver(Refused):
    """The file was asked for so long ago that the storage does not take it any more."""

    code = "leave_is_over"


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """A file that may be shown: its measures in pixels."""

    file_id: UUID
    subject_id: int
    width_px: int
    height_px: int


@dataclass(frozen=True, kw_only=True)
class OwnFile:
    """A file as whoever brings it sees it; `sentence` says why it was refused."""

    file_id: UUID
    purpose: str
    subject_id: int
    asked_by_id: int
    state: str
    said_name: str
    said_type: str
    sentence: str
    expires_at: datetime

    @property
    def is_under_way(self) -> bool:
        """Whether it is not decided yet."""
        return self.state in (FileState.ASKED, FileState.ARRIVED)

    def may_be_sent(self, *, now: datetime) -> bool:
        """Whether the storage takes it still, by the wall."""
        return self.state == FileState.ASKED and now < self.expires_at


def are_taken() -> bool:
    """Whether this installation has a place for files."""
    return storage.is_set_up()


def shown(*, purpose: Purpose, subject_ids: Collection[int]) -> dict[int, ShownFile]:
    """The file that is shown of each subject, where there is one."""
    found = BroughtFile.objects.filter(purpose=purpose, subject_id__in=subject_ids, state=FileState.READY)
    return {one.subject_id: _shown(one) for one in found}


def shown_file(*, file_id: UUID, purpose: Purpose) -> ShownFile | None:
    """The file with this name, as long as it is shown."""
    found = BroughtFile.objects.filter(id=file_id, purpose=purpose, state=FileState.READY).first()
    return None if found is None else _shown(found)


def own_file(*, file_id: UUID, person_id: int) -> OwnFile:
    """A file that this person asked to bring. Raises NoSuchFile."""
    found = BroughtFile.objects.filter(id=file_id, asked_by_id=person_id).first()
    if found is None:
        raise NoSuchFile("There is no such file.")
    return _own(found)


def latest(*, purpose: Purpose, subject_id: int) -> OwnFile | None:
    """The file that was asked for last about this subject, whoever asked; None where nobody did."""
    found = BroughtFile.objects.filter(purpose=purpose, subject_id=subject_id).order_by("-asked_at", "-id").first()
    return None if found is None else _own(found)


def leave(*, file: OwnFile, now: datetime, back_to: str = "") -> storage.PresignedForm | None:
    """The form by which a browser may send this file; None when that is over, by the wall.

    With `back_to`, an address of ours, the storage sends the browser there afterwards.
    """
    if not file.may_be_sent(now=now):
        return None
    row = BroughtFile.objects.get(id=file.file_id)
    return storage.presigned_form(
        key=row.incoming_key,
        content_type=row.said_type,
        most_bytes=row.said_bytes,
        expires_at=row.expires_at,
        back_to=back_to,
        now=now,
    )


def _shown(row: BroughtFile) -> ShownFile:
    return ShownFile(file_id=row.id, subject_id=row.subject_id, width_px=row.width_px, height_px=row.height_px)


def _own(row: BroughtFile) -> OwnFile:
    return OwnFile(
        file_id=row.id,
        purpose=row.purpose,
        subject_id=row.subject_id,
        asked_by_id=row.asked_by_id,
        state=row.state,
        said_name=row.said_name,
        said_type=row.said_type,
        sentence=rules.why(row.refused_because, Purpose(row.purpose)) if row.refused_because else "",
        expires_at=row.expires_at,
    )
