"""Asking to bring a file: what, how long, for which purpose. Who may is given a leave, good for minutes."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from cliphaven.files import rules
from cliphaven.files.models import BroughtFile, FileDeed, FileState
from cliphaven.files.operations import events
from cliphaven.files.rules import MEASURES, Purpose
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import User
from cliphaven.identity.operations import TooOften
from cliphaven.providers import storage

_HOUR = timedelta(hours=1)
_OPEN = (FileState.ASKED, FileState.ARRIVED)


class FileRefused(Refused):
    """A file like this is not taken."""

    code = "file_refused"


class NoStorage(Refused):
    """This installation has no place for files."""

    code = "no_storage"


class NoRoom(Refused):
    """The owner has as many files as they may, or as many under way."""

    code = "no_room_for_files"


class KeyUsedBefore(Refused):
    """The same person used this request's key for another file."""

    code = "idempotency_key_used"


@own_transaction
def ask(
    *,
    purpose: Purpose,
    subject_id: int,
    organisation_id: int | None,
    person_id: int,
    said_name: str,
    said_type: str,
    size_bytes: int,
    request_key: str,
    now: datetime,
) -> UUID:
    """Let somebody bring a file about a subject that is known to be theirs; answers its name. By the wall.

    The same `request_key` again is the same file. Raises FileRefused, NoStorage, NoRoom, TooOften or KeyUsedBefore.
    """
    if not storage.is_set_up():
        raise NoStorage("This installation has no storage for files yet: whoever runs it can add one.")
    # One at a time: whoever asks twice at once is counted twice.
    User.objects.select_for_update(no_key=True).get(id=person_id)
    before = BroughtFile.objects.filter(asked_by_id=person_id, request_key=request_key).first()
    if before is not None:
        if (before.purpose, before.subject_id, before.said_type, before.said_bytes) != (
            purpose,
            subject_id,
            said_type,
            size_bytes,
        ):
            raise KeyUsedBefore("This form was sent before, for another file: open the page anew.")
        return before.id
    if problem := rules.problem_of_asking(purpose=purpose, said_type=said_type, size_bytes=size_bytes):
        raise FileRefused(problem)
    _check_room(purpose=purpose, organisation_id=organisation_id, person_id=person_id, now=now)
    owner = f"person-{person_id}" if organisation_id is None else f"organisation-{organisation_id}"
    file = BroughtFile.objects.create(
        purpose=purpose,
        subject_id=subject_id,
        organisation_id=organisation_id,
        asked_by_id=person_id,
        said_name=rules.shown_name(said_name),
        said_type=said_type,
        said_bytes=size_bytes,
        incoming_key=f"{storage.INCOMING}{owner}/{secrets.token_hex(16)}",
        kept_key=f"{storage.KEPT}{owner}/{secrets.token_hex(16)}",
        request_key=request_key,
        asked_at=now,
        expires_at=now + rules.LEAVE_LIFE,
    )
    events.note(file_id=file.id, deed=FileDeed.ASKED, actor_id=person_id, now=now)
    return file.id


def _check_room(*, purpose: Purpose, organisation_id: int | None, person_id: int, now: datetime) -> None:
    mine = BroughtFile.objects.filter(asked_by_id=person_id)
    lately = mine.filter(asked_at__gt=now - _HOUR).order_by("asked_at")
    if len(lately) >= rules.ASKED_AN_HOUR_MAX:
        wait = lately[0].asked_at + _HOUR - now
        raise TooOften(
            f"You can bring {rules.ASKED_AN_HOUR_MAX} files within an hour. Go on a little later.", wait=wait
        )
    if mine.filter(state__in=_OPEN, expires_at__gt=now).count() >= rules.OPEN_MAX:
        raise NoRoom(f"{rules.OPEN_MAX} files of yours are on their way: wait until one of them is decided.")
    if organisation_id is None:
        owned = mine.filter(organisation=None, state=FileState.READY)
    else:
        owned = BroughtFile.objects.filter(organisation_id=organisation_id, state=FileState.READY)
    kept_bytes = owned.aggregate(sum=Sum("kept_bytes"))["sum"] or 0
    if kept_bytes + MEASURES[purpose].most_bytes > rules.KEPT_BYTES_MAX:
        raise NoRoom(f"There is room for {rules.KEPT_BYTES_MAX // rules.MIB} MB: remove a file first.")
