"""Which clips are polled at all: those that count, while their campaign can still owe for views. Set-based.

Each minute only what changed lately is looked at: campaigns that run again, or no longer, and clips that began to count
in the last two hours. Once an hour everything is compared, so that what was missed while nobody looked is found.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Least

from cliphaven.campaigns.models import Rate
from cliphaven.clips import queries as clips
from cliphaven.clips.models import Clip
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.rules.worth import worth_of_a_play

STARTED_AT_ONCE = 1000
LOOKED_BACK = timedelta(hours=2)
FORGOTTEN_AT_ONCE = 1000


@own_transaction
def start_tracking(*, now: datetime, everything: bool = False) -> int:
    """Poll every clip that counts from now on, and none whose campaign is over; answers how many clips are new.

    A paused campaign goes on earning, and so does one whose last day is past, until it is closed. One that used up its
    budget can pay for nothing: its clips rest when they would be due, and are polled again once it is topped up.
    `everything` also finds clips that began to count longer than two hours ago.
    """
    resumed = _compare_campaigns()
    starting = clips.countable_clips().filter(campaign__tracked__is_polled=True)
    if not everything:
        # The same words as in the index `clips_that_began_to_count`.
        starting = starting.annotate(counts_from=Greatest("decided_at", "author_checked_at")).filter(
            counts_from__gt=now - LOOKED_BACK
        )
    new = _start(starting.filter(tracked__isnull=True), now=now)
    _poll_again(starting.filter(tracked__due_at=None, tracked__isnull=False), now=now)
    if resumed:
        _poll_again(clips.countable_clips().filter(campaign_id__in=resumed, tracked__due_at=None), now=now)
    return new


# Completed by its calendar, not by its money: the views of the last day are still to be read.
_COMPARE = """
with polled as (
  select id from campaigns_campaign where state in ('active', 'paused')
      or (state = 'completed' and ends_on < (completed_at at time zone 'utc')::date))
insert into tracking_trackedcampaign (campaign_id, is_polled, hazard)
select coalesce(p.id, k.campaign_id), p.id is not null, 1
  from polled p full join (select campaign_id from tracking_trackedcampaign where is_polled) k on k.campaign_id = p.id
 where p.id is null or k.campaign_id is null order by 1
on conflict (campaign_id) do update set is_polled = excluded.is_polled
returning campaign_id, is_polled"""


def _compare_campaigns() -> list[int]:
    """Keep which campaigns' clips are polled; answers those that are, and were not before."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE)
        return [campaign_id for campaign_id, is_polled in cursor.fetchall() if is_polled]


def _start(starting: QuerySet[Clip], *, now: datetime) -> int:
    rate = Rate.objects.filter(terms_id=OuterRef("terms_id"), platform=OuterRef("platform")).values("cpm_minor")
    clips_to_start = (
        starting.annotate(
            cpm_minor=Subquery(rate), currency=F("campaign__currency"), hazard=F("campaign__tracked__hazard")
        )
        .order_by("id")
        .only("platform", "campaign_id", "video_id", "canonical_url", "posted_at", "submitted_at")[:STARTED_AT_ONCE]
    )
    # Two schedulers at once may find the same clips; each is tracked once.
    new = TrackedClip.objects.bulk_create(
        [
            TrackedClip.following(
                clip,
                ride_at=now,
                due_at=now,
                # Its creator waits for a first count.
                overdue_at=now,
                worth=worth_of_a_play(cpm_minor=clip.cpm_minor or 0, currency=clip.currency),
                hazard=clip.hazard,
            )
            for clip in clips_to_start
        ],
        ignore_conflicts=True,
    )
    return len(new)


def _poll_again(resting: QuerySet[Clip], *, now: datetime) -> None:
    TrackedClip.objects.filter(clip_id__in=resting.values("id")).update(ride_at=now, due_at=now, overdue_at=now)


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


@no_transaction
def forget_raw_answers(*, now: datetime) -> int:
    """Drop vendors' raw answers that are older than the setting says, keeping their digests; answers how many."""
    before = now - timedelta(days=settings.RAW_ANSWERS_KEPT_DAYS)
    total = 0
    while number := _forget_some(before):
        total += number
    return total


@own_transaction
def _forget_some(before: datetime) -> int:
    old = VendorCall.objects.filter(started_at__lt=before, raw_json__isnull=False).order_by("started_at", "id")
    return VendorCall.objects.filter(id__in=list(old.values_list("id", flat=True)[:FORGOTTEN_AT_ONCE])).update(
        raw_json=None
    )
