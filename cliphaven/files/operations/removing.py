"""Files that nobody needs any more: removed at a word, expired, replaced; and what is left of them in the storage."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cliphaven.files.models import BroughtFile, FileDeed, FileState
from cliphaven.files.operations import events
from cliphaven.files.rules import LAST_LOOK, Purpose
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import storage

CLEARED_AT_ONCE_MAX = 500
_WANTED = (
    (storage.INCOMING, "incoming_key", (FileState.ASKED, FileState.ARRIVED)),
    (storage.KEPT, "kept_key", (FileState.ARRIVED, FileState.READY)),
)
log = logging.getLogger(__name__)
_DECIDED = (FileState.READY, FileState.REFUSED, FileState.EXPIRED, FileState.REMOVED)


@own_transaction
def remove(*, purpose: Purpose, subject_id: int, person_id: int, now: datetime) -> bool:
    """Show nothing of this subject any more, from now on; answers whether there was anything.

    The caller knows that this person may. What the storage has of it is deleted soon.
    """
    shown = BroughtFile.objects.filter(purpose=purpose, subject_id=subject_id, state=FileState.READY)
    found = shown.select_for_update(no_key=True).first()
    if found is None:
        return False
    BroughtFile.objects.filter(id=found.id).update(state=FileState.REMOVED, decided_at=now, cleared_at=None)
    events.note(file_id=found.id, deed=FileDeed.REMOVED, actor_id=person_id, now=now)
    jobs.defer("files.clear", at_most_one_waiting="files:clear")
    return True


@own_transaction
def expire(*, now: datetime) -> int:
    """Files that were never sent are not waited for any more; answers how many."""
    over = BroughtFile.objects.filter(state=FileState.ASKED, expires_at__lte=now - LAST_LOOK)
    late = list(over.select_for_update(no_key=True, skip_locked=True).order_by("asked_at")[:CLEARED_AT_ONCE_MAX])
    for file in late:
        BroughtFile.objects.filter(id=file.id).update(state=FileState.EXPIRED, decided_at=now)
        events.note(file_id=file.id, deed=FileDeed.EXPIRED, actor_id=None, now=now)
    return len(late)


@no_transaction
def clear(*, now: datetime) -> int:
    """Delete from the storage what decided files have no use for; answers of how many.

    Of a file that is shown that is only what was sent, of any other all of it. A leave may live on for some minutes
    after its file was decided: what is sent by it then is deleted once it is over. What a storage that does not answer
    leaves undone the next run finds.
    """
    if not storage.is_set_up():
        return 0
    waiting = BroughtFile.objects.filter(state__in=_DECIDED, cleared_at=None).order_by("decided_at")
    cleared = 0
    for file in waiting[:CLEARED_AT_ONCE_MAX]:
        keys = [file.incoming_key] if file.state == FileState.READY else [file.incoming_key, file.kept_key]
        try:
            storage.remove(keys=keys)
        except ProviderFailed as failure:
            log.warning("Files that nobody needs could not be deleted: %s", failure.sentence)
            break
        if now > file.expires_at + LAST_LOOK:
            cleared += _cleared(file_id=file.id, state=FileState(file.state), now=now)
    return cleared


@own_transaction
def _cleared(*, file_id: UUID, state: FileState, now: datetime) -> int:
    return BroughtFile.objects.filter(id=file_id, state=state).update(cleared_at=now)


@no_transaction
def clear_orphans() -> int:
    """Delete what is in the storage and belongs to no file of ours; answers how many objects.

    A row always stands before its object, so that nothing which is just being made is taken for one.
    """
    if not storage.is_set_up():
        return 0
    try:
        return sum(_orphans_below(prefix, field, states) for prefix, field, states in _WANTED)
    except ProviderFailed as failure:
        log.warning("Objects that belong to no file could not be deleted: %s", failure.sentence)
        return 0


def _orphans_below(prefix: str, field: str, states: Sequence[FileState]) -> int:
    removed = 0
    for page in storage.keys(prefix=prefix):
        wanted = BroughtFile.objects.filter(**{f"{field}__in": page, "state__in": states})
        orphans = sorted(set(page) - set(wanted.values_list(field, flat=True)))
        storage.remove(keys=orphans)
        removed += len(orphans)
    return removed
