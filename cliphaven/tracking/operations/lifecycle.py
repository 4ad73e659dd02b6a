"""Which clips are polled at all: those that count, while their campaign can still owe for views. Set-based."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Least, TruncDate

from cliphaven.clips import queries as clips
from cliphaven.clips.models import Clip
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.tracking.models import TrackedClip, VendorCall

STARTED_AT_ONCE = 1000
RAW_KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 5000


@own_transaction
def start_tracking(*, now: datetime) -> int:
    """Poll every clip that counts from now on, and none whose campaign is over; answers how many clips are new.

    A paused campaign goes on earning, and so does one whose last day is past, until it is closed. One that used up its
    budget can pay for nothing: its clips rest, and are polled again once it is topped up.
    """
    starting = _polled_clips().filter(tracked__isnull=True)
    # Two schedulers at once may find the same clips; each is tracked once.
    new = TrackedClip.objects.bulk_create(
        [
            TrackedClip(clip_id=clip_id, platform=platform, due_at=now)
            for clip_id, platform in starting.values_list("id", "platform")[:STARTED_AT_ONCE]
        ],
        ignore_conflicts=True,
    )
    is_polled = Exists(_polled_clips().filter(id=OuterRef("clip_id")))
    TrackedClip.objects.filter(~is_polled, due_at__lte=now, wanted_since=None).update(due_at=None)
    TrackedClip.objects.filter(is_polled, due_at=None).update(due_at=now)
    return len(new)


@joined_transaction
def poll_soon(*, clip_ids: Collection[int], now: datetime) -> int:
    """Poll the clips at the next tick, because money waits for what they show; answers of how many that is new.

    Somebody who asks again before there was an answer changes nothing: a vendor that fails is asked at its own pace.
    Also clips that rest are polled, once.
    """
    # One order for all, so that two who ask do not wait for each other in a circle.
    wanted = (
        TrackedClip.objects.select_for_update(no_key=True)
        .filter(clip_id__in=clip_ids, wanted_since=None)
        .order_by("clip_id")
    )
    ids = list(wanted.values_list("clip_id", flat=True))
    return TrackedClip.objects.filter(clip_id__in=ids).update(
        wanted_since=now, due_at=Least(Coalesce("due_at", now), now)
    )


@own_transaction
def forget_raw_answers(*, now: datetime) -> int:
    """Drop vendors' raw answers after 90 days, keeping their digests; answers how many."""
    old = VendorCall.objects.filter(started_at__lt=now - RAW_KEPT, raw_json__isnull=False).order_by("started_at")
    ids = list(old.values_list("id", flat=True)[:FORGOTTEN_AT_ONCE])
    return VendorCall.objects.filter(id__in=ids).update(raw_json=None)


def _polled_clips() -> QuerySet[Clip]:
    runs = Q(campaign__state__in=("active", "paused"))
    # Completed by its calendar, not by its money: the views of the last day are still to be read.
    ran_out_of_days = Q(
        campaign__state="completed", campaign__ends_on__lt=TruncDate("campaign__completed_at", tzinfo=UTC)
    )
    return clips.countable_clips().filter(runs | ran_out_of_days)
