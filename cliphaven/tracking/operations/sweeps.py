"""The sweep before Monday's cut-off: every clip that can be read is read once more before the week is paid."""

from datetime import datetime

from django.db.models import Max, Q
from django.db.models.functions import Least

from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.tracking.models import Availability, TrackedClip
from cliphaven.tracking.rules import sweeping

CLIPS_AT_ONCE = 20_000


@no_transaction
def sweep(*, now: datetime) -> int:
    """In the hour before the cut-off, make every clip due that was not polled in it; answers how many. Else 0.

    Whatever is due in this hour is asked about without waiting for company. Clips that do not answer are left alone,
    and so are those that rest. Asking twice changes nothing.
    """
    start = sweeping.sweep_of(now)
    if start is None:
        return 0
    last_id = TrackedClip.objects.aggregate(last=Max("clip_id"))["last"] or 0
    return sum(_draw_forward(first=first, start=start) for first in range(0, last_id + 1, CLIPS_AT_ONCE))


@own_transaction
def _draw_forward(*, first: int, start: datetime) -> int:
    """One stretch of ids in one transaction, so that nobody waits long for its rows."""
    clips = TrackedClip.objects.filter(
        Q(last_polled_at__lt=start) | Q(last_polled_at=None),
        clip_id__gte=first,
        clip_id__lt=first + CLIPS_AT_ONCE,
        availability=Availability.ALIVE,
        due_at__gt=start,
    )
    ids = list(clips.select_for_update(no_key=True).order_by("clip_id").values_list("clip_id", flat=True))
    return TrackedClip.objects.filter(clip_id__in=ids).update(due_at=Least("due_at", start), ride_at=start)
