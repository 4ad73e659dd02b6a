"""The cost ledger: what calls to vendors really cost, by day, platform and campaign. Never an amount owed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import TruncDate

from cliphaven.clips.models import Lookup
from cliphaven.foundation import arrays
from cliphaven.tracking.queries import samples
from cliphaven.tracking.queries.calls import CAPACITY

CAMPAIGNS_MAX = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class DayOfCalls:
    """A day's calls for one platform: clips asked for and measured, room for clips, and the cost in millionths of USD.

    `calls` that failed or are under way are among them; what a failed one cost is counted, too.
    """

    day: date
    platform: str
    calls: int
    failed: int
    asked: int
    measured: int
    capacity: int
    cost_microusd: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignCost:
    """What reading a campaign's clips cost on a day (millionths of USD), and how many readings were asked for."""

    campaign_id: int
    day: date
    asked: int
    cost_microusd: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Thrift:
    """How much is asked: polls and calls over a time, beside what asking hourly would have come to.

    `clip_hours` are the hours in which clips were followed, one for each clip and hour.
    """

    polls: int
    calls: int
    clip_hours: int
    hourly_calls: int

    @property
    def polls_per_clip_month(self) -> float | None:
        """Polls for one clip followed for thirty days; None where nothing was followed."""
        return self.polls * 720 / self.clip_hours if self.clip_hours else None


def days_of_calls(*, since: datetime, until: datetime) -> list[DayOfCalls]:
    """The calls begun from `since` on and before `until`, by day (UTC) and platform, the latest day first."""
    rows = _rows(
        "select (started_at at time zone 'utc')::date, platform, count(*), count(*) filter (where failure <> ''),"
        " sum(asked), sum(measured), sum(cost_microusd) from tracking_vendorcall"
        " where started_at >= %s and started_at < %s group by 1, 2 order by 1 desc, 2",
        [since, until],
    )
    return [
        DayOfCalls(
            day=day,
            platform=platform,
            calls=calls,
            failed=failed,
            asked=int(asked),
            measured=int(measured),
            capacity=calls * CAPACITY[platform],
            cost_microusd=int(cost),
        )
        for day, platform, calls, failed, asked, measured, cost in rows
    ]


def questions_by_day(*, since: datetime, until: datetime) -> dict[date, int]:
    """What questions that are no polls (profiles, authors of new clips) cost by day (UTC), in millionths of USD."""
    rows = (
        Lookup.objects.filter(asked_at__gte=since, asked_at__lt=until)
        .annotate(day=TruncDate("asked_at", tzinfo=UTC))
        .values_list("day")
        .annotate(cost=Sum("cost_microusd"))
        .order_by()
    )
    return {day: int(cost) for day, cost in rows}


def spent_since(moment: datetime) -> dict[str, int]:
    """What calls begun from then on cost, in millionths of USD, by platform."""
    rows = _rows(
        "select platform, sum(cost_microusd) from tracking_vendorcall where started_at >= %s group by 1 order by 1",
        [moment],
    )
    return {platform: int(cost) for platform, cost in rows}


# A call's cost is shared by the clips it was asked for. Rounding down the running total, and taking differences, hands
# out every millionth exactly once.
_SHARES = """
select (call.started_at at time zone 'utc')::date as day, part.campaign_id, part.clips,
  div(call.cost_microusd * sum(part.clips) over earlier, sum(part.clips) over whole)
  - div(call.cost_microusd * (sum(part.clips) over earlier - part.clips), sum(part.clips) over whole) as cost
from tracking_vendorcall call
cross join lateral (
  select key::bigint as campaign_id, value::int as clips from jsonb_each_text(call.asked_of)
) part
where call.started_at >= %s and call.started_at < %s
window whole as (partition by call.id), earlier as (partition by call.id order by part.campaign_id)
"""


def campaign_costs(
    *, since: datetime, until: datetime, campaign_ids: Collection[int] | None = None
) -> list[CampaignCost]:
    """What reading clips cost by campaign and day, of the calls begun from `since` on and before `until`; the latest
    day first, and the dearest campaign of it, at most CAMPAIGNS_MAX lines; of some campaigns alone where given."""
    rows = _rows(
        f"select campaign_id, day, sum(clips), sum(cost) from ({_SHARES}) shares"  # nosec B608  # noqa: S608  # a constant
        " where %s::bigint[] is null or campaign_id = any(%s::bigint[])"
        " group by 1, 2 order by 2 desc, 4 desc, 1 limit %s",
        [since, until, *[None if campaign_ids is None else arrays.numbers(list(campaign_ids))] * 2, CAMPAIGNS_MAX],
    )
    return [
        CampaignCost(campaign_id=campaign_id, day=day, asked=int(asked), cost_microusd=int(cost))
        for campaign_id, day, asked, cost in rows
    ]


# A clip is followed from its approval on; one that rests now is counted until its last poll.
_FOLLOWED = """
select tracked.platform, ceil(sum(greatest(0, extract(epoch from
  case when tracked.due_at is null then least(coalesce(tracked.last_polled_at, %(since)s), %(until)s)
       else %(until)s end - greatest(coalesce(clip.decided_at, clip.submitted_at), %(since)s))) / 3600))
from tracking_trackedclip tracked {sample} join clips_clip clip on clip.id = tracked.clip_id group by 1
"""


def thrift(*, since: datetime, until: datetime) -> Thrift:
    """How much was asked in a time, beside asking about every followed clip each hour; of very many clips the hours
    are those of a sample's, as many times as it stands for."""
    sample = samples.of_tracked_clips()
    followed = _rows(_FOLLOWED.format(sample=sample.clause), {"since": since, "until": until})
    hours = {platform: round(float(number or 0) * sample.stands_for) for platform, number in followed}
    days = days_of_calls(since=since, until=until)
    return Thrift(
        polls=sum(day.asked for day in days),
        calls=sum(day.calls for day in days),
        clip_hours=sum(hours.values()),
        hourly_calls=sum(-(-number // CAPACITY[platform]) for platform, number in hours.items()),
    )


def _rows(statement: str, arguments: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())
