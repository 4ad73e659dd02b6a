"""What must hold of paying at every moment, whatever happened: our rows beside the books, and beside each other."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from cliphaven.earnings.queries import totals
from cliphaven.foundation.money import formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import BankPayout, Transfer, TransferReversal
from cliphaven.payouts.queries import attempts, batches, items_in_order, kept_back
from cliphaven.payouts.rules import BANK_PAYOUT_OVER, BankPayoutState, TransferState

CHUNK = 5_000
FAILURES_SHOWN_MAX = 100

Row = TypeVar("Row", Transfer, BankPayout, TransferReversal)
Whose = tuple[int, str]
Sums = Mapping[Whose, int]


@one_snapshot
def checks(*, rows_max: int | None = None) -> list[books.Check]:
    """Every property that paying must have. Rows are held against their entries: all, or the newest `rows_max`."""
    return books.asked(QUESTIONS, books.Look(limits=books.Limits(rows_max=rows_max)))


def oldest_reserved_at() -> datetime | None:
    """Since when the oldest money has been set aside for a transfer that is not sent; None when nothing is."""
    settled = sorted(batches.BOOKED | {TransferState.RELEASED})
    is_open = Transfer.objects.exclude(state__in=settled).order_by("batch__planned_at")
    return is_open.values_list("batch__planned_at", flat=True).first()


def oldest_in_transit_at() -> datetime | None:
    """Since when the oldest money has been at Stripe and in no bank, whatever keeps it; None when there is none."""
    over = sorted(state.value for state in BANK_PAYOUT_OVER)
    moving = BankPayout.objects.exclude(state__in=[*over, BankPayoutState.PAID])
    kept = (moving | attempts.given_up()).order_by("created_at")
    # What was sent, and no payout was ever opened for.
    unopened = Transfer.objects.filter(state=TransferState.SENT, part=None).order_by("settled_at")
    firsts = (
        kept.values_list("created_at", flat=True).first(),
        unopened.values_list("settled_at", flat=True).first(),
    )
    return min(filter(None, firsts), default=None)


def _transfers_are_booked(look: books.Look) -> books.Check:
    rows_max = look.limits.rows_max
    sent = Transfer.objects.filter(state__in=sorted(batches.BOOKED))
    again = TransferReversal.objects.filter(sent_again_id__isnull=False).select_related("transfer").order_by("-id")
    made = _against_books(
        "sent transfers are in the books, and no others",
        EntryKind.TRANSFER,
        sent,
        _transfer_legs,
        rows_max,
        others=again.count(),
    )
    # What was taken back and sent again by hand is a transfer of its own in the books, and no row of ours asked for it.
    claimed = [leg for row in again[:rows_max] for leg in _sent_again_legs(row)]
    unlike = [f"{name}, sent again, is not what the books say" for name in books.unlike(EntryKind.TRANSFER, claimed)]
    return books.Check(name=made.name, looked_at=made.looked_at, failures=(*made.failures, *unlike))


def _reversals_are_booked(look: books.Look) -> books.Check:
    booked = TransferReversal.objects.filter(booked_at__isnull=False).select_related("transfer")
    return _against_books(
        "transfers taken back are in the books, and no others",
        EntryKind.TRANSFER_REVERSAL,
        booked,
        lambda row: [
            books.ClaimedLeg(
                external_id=str(row.stripe_id), debit=leg.credit, credit=leg.debit, amount_minor=row.amount_minor
            )
            for leg in _transfer_legs(row.transfer)
        ],
        look.limits.rows_max,
    )


def _payouts_are_booked(look: books.Look) -> books.Check:
    name = "payouts in banks are in the books, and no others"
    paid = BankPayout.objects.filter(paid_at__isnull=False)
    arrived = _against_books(name, EntryKind.BANK_PAYOUT, paid, _payout_legs, look.limits.rows_max)
    returned = books.entry_count(EntryKind.BANK_PAYOUT_RETURNED)
    rows = paid.filter(state=BankPayoutState.RETURNED).count()
    if returned == rows:
        return arrived
    failure = f"the books have {returned:,} payouts that came back, we know of {rows:,}"
    return books.Check(name=arrived.name, looked_at=arrived.looked_at, failures=(*arrived.failures, failure))


def _reserved_is_what_open_transfers_hold(look: books.Look) -> books.Check:
    """Set aside is what transfers have not sent, and what was taken back of those that are not settled yet."""
    is_open = ~Q(state__in=sorted(batches.BOOKED | {TransferState.RELEASED}))
    held: dict[Whose, int] = defaultdict(int, _summed(Transfer.objects.filter(is_open)))
    for whose, amount in _summed(_kept().exclude(transfer__state=TransferState.REVERSED), of="transfer__").items():
        held[whose] += amount
    booked = look.owned.get(AccountKind.CREATOR_RESERVED, {})
    return _equal("reserved money is what open transfers hold", booked, held)


def _kept() -> QuerySet[TransferReversal]:
    """What was taken back and is with us still."""
    return TransferReversal.objects.filter(booked_at__isnull=False, sent_again_id=None)


def _in_transit_is_what_no_bank_has(look: books.Look) -> books.Check:
    """At Stripe is what was sent, less what was taken back, less what a bank has and has not sent back."""
    expected: dict[Whose, int] = defaultdict(int, _summed(Transfer.objects.filter(state__in=sorted(batches.BOOKED))))
    for whose, amount in _summed(_kept(), of="transfer__").items():
        expected[whose] -= amount
    for whose, amount in _summed(BankPayout.objects.filter(state=BankPayoutState.PAID)).items():
        expected[whose] -= amount
    booked = look.owned.get(AccountKind.CREATOR_IN_TRANSIT, {})
    return _equal("money in transit is what no bank has", booked, expected)


def _nobody_is_sent_more_than_they_earned(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """What was sent and not taken back is at most what views earned, less our fee."""
    sent: dict[Whose, int] = defaultdict(int, _summed(Transfer.objects.filter(state__in=sorted(batches.BOOKED))))
    for whose, amount in _summed(_kept(), of="transfer__").items():
        sent[whose] -= amount
    earned = totals.net_by_creator()
    failures = [
        f"creator {creator_id} was sent {formatted(amount, currency=currency)} and earned "
        f"{formatted(earned.get((creator_id, currency), 0), currency=currency)}"
        for (creator_id, currency), amount in sorted(sent.items())
        if amount > earned.get((creator_id, currency), 0)
    ]
    return _check("nobody is sent more than they earned", len(sent), failures)


def _a_week_is_paid_once(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    live = Transfer.objects.exclude(state__in=[TransferState.RELEASED, TransferState.REVERSED])
    twice = (
        live.values_list("batch__iso_week", "creator_id", "campaign_id")
        .annotate(times=Count("id"))
        .filter(times__gt=1)
        .order_by("batch__iso_week", "creator_id", "campaign_id")
    )
    failures = [
        f"week {week} pays creator {creator_id} {times} times for campaign {campaign_id}"
        for week, creator_id, campaign_id, times in twice[:FAILURES_SHOWN_MAX]
    ]
    return _check("a week pays nobody twice for a campaign", live.count(), failures)


def _parts_are_what_was_sent(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """A batch's payouts, whatever the attempt, are at most what its transfers brought; what was withdrawn is none."""
    sent = _by_batch(Transfer.objects.filter(state__in=sorted(batches.BOOKED)))
    withdrawn = BankPayout.objects.filter(
        batch_id=OuterRef("batch_id"),
        creator_id=OuterRef("creator_id"),
        currency=OuterRef("currency"),
        part=OuterRef("part"),
        state=BankPayoutState.WITHDRAWN,
    )
    parts = _by_batch(BankPayout.objects.filter(~Exists(withdrawn), attempt=1))
    failures = [
        f"batch {batch_id} pays out {formatted(amount, currency=currency)} to creator {creator_id}, of "
        f"{formatted(sent.get((batch_id, creator_id, currency), 0), currency=currency)} that was sent"
        for (batch_id, creator_id, currency), amount in sorted(parts.items())
        if amount > sent.get((batch_id, creator_id, currency), 0)
    ]
    return _check("payouts are at most what was sent", len(parts), failures)


def _one_payout_at_a_time(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    live = BankPayout.objects.exclude(state__in=sorted(state.value for state in BANK_PAYOUT_OVER))
    twice = (
        live.values_list("batch_id", "creator_id", "currency", "part")
        .annotate(times=Count("id"))
        .filter(times__gt=1)
        .order_by("batch_id", "creator_id", "currency", "part")
    )
    failures = [
        f"batch {batch_id} has {times} payouts at once for creator {creator_id} in {currency}, part {part}"
        for batch_id, creator_id, currency, part, times in twice[:FAILURES_SHOWN_MAX]
    ]
    return _check("one payout at a time", live.count(), failures)


def _against_books(
    name: str,
    kind: EntryKind,
    rows: QuerySet[Row],
    legs: Callable[[Row], Sequence[books.ClaimedLeg]],
    rows_max: int | None,
    *,
    others: int = 0,
) -> books.Check:
    """Each row has its like in the books, and the books have no entry more than these and `others`."""
    failures: list[str] = []
    looked_at = 0
    newest: Iterator[Row] = islice(rows.order_by("-id").iterator(chunk_size=CHUNK), rows_max)
    while chunk := list(islice(newest, CHUNK)):
        looked_at += len(chunk)
        failures += [
            f"{external_id} is not what the books say"
            for external_id in books.unlike(kind, [leg for row in chunk for leg in legs(row)])
        ]
    entries, known = books.entry_count(kind), rows.count() + others
    if entries != known:
        failures.append(f"the books have {entries:,} such entries for {known:,} rows")
    return _check(name, looked_at, failures)


def _transfer_legs(transfer: Transfer) -> list[books.ClaimedLeg]:
    def account(kind: AccountKind, owner_id: int | None = None) -> Account:
        return Account(kind=kind, owner_id=owner_id, currency=transfer.currency)

    whose = transfer.creator_id
    pairs = (
        (account(AccountKind.CREATOR_RESERVED, whose), account(AccountKind.CREATOR_IN_TRANSIT, whose)),
        (account(AccountKind.STRIPE_CONNECTED, whose), account(AccountKind.STRIPE_BALANCE)),
    )
    return [
        books.ClaimedLeg(
            external_id=str(transfer.stripe_id), debit=debit, credit=credit, amount_minor=transfer.amount_minor
        )
        for debit, credit in pairs
    ]


def _sent_again_legs(row: TransferReversal) -> list[books.ClaimedLeg]:
    return [
        replace(leg, external_id=str(row.sent_again_id), amount_minor=row.amount_minor)
        for leg in _transfer_legs(row.transfer)
    ]


def _payout_legs(payout: BankPayout) -> list[books.ClaimedLeg]:
    whose, currency = payout.creator_id, payout.currency
    return [
        books.ClaimedLeg(
            external_id=str(payout.stripe_id),
            debit=Account(kind=AccountKind.CREATOR_IN_TRANSIT, owner_id=whose, currency=currency),
            credit=Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=whose, currency=currency),
            amount_minor=payout.amount_minor,
        )
    ]


def _summed(rows: QuerySet[Row], *, of: str = "") -> dict[Whose, int]:
    """The rows' amounts by creator and currency, which stand in the row or in what it is `of`."""
    sums = rows.order_by().values_list(f"{of}creator_id", f"{of}currency").annotate(sum=Sum("amount_minor"))
    return {(creator_id, currency): int(sum_) for creator_id, currency, sum_ in sums}


def _by_batch(rows: QuerySet[Transfer] | QuerySet[BankPayout]) -> dict[tuple[int, int, str], int]:
    sums = rows.order_by().values_list("batch_id", "creator_id", "currency").annotate(sum=Sum("amount_minor"))
    return {(batch_id, creator_id, currency): int(sum_) for batch_id, creator_id, currency, sum_ in sums}


def _equal(name: str, booked: Sums, expected: Sums) -> books.Check:
    whose = sorted(booked.keys() | expected.keys())
    failures = [
        f"creator {creator_id}: the books have {formatted(booked.get((creator_id, currency), 0), currency=currency)}, "
        f"our rows {formatted(expected.get((creator_id, currency), 0), currency=currency)}"
        for creator_id, currency in whose
        if booked.get((creator_id, currency), 0) != expected.get((creator_id, currency), 0)
    ]
    return _check(name, len(whose), failures)


def _check(name: str, looked_at: int, failures: Sequence[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


_SENT = frozenset({"payouts_transfer", "payouts_transferreversal"})
_PAID_OUT = frozenset({"payouts_bankpayout"})
_EARNED = frozenset({"earnings_accrual"})
QUESTIONS = (
    books.Question(
        name="sent transfers are in the books, and no others", reads=books.LEGS | _SENT, ask=_transfers_are_booked
    ),
    books.Question(
        name="transfers taken back are in the books, and no others",
        reads=books.LEGS | _SENT,
        ask=_reversals_are_booked,
    ),
    books.Question(
        name="payouts in banks are in the books, and no others",
        reads=books.LEGS | _PAID_OUT,
        ask=_payouts_are_booked,
    ),
    books.Question(
        name="reserved money is what open transfers hold",
        reads=books.LEGS | _SENT,
        ask=_reserved_is_what_open_transfers_hold,
    ),
    books.Question(
        name="money in transit is what no bank has",
        reads=books.LEGS | _SENT | _PAID_OUT,
        ask=_in_transit_is_what_no_bank_has,
    ),
    books.Question(
        name="nobody is sent more than they earned",
        reads=_SENT | _EARNED,
        ask=_nobody_is_sent_more_than_they_earned,
    ),
    books.Question(name="a week pays nobody twice for a campaign", reads=_SENT, ask=_a_week_is_paid_once),
    books.Question(name="payouts are at most what was sent", reads=_SENT | _PAID_OUT, ask=_parts_are_what_was_sent),
    books.Question(name="one payout at a time", reads=_PAID_OUT, ask=_one_payout_at_a_time),
    *items_in_order.QUESTIONS,
    *kept_back.QUESTIONS,
)
