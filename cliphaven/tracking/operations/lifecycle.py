"""Which clips are polled at all: those that count, while their campaign runs. Pulled from below, set-based."""

from datetime import datetime, timedelta

from django.db.models import Q

from cliphaven.clips import queries as clips
from cliphaven.foundation.transactions import own_transaction
from cliphaven.tracking.models import TrackedClip, VendorCall

STARTED_AT_ONCE = 1000
RAW_KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 5000

_OVER = Q(clip__campaign__state__in=("completed", "closed"))


@own_transaction
def start_tracking(*, now: datetime) -> int:
    """Poll every clip that counts from now on, and none whose campaign is over; answers how many clips are new.

    A campaign that was completed and is topped up has its clips polled again.
    """
    starting = clips.countable_clips().filter(tracked__isnull=True, campaign__state__in=("active", "paused"))
    # Two schedulers at once may find the same clips; each is tracked once.
    new = TrackedClip.objects.bulk_create(
        [
            TrackedClip(clip_id=clip_id, platform=platform, due_at=now)
            for clip_id, platform in starting.values_list("id", "platform")[:STARTED_AT_ONCE]
        ],
        ignore_conflicts=True,
    )
    TrackedClip.objects.filter(_OVER, due_at__lte=now).update(due_at=None)
    TrackedClip.objects.filter(due_at=None, clip__campaign__state__in=("active", "paused")).update(due_at=now)
    return len(new)


@own_transaction
def forget_raw_answers(*, now: datetime) -> int:
    """Drop vendors' raw answers after 90 days, keeping their digests; answers how many."""
    old = VendorCall.objects.filter(started_at__lt=now - RAW_KEPT, raw_json__isnull=False).order_by("started_at")
    ids = list(old.values_list("id", flat=True)[:FORGOTTEN_AT_ONCE])
    return VendorCall.objects.filter(id__in=ids).update(raw_json=None)
