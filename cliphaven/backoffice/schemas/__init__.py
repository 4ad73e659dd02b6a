"""What the staff is told of tracking over the API, and what they ask of it.

Bills are in millionths of USD (`_microusd`) and never money of the books. A count that nobody measured is null, not 0.
"""

from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field

from cliphaven.backoffice.queries import tracking_costs, tracking_page
from cliphaven.backoffice.schemas.doubts import CanaryNow, canary_now
from cliphaven.foundation.shapes import Money, Order
from cliphaven.tracking.queries import calls as call_queries
from cliphaven.tracking.queries import plans, vendors


class ReadOrder(Order):
    """Why something is read now."""

    why: Annotated[str, Field(min_length=1, max_length=300, description="Kept with your name.")]


class Wanted(Schema):
    """How many clips are waited for now that were not before."""

    clips: int


class DueOnPlatform(Schema):
    """What waits on one platform."""

    platform: str
    followed: int
    due: int
    overdue: int
    wanted: int
    under_way: int
    oldest_at: datetime | None


class VendorHealth(Schema):
    """How the vendor of a platform did over the last 24 hours; lengths in milliseconds, null where nothing answered."""

    platform: str
    calls: int
    failed: int
    p50_ms: int | None
    p95_ms: int | None
    answered_at: datetime | None
    failed_at: datetime | None
    failure: str
    blocked_until: datetime | None


class Budget(Schema):
    """A vendor's day: `spent` of `budget`, in `unit`; what a poll must be worth, in USD·h, is `price`."""

    vendor: str
    unit: str
    spent: int
    budget: int
    price: float
    used_up_until: datetime | None


class PauseNow(Schema):
    """A vendor that is not asked until a moment: `reason` is credit, quota or budget.

    Waiting: clips that are due, profiles, and first looks at clips. With `serves_urgent` the last two are still asked.
    """

    vendor: str
    reason: str
    serves_urgent: bool
    begun_at: datetime
    ends_at: datetime
    due: int
    profiles: int
    first_looks: int


class Health(Schema):
    """Tracking now; ages of counts in seconds, null while there is none."""

    due: list[DueOnPlatform]
    vendors: list[VendorHealth]
    outcomes_today: dict[str, int]
    calls_today: int
    asked_today: int
    measured_today: int
    capacity_today: int
    billed_today_microusd: int
    billed_this_month_microusd: int
    budgets: list[Budget]
    pauses: list[PauseNow]
    canaries: list[CanaryNow]
    quarantined_calls: list[int]
    age_p50_seconds: int | None
    age_p95_seconds: int | None


class Call(Schema):
    """One call or run; `state` is answered, failed, quarantined or under_way."""

    number: int
    platform: str
    source: str
    run_id: str
    state: str
    asked: int
    capacity: int
    measured: int | None
    outcomes: dict[str, int]
    cost_microusd: int | None
    failure: str
    blocked_until: datetime | None
    quarantined_at: datetime | None
    cleared_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


class Calls(Schema):
    """A page of calls, newest first; `next_before` goes on, null on the last page."""

    calls: list[Call]
    next_before: int | None


class ClipOfCall(Schema):
    """What came of one clip of a call."""

    clip_id: int
    video_id: str
    outcome: str
    views: int | None
    believed: bool
    dropped: bool


class CallWithClips(Schema):
    """One call with its clips; `raw_sha256` is empty where there was no answer."""

    call: Call
    raw_sha256: str
    has_raw: bool
    clips: list[ClipOfCall]


class CostOfCampaign(Schema):
    """What reading a campaign's clips cost on a day, and what they earned and were sent."""

    campaign_id: int
    day: date
    readings: int
    cost_microusd: int
    earned: Money
    sent: Money
    cost_in_earned_ppm: int | None


class CostOfDay(Schema):
    """A day's calls, and their cost by platform."""

    day: date
    calls: int
    failed: int
    asked: int
    measured: int
    capacity: int
    by_platform_microusd: dict[str, int]
    questions_microusd: int


class CostLedger(Schema):
    """The cost ledger over some days; `next_after` goes on with campaigns, empty on the last page."""

    days: list[CostOfDay]
    campaigns: list[CostOfCampaign]
    next_after: str
    polls: int
    clip_hours: int
    hourly_calls: int
    billed_microusd: int
    cost_in_earned_ppm: int | None


class ClipTurn(Schema):
    """Why a clip is read when it is. Rates are views an hour, worth USD a view, value and price USD·h."""

    clip_id: int
    platform: str
    sentence: str
    is_followed: bool
    policy: str
    availability: str
    views_seen: int | None
    views_settled: int | None
    measured_at: datetime | None
    polled_at: datetime | None
    last_outcome: str
    polls: int
    failures: int
    cost_microusd: int
    ride_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    wanted_since: datetime | None
    rate: float | None
    worth: float
    hazard: float
    value: float
    price: float


def health(page: tracking_page.TrackingPage) -> Health:
    """Tracking now."""
    return Health(
        due=[
            DueOnPlatform(
                platform=line.platform,
                followed=line.followed,
                due=line.due,
                overdue=line.overdue,
                wanted=line.wanted,
                under_way=line.under_way,
                oldest_at=line.oldest_at,
            )
            for line in page.waiting
        ],
        vendors=[_vendor_health(vendor) for vendor in page.vendors],
        outcomes_today={line.outcome: line.number for line in page.outcomes},
        calls_today=page.calls_today,
        asked_today=page.asked_today,
        measured_today=page.measured_today,
        capacity_today=page.capacity_today,
        billed_today_microusd=page.spending.today_microusd,
        billed_this_month_microusd=page.spending.month_microusd,
        budgets=[
            Budget(
                vendor=one.vendor,
                unit="microusd" if one.is_money else "quota_units",
                spent=one.spent,
                budget=one.budget,
                price=one.price,
                used_up_until=one.used_up_until,
            )
            for one in (line.budget for line in page.budget_lines)
        ],
        pauses=[
            PauseNow(
                vendor=line.pause.vendor,
                reason=line.pause.reason,
                serves_urgent=line.pause.serves_urgent,
                begun_at=line.pause.begun_at,
                ends_at=line.pause.ends_at,
                due=line.due,
                profiles=line.held.profiles,
                first_looks=line.held.first_looks,
            )
            for line in page.paused
        ],
        canaries=[canary_now(one) for one in page.canaries],
        quarantined_calls=[one.call_id for one in page.quarantined],
        age_p50_seconds=None if page.freshness.p50 is None else int(page.freshness.p50.total_seconds()),
        age_p95_seconds=None if page.freshness.p95 is None else int(page.freshness.p95.total_seconds()),
    )


def _vendor_health(vendor: vendors.VendorState) -> VendorHealth:
    return VendorHealth(
        platform=vendor.platform,
        calls=vendor.calls,
        failed=vendor.failed,
        p50_ms=None if vendor.p50 is None else int(vendor.p50.total_seconds() * 1000),
        p95_ms=None if vendor.p95 is None else int(vendor.p95.total_seconds() * 1000),
        answered_at=vendor.answered_at,
        failed_at=vendor.failed_at,
        failure=vendor.failure,
        blocked_until=vendor.blocked_until,
    )


def call(line: call_queries.CallLine) -> Call:
    """One call; what it measured and cost is null until it is answered."""
    is_over = line.ended_at is not None
    return Call(
        number=line.call_id,
        platform=line.platform,
        source=line.source,
        run_id=line.run_id,
        state=line.state,
        asked=line.asked,
        capacity=line.capacity,
        measured=line.measured if is_over else None,
        outcomes=line.outcomes,
        cost_microusd=line.cost_microusd if is_over else None,
        failure=line.failure,
        blocked_until=line.blocked_until,
        quarantined_at=line.quarantined_at,
        cleared_at=line.cleared_at,
        started_at=line.started_at,
        ended_at=line.ended_at,
    )


def call_with_clips(found: call_queries.CallDetail) -> CallWithClips:
    """One call and what came of each clip."""
    return CallWithClips(
        call=call(found.call),
        raw_sha256=found.raw_digest,
        has_raw=found.has_raw,
        clips=[
            ClipOfCall(
                clip_id=clip.clip_id,
                video_id=clip.video_id,
                outcome=clip.outcome,
                views=clip.views,
                believed=clip.believed,
                dropped=clip.dropped,
            )
            for clip in found.clips
        ],
    )


def cost_ledger(costs: tracking_costs.Costs) -> CostLedger:
    """The cost ledger."""
    return CostLedger(
        days=[
            CostOfDay(
                day=day.day,
                calls=day.calls,
                failed=day.failed,
                asked=day.asked,
                measured=day.measured,
                capacity=day.capacity,
                by_platform_microusd=dict(day.by_platform),
                questions_microusd=day.questions_microusd,
            )
            for day in costs.days
        ],
        campaigns=[
            CostOfCampaign(
                campaign_id=line.campaign_id,
                day=line.day,
                readings=line.asked,
                cost_microusd=line.cost_microusd,
                earned=Money(amount=line.earned_minor, currency=line.currency),
                sent=Money(amount=line.sent_minor, currency=line.currency),
                cost_in_earned_ppm=line.share_ppm,
            )
            for line in costs.lines
        ],
        next_after=costs.next_after,
        polls=costs.thrift.polls,
        clip_hours=costs.thrift.clip_hours,
        hourly_calls=costs.thrift.hourly_calls,
        billed_microusd=costs.total_microusd,
        cost_in_earned_ppm=costs.share_ppm,
    )


def clip_turn(plan: plans.ClipPlan) -> ClipTurn:
    """Why a clip is read when it is."""
    names = [name for name in ClipTurn.model_fields if name not in ("clip_id", "platform")]
    return ClipTurn(
        clip_id=plan.clip.clip_id, platform=plan.clip.platform, **{name: getattr(plan, name) for name in names}
    )
