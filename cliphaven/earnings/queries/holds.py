"""What is held, why, and when that ends by itself; and what of a clip does not count."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from cliphaven.earnings.models import Accrual, EarningReversal, Hold, Stage
from cliphaven.earnings.queries import remaining
from cliphaven.earnings.rules.holding import HELD_FOR_MAX

HOLDS_SHOWN = 50
DECISIONS_SHOWN_MAX = 10


@dataclass(frozen=True, kw_only=True)
class OpenHold:
    """One open hold; the amount is what is left of it, in minor units. `extended` is how often it was put off."""

    hold_id: int
    accrual_id: int
    clip_id: int
    campaign_id: int
    campaign_title: str
    creator_id: int
    creator_name: str
    amount_minor: int
    currency: str
    reason: str
    why: str
    note: str
    placed_by: str
    placed_at: datetime
    releases_at: datetime
    extended: int

    @property
    def latest_release_at(self) -> datetime:
        """The last moment to which it may be extended."""
        return self.placed_at + HELD_FOR_MAX


@dataclass(frozen=True, kw_only=True)
class HeldClip:
    """A part of one clip's earnings that is held, in minor units: why, and when it ends by itself."""

    why: str
    note: str
    releases_at: datetime
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class ReversedClip:
    """A part of one clip's earnings that does not count, net, in minor units: why, and since when."""

    why: str
    note: str
    reversed_at: datetime
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class HoldsPage:
    """A page of open holds, those that end first at the top; `next_after` is where the next one goes on."""

    holds: list[OpenHold]
    next_after: tuple[datetime, int] | None


@dataclass(frozen=True, kw_only=True)
class HeldSum:
    """How much is held in one currency: holds, and minor units."""

    currency: str
    holds: int
    amount_minor: int


def open_holds(*, clip_id: int | None = None, after: tuple[datetime, int] | None = None) -> HoldsPage:
    """The open holds, of one clip where given, those that end first at the top; `after` is a place to go on from."""
    found = Hold.objects.filter(ended_at=None)
    if clip_id is not None:
        found = found.filter(accrual__clip_id=clip_id)
    if after is not None:
        found = found.filter(releases_at__gte=after[0]).exclude(releases_at=after[0], id__lte=after[1])
    rows = list(_with_names(found).order_by("releases_at", "id")[: HOLDS_SHOWN + 1])
    shown = rows[:HOLDS_SHOWN]
    taken = remaining.taken_of_holds([hold.id for hold in shown])
    return HoldsPage(
        holds=[_facts(hold, taken_minor=taken.get(hold.id, 0)) for hold in shown],
        next_after=(shown[-1].releases_at, shown[-1].id) if len(rows) > len(shown) else None,
    )


def held_clip(*, clip_id: int) -> list[HeldClip]:
    """Why and until when money of one clip is held, for its own page: one line a reason and day."""
    holds = list(Hold.objects.filter(accrual__clip_id=clip_id, ended_at=None).order_by("releases_at", "id"))
    taken = remaining.taken_of_holds([hold.id for hold in holds])
    sums: dict[tuple[str, str, datetime], int] = {}
    for hold in holds:
        key = (hold.get_reason_display(), hold.note, hold.releases_at)
        sums[key] = sums.get(key, 0) + hold.amount_minor - taken.get(hold.id, 0)
    return [
        HeldClip(why=why, note=note, releases_at=releases_at, amount_minor=minor)
        for (why, note, releases_at), minor in sums.items()
    ]


def reversed_clip(*, clip_id: int) -> list[ReversedClip]:
    """What of one clip does not count, for its own page: one line a decision, the latest first."""
    sums: dict[tuple[str, str, datetime], int] = {}
    for reversal in EarningReversal.objects.filter(accrual__clip_id=clip_id).order_by("-reversed_at", "-id"):
        key = (reversal.get_reason_display(), reversal.note, reversal.reversed_at)
        sums[key] = sums.get(key, 0) + reversal.net_minor
    return [
        ReversedClip(why=why, note=note, reversed_at=reversed_at, amount_minor=minor)
        for (why, note, reversed_at), minor in list(sums.items())[:DECISIONS_SHOWN_MAX]
    ]


def held_sums() -> list[HeldSum]:
    """How much is held at all, by currency."""
    sums: dict[str, tuple[int, int]] = {}
    left = (
        Accrual.objects.filter(stage=Stage.HELD)
        .annotate(left_minor=remaining.left())
        .values_list("currency", "left_minor")
    )
    for currency, left_minor in left.iterator():
        number, minor = sums.get(currency, (0, 0))
        sums[currency] = number + 1, minor + left_minor
    return [
        HeldSum(currency=currency, holds=number, amount_minor=minor)
        for currency, (number, minor) in sorted(sums.items())
    ]


def _with_names(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    names = ("accrual__campaign", "accrual__creator")
    return holds.select_related(*names).prefetch_related("extensions")


def _facts(hold: Hold, *, taken_minor: int) -> OpenHold:
    accrual = hold.accrual
    return OpenHold(
        hold_id=hold.id,
        accrual_id=accrual.id,
        clip_id=accrual.clip_id,
        campaign_id=accrual.campaign_id,
        campaign_title=accrual.campaign.title,
        creator_id=accrual.creator_id,
        creator_name=accrual.creator.name,
        amount_minor=hold.amount_minor - taken_minor,
        currency=accrual.currency,
        reason=hold.reason,
        why=hold.get_reason_display(),
        note=hold.note,
        placed_by=hold.placed_by,
        placed_at=hold.placed_at,
        releases_at=hold.releases_at,
        extended=len(hold.extensions.all()),
    )
