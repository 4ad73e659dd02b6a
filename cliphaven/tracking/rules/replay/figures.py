"""What a replay came to, in numbers: what was asked, what was seen late, and how near that is to the best."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from cliphaven.tracking.rules.replay.alone import polled_alone
from cliphaven.tracking.rules.replay.clip import Conditions, ReplayedClip
from cliphaven.tracking.rules.replay.curves import Curve
from cliphaven.tracking.rules.replay.house import Call, Played
from cliphaven.tracking.rules.replay.optimum import optimum

MONTH_HOURS = 720.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """A way to poll and what it cost. `lag_hours` is how long a dollar waited to be seen, `lag_percent` the same as a
    share of a month (so of what is earned in a month, so much is unseen on average); `cost_usd_hours` is unseen money
    over time, plus the price of each item."""

    items: int
    items_per_clip_month: float
    lag_percent: float
    lag_hours: float
    cost_usd_hours: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """All of a replay. Percentages are of what the name says; hours are hours."""

    policy: str
    price: float
    cpm_usd: float
    clips: int
    clip_months: float
    earned_usd: float
    as_polled: Cost
    calls: int
    calls_per_clip_month: float
    fill_percent: float
    fill_by_platform_percent: dict[str, float]
    views_unseen_on_average: float
    campaigns: int
    campaigns_run_out: int
    over_run_percent_mean: float | None
    over_run_percent_p95: float | None
    over_run_percent_of_budgets: float | None
    unpaid_percent_mean: float | None
    detection_hours_mean: float | None
    unseen_at_cut_off_percent: float | None
    longest_over_promise_hours: float
    alone: Cost
    optimum: Cost | None
    ratio_alone: float | None
    optimum_as_polled: Cost | None
    ratio_as_polled: float | None

    def as_json(self) -> dict[str, object]:
        """Ready for JSON."""
        return asdict(self)


def figures(
    played: Played, conditions: Conditions, *, best: bool, tell: Callable[[float], None] = lambda _: None
) -> Figures:
    """Everything about a replay; with `best` the optimum too. `tell` hears which share is done."""
    curves = [clip.curve for clip in played.clips]
    spans = [max(0.0, end - curve.start) for curve, end in zip(curves, played.ends, strict=True)]
    whole = [curve.end - curve.start for curve in curves]
    alone, bests, cut_bests = [], [], []
    for number, (curve, end) in enumerate(zip(curves, played.ends, strict=True)):
        alone.append(polled_alone(curve, conditions))
        if best:
            found = _optimum(curve, curve.end, conditions)
            bests.append(found)
            cut_bests.append(found if end == curve.end else _optimum(curve, end, conditions))
        tell((number + 1) / len(curves))
    months = sum(spans) / MONTH_HOURS
    earned = [max(0.0, curve.at(end)[0] - curve.views[0]) for curve, end in zip(curves, played.ends, strict=True)]
    as_polled = _cost(played.clips, spans, earned, conditions)
    by_itself = _cost(alone, whole, [curve.gained for curve in curves], conditions)
    optimal = _best_cost(bests, whole, [curve.gained for curve in curves], conditions) if best else None
    optimal_cut = _best_cost(cut_bests, spans, earned, conditions) if best else None
    closed = [campaign for campaign in played.campaigns if campaign.closed_at is not None and campaign.budget > 0]
    over_runs = [100 * campaign.over_run / campaign.budget for campaign in closed]
    settled = sum(cut_off.earned for cut_off in played.cut_offs)
    return Figures(
        policy=str(conditions.policy),
        price=conditions.price,
        cpm_usd=conditions.worth * 1000,
        clips=len(curves),
        clip_months=months,
        earned_usd=conditions.worth * sum(earned),
        as_polled=as_polled,
        calls=len(played.calls),
        calls_per_clip_month=len(played.calls) / months if months else 0.0,
        fill_percent=_fill(played.calls),
        fill_by_platform_percent={
            platform: _fill([call for call in played.calls if call.platform == platform])
            for platform in sorted({call.platform for call in played.calls})
        },
        views_unseen_on_average=sum(clip.area / span for clip, span in zip(played.clips, spans, strict=True) if span),
        campaigns=len(played.campaigns),
        campaigns_run_out=len(closed),
        over_run_percent_mean=_mean(over_runs),
        over_run_percent_p95=percentile(over_runs, 0.95),
        over_run_percent_of_budgets=(
            100 * sum(campaign.over_run for campaign in closed) / sum(campaign.budget for campaign in closed)
            if closed
            else None
        ),
        unpaid_percent_mean=_mean([100 * campaign.unpaid / campaign.budget for campaign in closed]),
        detection_hours_mean=_mean([(c.closed_at or 0.0) - (c.ran_out_at or 0.0) for c in closed]),
        unseen_at_cut_off_percent=100 * sum(cut.unseen for cut in played.cut_offs) / settled if settled else None,
        longest_over_promise_hours=played.longest_over,
        alone=by_itself,
        optimum=optimal,
        ratio_alone=_ratio(by_itself, optimal),
        optimum_as_polled=optimal_cut,
        ratio_as_polled=_ratio(as_polled, optimal_cut),
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that this share of values does not exceed, between neighbours in proportion; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _optimum(curve: Curve, end: float, conditions: Conditions) -> tuple[float, int]:
    return optimum(
        curve, start=curve.start, end=end, every=conditions.every, worth=conditions.worth, price=conditions.price
    )


def _cost(
    clips: Sequence[ReplayedClip], spans: Sequence[float], earned: Sequence[float], conditions: Conditions
) -> Cost:
    held = [clip.area * conditions.worth for clip in clips]
    return _told(held, sum(clip.asked for clip in clips), spans, earned, conditions)


def _best_cost(
    bests: Sequence[tuple[float, int]], spans: Sequence[float], earned: Sequence[float], conditions: Conditions
) -> Cost:
    held = [max(0.0, cost - polls * conditions.price) for cost, polls in bests]
    return _told(held, sum(polls for _, polls in bests), spans, earned, conditions)


def _told(
    held: Sequence[float], items: int, spans: Sequence[float], earned: Sequence[float], conditions: Conditions
) -> Cost:
    money = conditions.worth * sum(earned)
    months = sum(spans) / MONTH_HOURS
    waited = sum(held) / money if money else 0.0
    return Cost(
        items=items,
        items_per_clip_month=items / months if months else 0.0,
        lag_percent=100 * waited / MONTH_HOURS,
        lag_hours=waited,
        cost_usd_hours=sum(held) + conditions.price * items,
    )


def _fill(calls: Sequence[Call]) -> float:
    places = sum(call.places for call in calls)
    return 100 * sum(call.clips for call in calls) / places if places else 0.0


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _ratio(cost: Cost, best: Cost | None) -> float | None:
    return cost.cost_usd_hours / best.cost_usd_hours if best and best.cost_usd_hours > 0 else None
