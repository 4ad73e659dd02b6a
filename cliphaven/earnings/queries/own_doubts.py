"""What creators are told about doubt: why, which views and exactly how much money, and what they can do until when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.earnings.models import Hold, HoldOutcome
from cliphaven.earnings.queries import remaining
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.fraud import queries as fraud
from cliphaven.fraud.queries import own_cases


@dataclass(frozen=True, kw_only=True)
class CaseMoney:
    """What a case holds of one clip, net, in minor units, and from which to which view; what it let go and voided.

    The first of its holds ends by itself at `releases_at`, the last at `last_releases_at`; None while it holds nothing.
    """

    currency: str
    held_minor: int
    views: Sequence[tuple[int, int]]
    releases_at: datetime | None
    last_releases_at: datetime | None
    released_minor: int
    voided_minor: int

    @property
    def views_held(self) -> int:
        """How many views the money is of."""
        return sum(until - since for since, until in self.views)


@dataclass(frozen=True, kw_only=True)
class ClipDoubt:
    """A case of a creator's clip with its money; None where it never held any."""

    case: own_cases.OwnDoubt
    money: CaseMoney | None


@dataclass(frozen=True, kw_only=True)
class HeldPart:
    """What of one clip is held now, net, in minor units, and the day on which the last of it comes back by itself."""

    clip_id: int
    amount_minor: int
    currency: str
    last_releases_at: datetime


@one_snapshot
def doubts_of_clip(*, clip_id: int, creator_id: int, now: datetime) -> list[ClipDoubt]:
    """The cases of a creator's clip with their money, the latest first. Raises NoSuchClip for somebody else's clip."""
    found = own_cases.own_doubts(clip_id=clip_id, creator_id=creator_id, now=now)
    money = money_of_cases({doubt.case_id: doubt.clip_id for doubt in found})
    return [ClipDoubt(case=doubt, money=money.get(doubt.case_id)) for doubt in found]


def doubts_to_see_to(*, creator_id: int, now: datetime) -> list[ClipDoubt]:
    """Cases of a creator about which they can say something now, with their money; those that end first at the top."""
    found = own_cases.to_see_to(creator_id=creator_id, now=now)
    money = money_of_cases({doubt.case_id: doubt.clip_id for doubt in found})
    return [ClipDoubt(case=doubt, money=money.get(doubt.case_id)) for doubt in found]


def money_of_cases(cases: Mapping[int, int]) -> dict[int, CaseMoney]:
    """The money of each case (case → clip); those that never held any are absent."""
    by_holder = {fraud.holder(case_id): case_id for case_id in cases}
    holds = Hold.objects.filter(accrual__clip_id__in=sorted(set(cases.values())), placed_by__in=sorted(by_holder))
    of_case: dict[int, list[Hold]] = {}
    for hold in holds.select_related("accrual").order_by("id"):
        of_case.setdefault(by_holder[hold.placed_by], []).append(hold)
    taken = remaining.taken_of_holds([hold.id for held in of_case.values() for hold in held])
    return {case_id: _money(held, taken) for case_id, held in of_case.items()}


def held_parts(clip_ids: Collection[int]) -> dict[int, HeldPart]:
    """What of each of the clips is held now, for whatever reason; those of which nothing is are absent."""
    holds = Hold.objects.filter(accrual__clip_id__in=clip_ids, ended_at=None).select_related("accrual").order_by("id")
    of_clip: dict[int, list[Hold]] = {}
    for hold in holds:
        of_clip.setdefault(hold.accrual.clip_id, []).append(hold)
    taken = remaining.taken_of_holds([hold.id for held in of_clip.values() for hold in held])
    return {
        clip_id: HeldPart(
            clip_id=clip_id,
            amount_minor=sum(hold.amount_minor - taken.get(hold.id, 0) for hold in held),
            currency=held[0].accrual.currency,
            last_releases_at=max(hold.releases_at for hold in held),
        )
        for clip_id, held in of_clip.items()
    }


def spans(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of views with those joined that touch, the lowest first."""
    joined: list[tuple[int, int]] = []
    for since, until in sorted(ranges):
        if joined and since <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(until, joined[-1][1])
        else:
            joined.append((since, until))
    return joined


def _money(holds: Sequence[Hold], taken: dict[int, int]) -> CaseMoney:
    open_ones = [hold for hold in holds if hold.ended_at is None]

    def left(of_them: Iterable[Hold]) -> int:
        return sum(hold.amount_minor - taken.get(hold.id, 0) for hold in of_them)

    return CaseMoney(
        currency=holds[0].accrual.currency,
        held_minor=left(open_ones),
        views=spans((hold.accrual.views_from, hold.accrual.views_to) for hold in open_ones),
        releases_at=min((hold.releases_at for hold in open_ones), default=None),
        last_releases_at=max((hold.releases_at for hold in open_ones), default=None),
        released_minor=left(hold for hold in holds if hold.outcome == HoldOutcome.RELEASED),
        voided_minor=left(hold for hold in holds if hold.outcome == HoldOutcome.VOIDED),
    )
