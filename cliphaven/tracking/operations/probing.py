"""Reading clips hourly for a while, because somebody has to know more about how their views come in."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest, Least

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.operations.planning import PROBE_INTERVAL


@joined_transaction
def probe(*, clip_ids: Collection[int], until: datetime, now: datetime) -> int:
    """Read these clips every hour until a moment, beginning within an hour; answers how many are.

    Clips that rest because nobody pays for them any more go on resting, and what the day's budget does not pay for
    waits. A probe that is under way is never made shorter.
    """
    # One order for all, so that two who ask do not wait for each other in a circle.
    wanted = TrackedClip.objects.select_for_update(no_key=True).filter(clip_id__in=clip_ids, due_at__isnull=False)
    ids = list(wanted.order_by("clip_id").values_list("clip_id", flat=True))
    soon = now + PROBE_INTERVAL
    return TrackedClip.objects.filter(clip_id__in=ids).update(
        probed_until=Greatest(Coalesce(F("probed_until"), Value(until)), Value(until)),
        due_at=Least(F("due_at"), Value(soon)),
        ride_at=Least(Coalesce(F("ride_at"), Value(soon)), Value(soon)),
        overdue_at=Least(Coalesce(F("overdue_at"), Value(soon)), Value(soon)),
    )
