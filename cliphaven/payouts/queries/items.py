"""The single items of one batch, for the staff: every transfer, every payout to a bank, everybody left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Count, Model, Q, QuerySet, Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.identity import queries as people
from cliphaven.payouts.models import BankPayout, Batch, Skip, SkipReason, Transfer, TransferReversal
from cliphaven.payouts.queries import reviews
from cliphaven.payouts.queries.batches import BOOKED
from cliphaven.payouts.rules import BankPayoutState, TransferState

ITEMS_SHOWN = 50
UNSURE_MAX = 100

AnyRow = TypeVar("AnyRow", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One transfer, payout or reversal: how much, where it stands, what was tried. `name` is what `look-again` takes.

    `what` is the campaign of a transfer or reversal, the bank of a payout. `attempt` is part of its key; `tries` are
    calls. `transfer_id` is the transfer that it is, or takes back; None of a payout.
    """

    name: str
    transfer_id: int | None
    creator_id: int
    creator: str
    what: str
    amount_minor: int
    currency: str
    state: str
    attempt: int
    tries: int
    first_sent_at: datetime | None
    claimed_at: datetime | None
    looked_up_at: datetime | None
    settled_at: datetime | None
    stripe_id: str
    sentence: str
    arrives_on: date | None
    trace_id: str

    @property
    def is_in_review(self) -> bool:
        """Whether it waits for a person, who may have it looked up again."""
        return self.state == TransferState.NEEDS_REVIEW

    @property
    def entry(self) -> tuple[str, str] | None:
        """The kind and name of the entry that says in the books where the money went; None while there is none."""
        if self.kind == "transfer":
            return ("transfer", self.stripe_id) if self.state in BOOKED else ("reserve", self.name)
        if self.kind == "reversal":
            return ("transfer_reversal", self.stripe_id) if self.settled_at else None
        return ("bank_payout", self.stripe_id) if self.state == BankPayoutState.PAID else None

    @property
    def kind(self) -> str:
        """ "transfer", "payout" or "reversal"."""
        return self.name.partition(":")[0]

    @property
    def number(self) -> int:
        """Its number among its kind."""
        return int(self.name.partition(":")[2])


@dataclass(frozen=True, kw_only=True)
class Items:
    """A page of items; `after` is the number to go on from, None on the last page."""

    items: Sequence[Item]
    after: int | None


@dataclass(frozen=True, kw_only=True)
class StateCount:
    """How many items of a batch are in a state, and how much that is in one currency, in minor units."""

    state: str
    currency: str
    count: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class SkippedCreator:
    """A creator whom the batch left out, and why."""

    creator_id: int
    creator: str
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A page of creators left out; `after` as in `Items`."""

    skips: Sequence[SkippedCreator]
    after: int | None


def items_of(*, week: str, kind: str, state: str = "", after: int | None = None) -> Items | None:
    """A page of "transfers" or "payouts" of a week's latest batch; None when there is none."""
    batch = Batch.objects.filter(iso_week=week).order_by("-number").first()
    if batch is None:
        return None
    page = transfer_page if kind == "transfers" else payout_page
    return page(batch_id=batch.id, state=state, after=after)


def transfer_page(*, batch_id: int, state: str = "", after: int | None = None) -> Items:
    """A batch's transfers in the order of planning; of one state where given."""
    page, next_after = _page(Transfer.objects.filter(batch_id=batch_id), state=state, after=after)
    return Items(items=transfer_items(page), after=next_after)


def payout_page(*, batch_id: int, state: str = "", after: int | None = None) -> Items:
    """A batch's payouts to banks, every attempt a line."""
    page, next_after = _page(BankPayout.objects.filter(batch_id=batch_id), state=state, after=after)
    return Items(items=payout_items(page), after=next_after)


def skip_page(*, batch_id: int, after: int | None = None) -> Skipped:
    """Whom a batch left out."""
    page, next_after = _page(Skip.objects.filter(batch_id=batch_id), state="", after=after)
    names = people.names([skip.creator_id for skip in page])
    return Skipped(
        skips=[
            SkippedCreator(
                creator_id=skip.creator_id,
                creator=names[skip.creator_id],
                amount_minor=skip.amount_minor,
                currency=skip.currency,
                reason=SkipReason(skip.reason).label,
            )
            for skip in page
        ],
        after=next_after,
    )


def unsure(*, batch_id: int) -> list[Item]:
    """What nobody knows the outcome of, and what waits for a person: at most UNSURE_MAX of each kind, oldest first."""
    # All three call it by the same name.
    unknown = Q(state=TransferState.UNKNOWN.value)
    transfers = Transfer.objects.filter(unknown | Q(id__in=reviews.transfers().values("id")), batch_id=batch_id)
    payouts = BankPayout.objects.filter(unknown | Q(id__in=reviews.bank_payouts().values("id")), batch_id=batch_id)
    reversals = TransferReversal.objects.filter(
        unknown | Q(id__in=reviews.reversals().values("id")), transfer__batch_id=batch_id
    )
    return [
        *transfer_items(list(transfers.order_by("id")[:UNSURE_MAX])),
        *payout_items(list(payouts.order_by("id")[:UNSURE_MAX])),
        *reversal_items(list(reversals.select_related("transfer").order_by("id")[:UNSURE_MAX])),
    ]


def transfer_states(*, batch_id: int) -> list[StateCount]:
    """How many transfers are in which state, by currency."""
    return _counts(Transfer.objects.filter(batch_id=batch_id), [state.value for state in TransferState])


def payout_states(*, batch_id: int) -> list[StateCount]:
    """How many payouts to banks, each attempt counted, are in which state, by currency."""
    return _counts(BankPayout.objects.filter(batch_id=batch_id), [state.value for state in BankPayoutState])


def skip_reasons(*, batch_id: int) -> list[StateCount]:
    """How many creators were left out for which reason, in words, by currency."""
    rows = (
        Skip.objects.filter(batch_id=batch_id)
        .values_list("reason", "currency")
        .annotate(count=Count("id"), amount=Sum("amount_minor"))
        .order_by("reason", "currency")
    )
    return [
        StateCount(state=SkipReason(reason).label, currency=currency, count=count, amount_minor=int(amount))
        for reason, currency, count, amount in rows
    ]


def _page(rows: QuerySet[AnyRow], *, state: str, after: int | None) -> tuple[list[AnyRow], int | None]:
    if state:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(id__gt=after)
    page = list(rows.order_by("id")[: ITEMS_SHOWN + 1])
    shown = page[:ITEMS_SHOWN]
    return shown, shown[-1].pk if len(page) > ITEMS_SHOWN else None


def _counts(rows: QuerySet[AnyRow], order: Sequence[str]) -> list[StateCount]:
    found = rows.values_list("state", "currency").annotate(count=Count("id"), amount=Sum("amount_minor")).order_by()
    return [
        StateCount(state=state, currency=currency, count=count, amount_minor=int(amount))
        for state, currency, count, amount in sorted(found, key=lambda row: (row[1], order.index(row[0])))
    ]


def transfer_items(rows: Sequence[Transfer]) -> list[Item]:
    """These transfers as the staff sees them."""
    names = people.names([row.creator_id for row in rows])
    titles = campaigns.titles([row.campaign_id for row in rows])
    return [
        Item(
            name=f"transfer:{row.pk}",
            transfer_id=row.pk,
            creator_id=row.creator_id,
            creator=names[row.creator_id],
            what=titles[row.campaign_id],
            amount_minor=row.amount_minor,
            currency=row.currency,
            state=row.state,
            attempt=row.attempt,
            tries=row.tries,
            first_sent_at=row.first_sent_at,
            claimed_at=row.claimed_at,
            looked_up_at=row.looked_up_at,
            settled_at=row.settled_at,
            stripe_id=row.stripe_id or "",
            sentence=row.failure_sentence,
            arrives_on=None,
            trace_id="",
        )
        for row in rows
    ]


def payout_items(rows: Sequence[BankPayout]) -> list[Item]:
    """These payouts to banks as the staff sees them."""
    names = people.names([row.creator_id for row in rows])
    return [
        Item(
            name=f"payout:{row.pk}",
            transfer_id=None,
            creator_id=row.creator_id,
            creator=names[row.creator_id],
            what=f"Part {row.part}" if row.part > 1 else "To the bank",
            amount_minor=row.amount_minor,
            currency=row.currency,
            state=row.state,
            attempt=row.attempt,
            tries=row.tries,
            first_sent_at=row.first_sent_at,
            claimed_at=row.claimed_at,
            looked_up_at=row.looked_up_at,
            settled_at=row.paid_at or row.failed_at,
            stripe_id=row.stripe_id or "",
            sentence=row.failure_sentence,
            arrives_on=row.arrives_on,
            trace_id=row.trace_id,
        )
        for row in rows
    ]


def reversal_items(rows: Sequence[TransferReversal]) -> list[Item]:
    """These reversals, read with their transfers, as the staff sees them."""
    names = people.names([row.transfer.creator_id for row in rows])
    titles = campaigns.titles([row.transfer.campaign_id for row in rows])
    return [
        Item(
            name=f"reversal:{row.pk}",
            transfer_id=row.transfer_id,
            creator_id=row.transfer.creator_id,
            creator=names[row.transfer.creator_id],
            what=titles[row.transfer.campaign_id],
            amount_minor=row.amount_minor,
            currency=row.transfer.currency,
            state=row.state,
            attempt=row.attempt,
            tries=row.tries,
            first_sent_at=row.first_sent_at,
            claimed_at=row.claimed_at,
            looked_up_at=row.looked_up_at,
            settled_at=row.booked_at,
            stripe_id=row.stripe_id or "",
            sentence=row.failure_sentence,
            arrives_on=None,
            trace_id="",
        )
        for row in rows
    ]
