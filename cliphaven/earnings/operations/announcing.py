"""What became of earnings, told to programs of their creators; credits, to programs of their sponsors."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from cliphaven.deliveries import operations as deliveries
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.earnings.models import CreditNote, EarningReversal, Hold
from cliphaven.foundation.transactions import joined_transaction


class Cleared(Protocol):
    """An accrual that became payable."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def creator_id(self) -> int: ...  # noqa: D102
    @property
    def currency(self) -> str: ...  # noqa: D102
    @property
    def net_minor(self) -> int: ...  # noqa: D102


@joined_transaction
def cleared(*, accruals: Sequence[Cleared], taken: Mapping[int, int], now: datetime) -> None:
    """Earnings became payable, told once a creator and currency; `taken` is what was taken of some, by their id."""
    by_purse: dict[tuple[int, str], list[Cleared]] = defaultdict(list)
    for accrual in accruals:
        if accrual.net_minor > taken.get(accrual.id, 0):
            by_purse[accrual.creator_id, accrual.currency].append(accrual)
    deliveries.announce(
        facts=[
            deliveries.Fact(
                type=EventType.EARNINGS_CLEARED,
                key=f"cleared:{min(one.id for one in of_one)}",
                data={
                    "amount": catalogue.money(sum(one.net_minor - taken.get(one.id, 0) for one in of_one), currency),
                    "entries": len(of_one),
                },
                user_id=creator_id,
            )
            for (creator_id, currency), of_one in by_purse.items()
        ],
        now=now,
    )


@joined_transaction
def held(*, holds: Sequence[Hold], now: datetime) -> None:
    """Earnings are kept apart, told once a clip."""
    deliveries.announce(
        facts=[
            deliveries.Fact(
                type=EventType.EARNINGS_HELD,
                key=f"held:{of_one[0].id}",
                data={
                    **_of_clip(of_one[0], amount_minor=sum(hold.amount_minor for hold in of_one)),
                    "reason": of_one[0].reason,
                    "releases_at": max(hold.releases_at for hold in of_one),
                },
                user_id=of_one[0].accrual.creator_id,
            )
            for of_one in _by_clip(holds)
        ],
        now=now,
    )


@joined_transaction
def released(*, holds: Sequence[Hold], left: Mapping[int, int], now: datetime) -> None:
    """Held earnings are back where they were, told once a clip; `left` is how much of each hold, by its id."""
    deliveries.announce(
        facts=[
            deliveries.Fact(
                type=EventType.EARNINGS_RELEASED,
                key=f"released:{of_one[0].id}",
                data=_of_clip(of_one[0], amount_minor=sum(left[hold.id] for hold in of_one)),
                user_id=of_one[0].accrual.creator_id,
            )
            for of_one in _by_clip(holds)
        ],
        now=now,
    )


@joined_transaction
def reversed_(*, reversals: Sequence[EarningReversal], now: datetime) -> None:
    """Earnings of one clip do not count after all."""
    if not reversals:
        return
    accrual = reversals[0].accrual
    amount_minor = sum(one.net_minor for one in reversals)
    fact = deliveries.Fact(
        type=EventType.EARNINGS_REVERSED,
        key=f"reversed:{reversals[0].pk}",
        data={
            "clip_id": accrual.clip_id,
            "campaign_id": accrual.campaign_id,
            "amount": catalogue.money(amount_minor, accrual.currency),
            "reason": reversals[0].reason,
        },
        user_id=accrual.creator_id,
    )
    deliveries.announce(facts=[fact], now=now)


@joined_transaction
def credited(*, note: CreditNote, now: datetime) -> None:
    """A sponsor got money back for views that did not count."""
    fact = deliveries.Fact(
        type=EventType.CREDIT_NOTE_ISSUED,
        key=f"credit_note:{note.pk}",
        data={
            "credit_note_id": note.pk,
            "campaign_id": note.campaign_id,
            "views": note.views,
            "amount": catalogue.money(note.amount_minor, note.currency),
        },
        organisation_id=note.organisation_id,
    )
    deliveries.announce(facts=[fact], now=now)


def _of_clip(hold: Hold, *, amount_minor: int) -> dict[str, object]:
    accrual = hold.accrual
    return {
        "clip_id": accrual.clip_id,
        "campaign_id": accrual.campaign_id,
        "amount": catalogue.money(amount_minor, accrual.currency),
    }


def _by_clip(holds: Sequence[Hold]) -> list[list[Hold]]:
    by_clip: dict[int, list[Hold]] = defaultdict(list)
    for hold in holds:
        by_clip[hold.accrual.clip_id].append(hold)
    return [sorted(of_one, key=lambda hold: hold.id) for of_one in by_clip.values()]
