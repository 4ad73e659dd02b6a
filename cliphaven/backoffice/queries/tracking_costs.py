"""What counting costs beside what creators earned by it: by day, by campaign and day, and in all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cliphaven.backoffice.rules.cost_share import MICRO_PER_CENT, share_ppm
from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.queries import days as earned
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.payouts.queries import campaign_days as paid
from cliphaven.tracking.models import VendorBill
from cliphaven.tracking.queries import bills, costs

DAYS_SHOWN = 30
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 12, 30)
LINES_SHOWN = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class DayLine:
    """One day's calls for all platforms; `cost_microusd` by platform, and of questions that are no polls."""

    day: date
    calls: int
    failed: int
    asked: int
    measured: int
    capacity: int
    cost_microusd: int
    by_platform: Mapping[str, int]
    questions_microusd: int

    @property
    def total_microusd(self) -> int:
        """Polls and other questions together."""
        return self.cost_microusd + self.questions_microusd


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignLine:
    """One campaign on one day: what reading its clips cost, and what they earned and were sent, in minor units.

    `share_ppm` is the cost in millionths of what was earned; None where that was nothing, or not in dollars.
    """

    campaign_id: int
    title: str
    day: date
    asked: int
    cost_microusd: int
    currency: str
    earned_minor: int
    sent_minor: int
    share_ppm: int | None

    @property
    def name(self) -> str:
        """What the line is called in an address."""
        return f"{self.day.isoformat()}.{self.campaign_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DayRow:
    """A day as a line of a table: the day, and its cost by platform, all platforms in one order."""

    day: DayLine
    by_platform: Sequence[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The cost ledger over some days: `days` the latest first, `lines` a page of campaigns by day, and where the next
    page begins ("" when this is the last).

    Totals compare what campaigns in dollars cost with what they earned. `bills` are the days that were held against
    Apify's own bill, the latest first.
    """

    since: datetime
    until: datetime
    days: Sequence[DayLine]
    lines: Sequence[CampaignLine]
    next_after: str
    thrift: costs.Thrift
    total_microusd: int
    usd_cost_microusd: int
    usd_earned_minor: int
    chart: dict[str, Any] | None
    bills: Sequence[VendorBill]

    @property
    def share_ppm(self) -> int | None:
        """The cost of campaigns in dollars, in millionths of what they earned their creators."""
        return share_ppm(cost_microusd=self.usd_cost_microusd, earned_minor=self.usd_earned_minor, currency="USD")

    @property
    def last_day(self) -> date:
        """The last of the days."""
        return (self.until - timedelta(days=1)).date()

    @property
    def platforms(self) -> Sequence[str]:
        """Platforms that were asked, in the order of their names."""
        return sorted({platform for day in self.days for platform in day.by_platform})

    @property
    def day_rows(self) -> Sequence[DayRow]:
        """The days with a cell for each of `platforms`; a platform that was not asked cost nothing."""
        return [
            DayRow(day=day, by_platform=[(name, day.by_platform.get(name, 0)) for name in self.platforms])
            for day in self.days
        ]

    @property
    def polls_per_month(self) -> str | None:
        """Polls for a clip followed for thirty days, to a tenth; None where none was followed."""
        exact = self.thrift.polls_per_clip_month
        return None if exact is None else f"{exact:.1f}"

    @property
    def saved_ppm(self) -> int | None:
        """How many fewer polls than one for each clip and hour, in millionths; None where no clip was followed."""
        if not self.thrift.clip_hours:
            return None
        return max(0, 1_000_000 - self.thrift.polls * 1_000_000 // self.thrift.clip_hours)

    @property
    def calls(self) -> int:
        """All calls."""
        return sum(day.calls for day in self.days)

    @property
    def asked(self) -> int:
        """All clips asked for, each as often as it was."""
        return sum(day.asked for day in self.days)

    @property
    def capacity(self) -> int:
        """All clips that could have been asked for by these calls."""
        return sum(day.capacity for day in self.days)


def period(*, since: date | None, until: date | None, now: datetime) -> tuple[datetime, datetime]:
    """The first moment of the first day and the end of the last one; the last thirty days where not given.

    Nothing was paid before FIRST_DAY, and nobody asks after LAST_DAY: days beyond them stand for these.
    """
    last = min(max(until or now.date(), FIRST_DAY), LAST_DAY)
    first = min(max(since or last - timedelta(days=DAYS_SHOWN - 1), FIRST_DAY), LAST_DAY)
    return datetime.combine(first, time(), UTC), datetime.combine(last + timedelta(days=1), time(), UTC)


@one_snapshot
def tracking_costs(
    *, since: datetime, until: datetime, now: datetime, after: str = "", limit: int = LINES_SHOWN
) -> Costs:
    """The cost ledger from `since` on and before `until`; its campaigns begin behind the line named `after`."""
    lines = _campaign_lines(since=since, until=until)
    days = _day_lines(since=since, until=until)
    places = {line.name: place for place, line in enumerate(lines)}
    first = places.get(after, -1) + 1
    shown = lines[first : first + limit]
    in_dollars = [line for line in lines if line.currency == "USD"]
    return Costs(
        since=since,
        until=until,
        days=days,
        lines=shown,
        next_after=shown[-1].name if first + limit < len(lines) else "",
        thrift=costs.thrift(since=since, until=min(until, now)),
        total_microusd=sum(day.total_microusd for day in days),
        usd_cost_microusd=sum(line.cost_microusd for line in in_dollars),
        usd_earned_minor=sum(line.earned_minor for line in in_dollars),
        chart=_chart(days),
        bills=bills.between(first=since.date(), last=(until - timedelta(days=1)).date()),
    )


def _campaign_lines(*, since: datetime, until: datetime) -> list[CampaignLine]:
    """A line for each campaign and day on which its clips were read, earned something, or were paid for."""
    read = {(one.campaign_id, one.day): one for one in costs.campaign_costs(since=since, until=until)}
    net = {(one.campaign_id, one.day): one.net_minor for one in earned.accrued_days(since=since, until=until)}
    sent = paid.sent_days(since=since, until=until)
    ids = sorted({campaign_id for campaign_id, _ in (*read, *net, *sent)})
    names, currencies = campaigns.titles(ids), campaigns.currencies(ids)
    lines = []
    for campaign_id, day in {*read, *net, *sent}:
        cost = read.get((campaign_id, day))
        cost_microusd = cost.cost_microusd if cost else 0
        earned_minor = net.get((campaign_id, day), 0)
        currency = currencies[campaign_id]
        lines.append(
            CampaignLine(
                campaign_id=campaign_id,
                title=names[campaign_id],
                day=day,
                asked=cost.asked if cost else 0,
                cost_microusd=cost_microusd,
                currency=currency,
                earned_minor=earned_minor,
                sent_minor=sent.get((campaign_id, day), 0),
                share_ppm=share_ppm(cost_microusd=cost_microusd, earned_minor=earned_minor, currency=currency),
            )
        )
    return sorted(lines, key=lambda line: (-line.day.toordinal(), -line.cost_microusd, line.campaign_id))


def _day_lines(*, since: datetime, until: datetime) -> list[DayLine]:
    questions = costs.questions_by_day(since=since, until=until)
    by_day: dict[date, list[costs.DayOfCalls]] = defaultdict(list)
    for one in costs.days_of_calls(since=since, until=until):
        by_day[one.day].append(one)
    return [
        DayLine(
            day=day,
            calls=sum(one.calls for one in by_day[day]),
            failed=sum(one.failed for one in by_day[day]),
            asked=sum(one.asked for one in by_day[day]),
            measured=sum(one.measured for one in by_day[day]),
            capacity=sum(one.capacity for one in by_day[day]),
            cost_microusd=sum(one.cost_microusd for one in by_day[day]),
            by_platform={one.platform: one.cost_microusd for one in by_day[day]},
            questions_microusd=questions.get(day, 0),
        )
        for day in sorted({*by_day, *questions}, reverse=True)
    ]


def _chart(days: Sequence[DayLine]) -> dict[str, Any] | None:
    if not days:
        return None
    return {
        "unit": "money",
        "currency": "USD",
        "exponent": 2,
        "series": [{"label": "Vendors' bills", "kind": "bars", "tone": "brand"}],
        "rows": [
            [
                int(datetime.combine(line.day, time(12), UTC).timestamp()),
                (line.total_microusd + MICRO_PER_CENT // 2) // MICRO_PER_CENT,
            ]
            for line in reversed(days)
        ],
        "gaps": [],
    }
