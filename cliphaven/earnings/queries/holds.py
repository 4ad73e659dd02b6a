"""What is held, why, and when that ends by itself; and what of a clip does not count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Min, Q, QuerySet

from cliphaven.earnings.models import Accrual, EarningReversal, Hold, HoldReason, Stage
from cliphaven.earnings.queries import positions, remaining
from cliphaven.earnings.rules.holding import HELD_FOR_MAX
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.fraud import queries as fraud
from cliphaven.tracking import queries as tracking

CASES_SHOWN = 25
HOLDS_OF_A_CASE_MAX = 1_000
DECISIONS_SHOWN_MAX = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class HeldCase:
    """The open holds of one clip for one reason: what a person decides about at once.

    Amounts are in minor units, less what was taken of them. The first of the holds ends at `releases_at`, the last at
    `last_releases_at`. `views_counted` were paid for, `views_standing` are what the platform shows now after falls that
    were confirmed; either is None where nothing was counted or measured.
    """

    clip_id: int
    campaign_title: str
    creator_id: int
    creator_name: str
    hold_ids: tuple[int, ...]
    accrual_ids: tuple[int, ...]
    amount_minor: int
    currency: str
    reason: str
    why: str
    note: str
    placed_by: str
    placed_at: datetime
    releases_at: datetime
    last_releases_at: datetime
    extended: int
    views_counted: int | None
    views_standing: int | None
    read_at: datetime | None

    @property
    def latest_release_at(self) -> datetime:
        """The last moment to which it may be extended."""
        return self.placed_at + HELD_FOR_MAX

    @property
    def views_missing(self) -> int:
        """How many views were counted that do not stand any more."""
        if self.views_counted is None or self.views_standing is None:
            return 0
        return max(0, self.views_counted - self.views_standing)

    @property
    def place(self) -> str:
        """Where a list goes on right behind it."""
        return f"{(self.releases_at - _EPOCH) // timedelta(microseconds=1)}-{self.clip_id}-{self.reason}"


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
class CasesPage:
    """A page of what is held, what ends first at the top; `next_after` is where the next one goes on, or ""."""

    cases: list[HeldCase]
    next_after: str


@dataclass(frozen=True, kw_only=True)
class HeldSum:
    """How much is held in one currency: holds, and minor units."""

    currency: str
    holds: int
    amount_minor: int


@one_snapshot
def held_cases(*, clip_id: int | None = None, creator_id: int | None = None, after: str = "") -> CasesPage:
    """What is held, of one clip or creator where given, what ends first at the top; `after` is a place to go on from.

    A place that is none is ignored. All of it is of one moment, also while holds end.
    """
    found = Hold.objects.filter(ended_at=None)
    if clip_id is not None:
        found = found.filter(accrual__clip_id=clip_id)
    if creator_id is not None:
        found = found.filter(accrual__creator_id=creator_id)
    cases = found.order_by().values("accrual__clip_id", "reason").annotate(ends=Min("releases_at"))
    if place := _place(after):
        ends, last_clip, last_reason = place
        cases = cases.filter(
            Q(ends__gt=ends)
            | Q(ends=ends, accrual__clip_id__gt=last_clip)
            | Q(ends=ends, accrual__clip_id=last_clip, reason__gt=last_reason)
        )
    ordered = cases.order_by("ends", "accrual__clip_id", "reason")[: CASES_SHOWN + 1]
    keys = [(row["accrual__clip_id"], row["reason"]) for row in ordered]
    shown = _cases(found, keys[:CASES_SHOWN])
    return CasesPage(cases=shown, next_after=shown[-1].place if len(keys) > len(shown) else "")


def _cases(holds: QuerySet[Hold], keys: Sequence[tuple[int, str]]) -> list[HeldCase]:
    """Those of the clips and reasons, in this order."""
    if not keys:
        return []
    clip_ids = sorted({clip_id for clip_id, _ in keys})
    rows = holds.filter(accrual__clip_id__in=clip_ids).order_by("releases_at", "id")
    by_key: dict[tuple[int, str], list[Hold]] = {key: [] for key in keys}
    for hold in rows.select_related("accrual__campaign", "accrual__creator").prefetch_related("extensions"):
        of_case = by_key.get((hold.accrual.clip_id, hold.reason))
        if of_case is not None and len(of_case) < HOLDS_OF_A_CASE_MAX:
            of_case.append(hold)
    known = _Known(
        taken=remaining.taken_of_holds([hold.id for of_case in by_key.values() for hold in of_case]),
        counted=positions.counted(clip_ids),
        looks=tracking.looks(clip_ids),
    )
    return [_case(of_case, known) for of_case in by_key.values() if of_case]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known beside the holds: what was taken of them, and the views of their clips."""

    taken: dict[int, int]
    counted: dict[int, positions.Counted]
    looks: dict[int, tracking.Look]


def _case(holds: Sequence[Hold], known: _Known) -> HeldCase:
    first = holds[0]
    accrual = first.accrual
    counted, look = known.counted.get(accrual.clip_id), known.looks.get(accrual.clip_id)
    return HeldCase(
        clip_id=accrual.clip_id,
        campaign_title=accrual.campaign.title,
        creator_id=accrual.creator_id,
        creator_name=accrual.creator.name,
        hold_ids=tuple(hold.id for hold in holds),
        accrual_ids=tuple(hold.accrual_id for hold in holds),
        amount_minor=sum(hold.amount_minor - known.taken.get(hold.id, 0) for hold in holds),
        currency=accrual.currency,
        reason=first.reason,
        why=str(HoldReason(first.reason).label),
        note=first.note,
        placed_by=first.placed_by,
        placed_at=min(hold.placed_at for hold in holds),
        releases_at=first.releases_at,
        last_releases_at=holds[-1].releases_at,
        extended=max(len(hold.extensions.all()) for hold in holds),
        views_counted=counted.views if counted else None,
        views_standing=look.settled_views if look else None,
        read_at=look.looked_at if look else None,
    )


def _place(text: str) -> tuple[datetime, int, str] | None:
    """Where a list goes on, as `HeldCase.place` writes it; None for anything else."""
    parts = text.split("-")
    if len(parts) != 3 or parts[2] not in HoldReason.values:
        return None
    if not all(part.isascii() and part.isdigit() and len(part) < 18 for part in parts[:2]):
        return None
    return _EPOCH + timedelta(microseconds=int(parts[0])), int(parts[1]), parts[2]


def held_clip(*, clip_id: int) -> list[HeldClip]:
    """Why and until when money of one clip is held, for its own page: one line a reason and day. Not what cases of
    risk hold: those are told as cases."""
    open_holds = Hold.objects.filter(accrual__clip_id=clip_id, ended_at=None)
    holds = list(open_holds.exclude(placed_by__startswith=fraud.HOLDER).order_by("releases_at", "id"))
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
