"""A file has been sent: said by the browser that sent it, or found by us."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from cliphaven.files.models import BroughtFile, FileDeed, FileState
from cliphaven.files.operations import events
from cliphaven.files.queries import NoSuchFile
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import storage

LOOKED_FOR_AT_ONCE_MAX = 200
LOOK_AGAIN_AFTER = timedelta(minutes=2)
log = logging.getLogger(__name__)


@own_transaction
def note_arrival(*, file_id: UUID, person_id: int, now: datetime) -> None:
    """Somebody says that they have sent their file: it is looked at soon. Said of another state it changes nothing.

    Raises NoSuchFile.
    """
    file = BroughtFile.objects.select_for_update(no_key=True).filter(id=file_id, asked_by_id=person_id).first()
    if file is None:
        raise NoSuchFile("There is no such file.")
    _arrived(file, actor_id=person_id, now=now)


@no_transaction
def look_for_arrivals(*, now: datetime) -> int:
    """Find files that were sent and of which nobody told us, and look again at those whose job was lost; how many.

    What a storage that does not answer leaves undone the next run finds.
    """
    if not storage.is_set_up():
        return 0
    found = 0
    silent = BroughtFile.objects.filter(state=FileState.ARRIVED, arrived_at__lte=now - LOOK_AGAIN_AFTER)
    for file_id in silent.order_by("arrived_at").values_list("id", flat=True)[:LOOKED_FOR_AT_ONCE_MAX]:
        defer_look(file_id=file_id)
        found += 1
    waiting = BroughtFile.objects.filter(state=FileState.ASKED, expires_at__gt=now).order_by("asked_at")
    for file in waiting[:LOOKED_FOR_AT_ONCE_MAX]:
        try:
            is_there = storage.is_there(key=file.incoming_key)
        except ProviderFailed as failure:
            log.warning("Files that were sent could not be looked for: %s", failure.sentence)
            return found
        if is_there:
            found += _found(file_id=file.id, now=now)
    return found


@own_transaction
def _found(*, file_id: UUID, now: datetime) -> bool:
    file = BroughtFile.objects.select_for_update(no_key=True).get(id=file_id)
    return _arrived(file, actor_id=None, now=now)


def _arrived(file: BroughtFile, *, actor_id: int | None, now: datetime) -> bool:
    if file.state != FileState.ASKED:
        return False
    BroughtFile.objects.filter(id=file.id).update(state=FileState.ARRIVED, arrived_at=now)
    events.note(file_id=file.id, deed=FileDeed.ARRIVED, actor_id=actor_id, now=now)
    _defer(file.id)
    return True


@own_transaction
def defer_look(*, file_id: UUID) -> None:
    """Let a file that arrived be looked at soon, by one job however often this is asked for."""
    _defer(file_id)


def _defer(file_id: UUID) -> None:
    jobs.defer("files.look", at_most_one_waiting=f"file:{file_id}", file_id=str(file_id))
