"""The staff have clips read at the next tick: one of them, or all of a campaign's. It is written down who and why."""

from datetime import datetime

from cliphaven.campaigns.models import Campaign
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.tracking.models import TrackedClip, TrackingDeed
from cliphaven.tracking.operations import acts, lifecycle

CLIPS_AT_ONCE_MAX = 2_000
"""Of a larger campaign those are read that were not for longest; what a request costs stays foreseeable."""


class NotTracked(Refused):
    """There is nothing to read yet."""

    code = "not_tracked"


@own_transaction
def read_clip_again(*, clip_id: int, staff_id: int, why: str, request_key: str, now: datetime) -> int:
    """Have one clip read at the next tick, also one that rests; answers 1, or 0 if it was waited for already.

    Raises NotTracked, and what `acts.done_before` raises.
    """
    if not TrackedClip.objects.select_for_update(no_key=True).filter(clip_id=clip_id).exists():
        raise NotTracked("This clip is not followed: it is read from its approval on.")
    order = acts.Order(
        deed=TrackingDeed.READ_CLIP, clip_id=clip_id, staff_id=staff_id, why=why, request_key=request_key
    )
    before = acts.done_before(order=order)
    if before is not None:
        return before
    wanted = lifecycle.poll_soon(clip_ids=[clip_id], now=now)
    acts.record(order=order, clips=wanted, now=now)
    return wanted


@own_transaction
def read_campaign_again(*, campaign_id: int, staff_id: int, why: str, request_key: str, now: datetime) -> int:
    """Have a campaign's clips read at the next tick, at most CLIPS_AT_ONCE_MAX; answers how many that is new.

    Raises NotTracked, and what `acts.done_before` raises.
    """
    if not Campaign.objects.select_for_update(no_key=True).filter(id=campaign_id).exists():
        raise NotTracked("There is no such campaign.")
    order = acts.Order(
        deed=TrackingDeed.READ_CAMPAIGN, campaign_id=campaign_id, staff_id=staff_id, why=why, request_key=request_key
    )
    before = acts.done_before(order=order)
    if before is not None:
        return before
    followed = TrackedClip.objects.filter(clip__campaign_id=campaign_id, wanted_since=None)
    longest_first = followed.order_by("measured_at", "clip_id").values_list("clip_id", flat=True)
    wanted = lifecycle.poll_soon(clip_ids=list(longest_first[:CLIPS_AT_ONCE_MAX]), now=now)
    if not wanted:
        raise NotTracked("None of its clips is followed, or all of them are waited for already.")
    acts.record(order=order, clips=wanted, now=now)
    return wanted
