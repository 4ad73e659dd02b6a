"""Looking at a file that arrived: what it is, whatever it says of itself; then a picture of our own making, or a no.

What was sent is read once, into memory, and never shown: whoever sends something else to the same place later sends it
to nobody.
"""

import contextlib
import hashlib
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from cliphaven.files import rules
from cliphaven.files.models import BroughtFile, FileDeed, FileState
from cliphaven.files.operations import events
from cliphaven.files.operations.arriving import LOOK_AGAIN_AFTER
from cliphaven.files.rules import MEASURES, Purpose
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.providers import pictures, storage


@no_transaction
def look(*, file_id: UUID, now: datetime, told_at: datetime) -> None:
    """Look at a file that arrived, and take it or refuse it; one that is decided already is left alone.

    `told_at` is the product's moment, of the message that says why not. Raises ProviderFailed when the storage does not
    answer: nothing is lost, the same may be done again.
    """
    if not _claim(file_id=file_id, now=now):
        return
    try:
        _look(BroughtFile.objects.get(id=file_id), now=now, told_at=told_at)
    except ProviderFailed:
        _let_go(file_id=file_id)
        raise


def _look(file: BroughtFile, *, now: datetime, told_at: datetime) -> None:
    file_id, measures = file.id, MEASURES[Purpose(file.purpose)]
    try:
        content = storage.read(key=file.incoming_key, most_bytes=min(file.said_bytes, measures.most_bytes))
        made = pictures.made_anew(
            content,
            said_type=file.said_type,
            side_least_px=measures.side_least_px,
            side_kept_px=measures.side_kept_px,
        )
    except storage.NothingThere:
        _back(file_id=file_id)
        return
    except storage.TooLong:
        _refuse(file_id=file_id, because="too_long", now=now, told_at=told_at)
    except pictures.PictureRefused as refused:
        _refuse(file_id=file_id, because=refused.why, now=now, told_at=told_at)
    else:
        # The row named this key before anything stood under it, so that nothing is ever kept that no row knows.
        storage.keep(key=file.kept_key, content=made.content, content_type=pictures.KEPT_TYPE)
        _take(file_id=file_id, made=made, now=now)
    with contextlib.suppress(ProviderFailed):  # it is cleared away later
        storage.remove(keys=[file.incoming_key])


@own_transaction
def _claim(*, file_id: UUID, now: datetime) -> bool:
    """Two who looked at once might see two different files, and keep one of them under the other's description."""
    free = Q(looked_at=None) | Q(looked_at__lte=now - LOOK_AGAIN_AFTER)
    return bool(BroughtFile.objects.filter(free, id=file_id, state=FileState.ARRIVED).update(looked_at=now))


@own_transaction
def _let_go(*, file_id: UUID) -> None:
    BroughtFile.objects.filter(id=file_id, state=FileState.ARRIVED).update(looked_at=None)


@own_transaction
def _back(*, file_id: UUID) -> None:
    """Nothing was there: it may be sent still."""
    BroughtFile.objects.filter(id=file_id, state=FileState.ARRIVED).update(
        state=FileState.ASKED, arrived_at=None, looked_at=None
    )


@own_transaction
def _refuse(*, file_id: UUID, because: str, now: datetime, told_at: datetime) -> None:
    file = BroughtFile.objects.select_for_update(no_key=True).get(id=file_id)
    if file.state != FileState.ARRIVED:
        return
    BroughtFile.objects.filter(id=file_id).update(
        state=FileState.REFUSED, refused_because=because, decided_at=now, cleared_at=None
    )
    events.note(file_id=file_id, deed=FileDeed.REFUSED, actor_id=None, detail=because, now=now)
    named = f"“{file.said_name}”" if file.said_name else "Your file"
    notifications.queue_message(
        user_id=file.asked_by_id,
        key=f"file:{file_id}",
        kind=Kind.FILES,
        subject="A file of yours was not taken",
        text=f"{named} was not taken. {rules.why(because, Purpose(file.purpose))}\n\nNobody else has seen it.",
        link=rules.page(Purpose(file.purpose), file.subject_id),
        now=told_at,
    )


@own_transaction
def _take(*, file_id: UUID, made: pictures.Picture, now: datetime) -> None:
    """What was ready before about the same subject makes room for it."""
    file = BroughtFile.objects.select_for_update(no_key=True).get(id=file_id)
    if file.state != FileState.ARRIVED:
        return
    before = BroughtFile.objects.filter(purpose=file.purpose, subject_id=file.subject_id, state=FileState.READY)
    for replaced in before.select_for_update(no_key=True).order_by("id"):
        BroughtFile.objects.filter(id=replaced.id).update(state=FileState.REMOVED, decided_at=now, cleared_at=None)
        events.note(file_id=replaced.id, deed=FileDeed.REPLACED, actor_id=file.asked_by_id, now=now)
    BroughtFile.objects.filter(id=file_id).update(
        state=FileState.READY,
        kept_bytes=len(made.content),
        width_px=made.width_px,
        height_px=made.height_px,
        kept_sha256=hashlib.sha256(made.content).digest(),
        decided_at=now,
        cleared_at=None,
    )
    events.note(file_id=file_id, deed=FileDeed.TAKEN, actor_id=None, now=now)
