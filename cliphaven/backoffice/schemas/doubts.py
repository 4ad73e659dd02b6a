"""What the API tells of counts in doubt: canaries, calls in quarantine, views that were taken back; and prices."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field, StrictInt

from cliphaven.backoffice.queries import anomalies
from cliphaven.foundation.money import VIEWS_MAX
from cliphaven.foundation.shapes import Money, Order
from cliphaven.tracking.queries import canaries as canary_queries
from cliphaven.tracking.queries import prices


class CanaryNow(Schema):
    """A control video and what the last call said of it: `verdict` is right, wrong, unread, or "" before its ride."""

    number: int
    platform: str
    video_id: str
    url: str
    known_views: int
    known_at: datetime
    growth_per_day: int
    added_because: str
    verdict: str
    views: int | None
    fewest: int | None
    most: int | None
    read_at: datetime | None
    call: int | None


class Canaries(Schema):
    """The control videos that ride along."""

    canaries: list[CanaryNow]


class NewCanary(Order):
    """A video whose count is known: `views` as a person sees them there just now."""

    url: Annotated[str, Field(min_length=1, max_length=500)]
    views: Annotated[StrictInt, Field(ge=0, le=VIEWS_MAX)]
    growth_per_day: Annotated[StrictInt, Field(ge=0, le=VIEWS_MAX)] = 0
    why: Annotated[str, Field(min_length=1, max_length=300, description="Kept with your name.")]


class CanaryAdded(Schema):
    """The canary's number."""

    number: int


class CanaryRetired(Schema):
    """The canary that rides no more."""

    number: int


class QuarantinedNow(Schema):
    """A call that is not believed: what its canary showed, and from where to where it would have been right."""

    call: int
    platform: str
    measured: int
    quarantined_at: datetime
    views: int | None
    fewest: int | None
    most: int | None


class Quarantine(Schema):
    """The calls that are not believed and not cleared, the newest first."""

    calls: list[QuarantinedNow]


class PurgeNow(Schema):
    """Views that a platform took back from a clip, and the reading that confirmed it."""

    observation: int
    views_before: int
    views_after: int
    fell_at: datetime
    confirmed_at: datetime


class TakenBackClip(Schema):
    """A clip of which more became money than stands: `state` is open, held or decided.

    `counted` views were read at `counted_at` (`observation`, accrual `accrual`); `believed` stand since `believed_at`.
    """

    clip_id: int
    campaign_id: int
    platform: str
    accrual: str
    observation: int
    counted: int
    counted_at: datetime
    believed: int
    believed_at: datetime | None
    is_more_than_a_fifth: bool
    state: str
    counting: Money
    held: Money
    reversed: Money
    purges: list[PurgeNow]


class TakenBack(Schema):
    """The clips that lack most, at most fifty."""

    clips: list[TakenBackClip]


class Price(Schema):
    """What a poll by a vendor had to be worth from a moment on, in USD·h, and how an hour before kept to the plan.

    `spent` and `planned` are in `unit`: millionths of USD, or units of YouTube's quota.
    """

    vendor: str
    stepped_at: datetime
    price: float
    unit: str
    spent: float
    planned: float


class Prices(Schema):
    """The steps of prices, the latest first, at most a thousand."""

    prices: list[Price]


def canary_now(line: canary_queries.CanaryLine) -> CanaryNow:
    """One canary."""
    return CanaryNow(
        number=line.canary_id,
        platform=line.platform,
        video_id=line.video_id,
        url=line.url,
        known_views=line.known_views,
        known_at=line.known_at,
        growth_per_day=line.growth_per_day,
        added_because=line.added_because,
        verdict=line.verdict,
        views=line.views,
        fewest=line.fewest,
        most=line.most,
        read_at=line.read_at,
        call=line.call_id,
    )


def quarantined_now(line: canary_queries.QuarantinedCall) -> QuarantinedNow:
    """One call in quarantine."""
    return QuarantinedNow(
        call=line.call_id,
        platform=line.platform,
        measured=line.measured,
        quarantined_at=line.quarantined_at,
        views=line.views,
        fewest=line.fewest,
        most=line.most,
    )


def taken_back_clip(one: anomalies.Anomaly) -> TakenBackClip:
    """One clip of which more became money than stands."""
    return TakenBackClip(
        clip_id=one.clip_id,
        campaign_id=one.campaign_id,
        platform=one.platform,
        accrual=one.accrual,
        observation=one.observation_id,
        counted=one.counted,
        counted_at=one.counted_at,
        believed=one.believed,
        believed_at=one.believed_at,
        is_more_than_a_fifth=one.is_warning,
        state=one.state,
        counting=Money(amount=one.money.counting_minor, currency=one.currency),
        held=Money(amount=one.money.held_minor, currency=one.currency),
        reversed=Money(amount=one.money.reversed_minor, currency=one.currency),
        purges=[
            PurgeNow(
                observation=purge.observation_id,
                views_before=purge.views_before,
                views_after=purge.views_after,
                fell_at=purge.fell_at,
                confirmed_at=purge.confirmed_at,
            )
            for purge in one.purges
        ],
    )


def price(line: prices.PriceLine) -> Price:
    """One step of a vendor's price."""
    return Price(
        vendor=line.vendor,
        stepped_at=line.stepped_at,
        price=line.price,
        unit="microusd" if line.vendor == "apify" else "quota_units",
        spent=line.spent,
        planned=line.planned,
    )
