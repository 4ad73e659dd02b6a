"""A creator's money, explained: one source for every page, gate and payout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Sum
from django.db.models.functions import TruncDate

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import Accrual, Deduction, Hold, HoldReason, ReversalReason, Stage
from cliphaven.earnings.queries import remaining
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.fraud import queries as fraud
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind

DEDUCTIONS_SHOWN_MAX = 20
_ACCOUNTS = (
    AccountKind.CREATOR_CLEARING,
    AccountKind.CREATOR_HELD,
    AccountKind.CREATOR_PAYABLE,
    AccountKind.CREATOR_RESERVED,
    AccountKind.CREATOR_IN_TRANSIT,
    AccountKind.CREATOR_RECEIVABLE,
)


@dataclass(frozen=True, kw_only=True)
class PayablePart:
    """What a creator can be paid for one campaign: cleared accruals that nothing pays yet, and what is left of them."""

    creator_id: int
    campaign_id: int
    currency: str
    amount_minor: int
    accrual_ids: tuple[int, ...]
    campaign_ended: bool
    last_cleared_at: datetime


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """Why a part of a balance cannot be paid out yet, until when it cannot, and what can be done about it.

    `clip_id` is the clip that it is about, on whose page something can be done; None where it is about none, or many.
    """

    rule: str
    amount_minor: int
    clears_at: datetime | None
    what_to_do: str
    clip_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """A part of a creator's earnings that paid for earnings of theirs that did not count, and why those did not."""

    amount_minor: int
    taken_at: datetime
    clip_id: int
    why: str
    note: str


@dataclass(frozen=True, kw_only=True)
class ExplainedBalance:
    """A creator's money in one currency by stage, from the books; payable and the blockers add up to `owed_minor`.

    `payable_minor` is what a batch could take now; each blocker explains a part of the rest. `debt_minor` is what the
    creator owes: it is kept back from what becomes payable next. `taken_back` is what was kept back last.
    """

    currency: str
    clearing_minor: int
    held_minor: int
    payable_minor: int
    reserved_minor: int
    in_transit_minor: int
    debt_minor: int
    blockers: tuple[Blocker, ...]
    taken_back: tuple[TakenBack, ...]
    as_of: datetime

    @property
    def owed_minor(self) -> int:
        """Everything that is the creator's and not yet in the bank."""
        return self.clearing_minor + self.held_minor + self.payable_minor + self.reserved_minor + self.in_transit_minor


def payable_parts(*, creator_id: int | None = None, among: Sequence[int] | None = None) -> list[PayablePart]:
    """Everything that a batch may take now, by creator, campaign and currency; of one creator, or `among` accruals."""
    accruals = Accrual.objects.filter(stage=Stage.PAYABLE)
    if creator_id is not None:
        accruals = accruals.filter(creator_id=creator_id)
    if among is not None:
        accruals = accruals.filter(id__in=among)
    rows = (
        accruals.annotate(left_minor=remaining.left())
        .order_by("creator_id", "campaign_id", "currency", "id")
        .values_list("creator_id", "campaign_id", "currency", "id", "left_minor", "cleared_at")
    )
    groups: dict[tuple[int, int, str], list[tuple[int, int, datetime | None]]] = {}
    for earner_id, campaign_id, currency, accrual_id, left_minor, cleared_at in rows:
        groups.setdefault((earner_id, campaign_id, currency), []).append((accrual_id, left_minor, cleared_at))
    ended = campaigns.ended_campaigns(list({campaign_id for _, campaign_id, _ in groups}))
    return [
        PayablePart(
            creator_id=earner_id,
            campaign_id=campaign_id,
            currency=currency,
            amount_minor=sum(left_minor for _, left_minor, _ in parts),
            accrual_ids=tuple(accrual_id for accrual_id, _, _ in parts),
            campaign_ended=campaign_id in ended,
            last_cleared_at=max(cleared_at for _, _, cleared_at in parts if cleared_at is not None),
        )
        for (earner_id, campaign_id, currency), parts in groups.items()
        if sum(left_minor for _, left_minor, _ in parts)
    ]


@one_snapshot
def explained_balance(*, creator_id: int, currency: str, now: datetime) -> ExplainedBalance:
    """A creator's money by stage, with a named blocker for every cent that is not payable yet, all of one moment."""
    accounts = {kind: Account(kind=kind, owner_id=creator_id, currency=currency) for kind in _ACCOUNTS}
    balances = books.balances(list(accounts.values()))
    reserved_minor = balances[accounts[AccountKind.CREATOR_RESERVED]]
    in_transit_minor = balances[accounts[AccountKind.CREATOR_IN_TRANSIT]]
    return ExplainedBalance(
        currency=currency,
        clearing_minor=balances[accounts[AccountKind.CREATOR_CLEARING]],
        held_minor=balances[accounts[AccountKind.CREATOR_HELD]],
        payable_minor=balances[accounts[AccountKind.CREATOR_PAYABLE]],
        reserved_minor=reserved_minor,
        in_transit_minor=in_transit_minor,
        debt_minor=balances[accounts[AccountKind.CREATOR_RECEIVABLE]],
        blockers=(
            *_clearing_blockers(creator_id=creator_id, currency=currency, now=now),
            *_hold_blockers(creator_id=creator_id, currency=currency),
            *_on_the_way(reserved_minor=reserved_minor, in_transit_minor=in_transit_minor),
        ),
        taken_back=tuple(_taken_back(creator_id=creator_id, currency=currency)),
        as_of=now,
    )


def _clearing_blockers(*, creator_id: int, currency: str, now: datetime) -> list[Blocker]:
    clearing = Accrual.objects.filter(creator_id=creator_id, currency=currency, stage=Stage.CLEARING)
    by_day = (
        clearing.filter(clears_at__gt=now)
        .annotate(left_minor=remaining.left(), day=TruncDate("clears_at"))
        .values("day")
        .annotate(left=Sum("left_minor"), last=Max("clears_at"))
        .order_by("day")
    )
    blockers = [
        Blocker(
            rule="In the hold period",
            amount_minor=int(row["left"]),
            clears_at=row["last"],
            what_to_do="Nothing: it clears by itself on this day",
        )
        for row in by_day
        if row["left"]
    ]
    # Their day has come, and they wait for the last look at their clips.
    past = clearing.filter(clears_at__lte=now).annotate(left_minor=remaining.left())
    over = past.aggregate(left=Sum("left_minor"))
    if over["left"]:
        waits = Blocker(
            rule="A last look at the clip",
            amount_minor=int(over["left"]),
            clears_at=now,
            what_to_do="Nothing: the views are being read once more; without an answer it clears after three days",
        )
        blockers.insert(0, waits)
    return blockers


def _hold_blockers(*, creator_id: int, currency: str) -> list[Blocker]:
    """Each clip that is held, with the reason and the day; one hold is placed on every entry it is about."""
    found = list(
        Hold.objects.filter(accrual__creator_id=creator_id, accrual__currency=currency, ended_at=None)
        .select_related("accrual__campaign")
        .order_by("releases_at", "id")
    )
    taken = remaining.taken_of_holds([hold.id for hold in found])
    by_clip: dict[tuple[int, str, date], list[Hold]] = {}
    for hold in found:
        by_clip.setdefault((hold.accrual.clip_id, hold.reason, hold.releases_at.date()), []).append(hold)
    blockers = [
        Blocker(
            rule=f"{HoldReason(reason).label} (a clip for {holds[0].accrual.campaign.title})",
            amount_minor=sum(hold.amount_minor - taken.get(hold.id, 0) for hold in holds),
            clears_at=max(max(hold.releases_at, hold.accrual.clears_at) for hold in holds),
            what_to_do=_what_to_do(holds[0]),
            clip_id=clip_id,
        )
        for (clip_id, reason, _), holds in by_clip.items()
    ]
    return [blocker for blocker in blockers if blocker.amount_minor]


def _what_to_do(hold: Hold) -> str:
    if hold.placed_by.startswith(fraud.HOLDER):
        return (
            "Open the clip: it says why, and you can appeal there. Otherwise wait: it comes back by itself on this day"
        )
    return hold.note or "Nothing: it comes back by itself on this day, unless something is found"


def _on_the_way(*, reserved_minor: int, in_transit_minor: int) -> list[Blocker]:
    reserved = Blocker(
        rule="In this week's payout",
        amount_minor=reserved_minor,
        clears_at=None,
        what_to_do="Nothing: it is being sent to your Stripe account",
    )
    in_transit = Blocker(
        rule="On the way to your bank",
        amount_minor=in_transit_minor,
        clears_at=None,
        what_to_do="Nothing: banks take one to three working days",
    )
    return [blocker for blocker in (reserved, in_transit) if blocker.amount_minor]


def _taken_back(*, creator_id: int, currency: str) -> list[TakenBack]:
    latest = (
        Deduction.objects.filter(accrual__creator_id=creator_id, accrual__currency=currency)
        .select_related("accrual", "reversal__accrual")
        .order_by("-id")[:DEDUCTIONS_SHOWN_MAX]
    )
    return [
        TakenBack(
            amount_minor=deduction.amount_minor,
            taken_at=deduction.taken_at,
            clip_id=(deduction.reversal or deduction).accrual.clip_id,
            why=str(ReversalReason(deduction.reversal.reason).label)
            if deduction.reversal
            else "Pays what you owe of earnings that did not count",
            note=deduction.reversal.note if deduction.reversal else "",
        )
        for deduction in latest
    ]
