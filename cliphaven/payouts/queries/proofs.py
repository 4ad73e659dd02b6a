"""The proof of a batch: what was planned, what our rows say, what the books say and what Stripe says are one thing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.db.models.functions import Coalesce, Greatest

from cliphaven.foundation import money
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts import rules
from cliphaven.payouts.models import (
    BalanceTransaction,
    BalanceTransactionImport,
    BankPayout,
    Batch,
    BatchState,
    Transfer,
    TransferReversal,
)
from cliphaven.payouts.queries import batches
from cliphaven.payouts.queries.batches import BatchSums
from cliphaven.payouts.rules import BankPayoutState, TransferState

FAILURES_SHOWN_MAX = 50
LATE_TIMES_MAX = 1_000
# Clocks differ a little, and what was claimed may be sent for an hour yet.
SLACK = timedelta(hours=2)
OVER = (BatchState.DONE, BatchState.SENT_BACK)
# Stripe may have made it, and its answer is on the way or lost.
UNANSWERED = (TransferState.SENDING, TransferState.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class AtStripe:
    """A transfer as Stripe lists it, in minor units; `number` is that of our item, as we wrote it there."""

    stripe_id: str
    number: str
    amount_minor: int
    currency: str
    destination: str


@dataclass(frozen=True, kw_only=True)
class ProofCheck:
    """One thing that must be true of a batch: how many items were compared, and sentences about what differs.

    `looked_at` is None when the other side is not known yet; `sentence` then says why.
    """

    name: str
    looked_at: int | None
    failures: Sequence[str] = ()
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class BatchProof:
    """A batch beside the books and Stripe, as of a moment."""

    week: str
    number: int
    state: str
    as_of: datetime
    sums: Sequence[BatchSums]
    checks: Sequence[ProofCheck]

    @property
    def holds(self) -> bool:
        """Whether nothing differs. What could not be compared yet does not count against it."""
        return not any(check.failures for check in self.checks)

    @property
    def is_whole(self) -> bool:
        """Whether everything was compared."""
        return all(check.looked_at is not None for check in self.checks)


Time = tuple[datetime, datetime]


def times_of_sending(*, batch: Batch, now: datetime) -> list[Time]:
    """When Stripe may have made transfers of a batch, in order and without overlaps.

    That is the week until the next payday, and what came later of single items: after a pause, a review, a stop. So the
    Mondays that followed are left out as far as may be.
    """
    begins_at = batch.planned_at - SLACK
    own_week = (begins_at, min(now + SLACK, rules.next_payday(batch.planned_at) - SLACK))
    late = (
        Transfer.objects.filter(batch=batch)
        .annotate(
            first_at=Coalesce("first_sent_at", "last_claimed_to_send_at"),
            last_at=Greatest("last_claimed_to_send_at", "settled_at"),  # PostgreSQL passes over what is missing
        )
        .filter(first_at__isnull=False, last_at__gt=own_week[1] - SLACK)
        .order_by("last_at")
    )
    times = [own_week]
    for attempt, first_at, last_at in late.values_list("attempt", "first_at", "last_at")[:LATE_TIMES_MAX]:
        # Of former attempts nobody knows any more when they were made.
        since = own_week[1] if attempt > 1 else first_at - SLACK
        times.append((max(since, begins_at), min(last_at, now) + SLACK))
    return _joined(times)


def _joined(times: Sequence[Time]) -> list[Time]:
    """The same times, overlapping ones as one."""
    joined: list[Time] = []
    for since, until in sorted(times):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return joined


@one_snapshot
def batch_proof(*, week: str, at_stripe: Sequence[AtStripe] | None, now: datetime) -> BatchProof | None:
    """The proof of a week's batch; None when there is no such batch. Without `at_stripe` Stripe was not asked.

    `now` is before Stripe was asked: what is younger cannot be in its list.
    """
    batch = Batch.objects.filter(iso_week=week).order_by("-number").first()
    summary = batches.batch_of(week=week)
    if batch is None or summary is None:
        return None
    transfers = list(Transfer.objects.filter(batch=batch).order_by("id"))
    sent = [transfer for transfer in transfers if transfer.state in batches.BOOKED]
    payouts = list(BankPayout.objects.filter(batch=batch).order_by("id"))
    return BatchProof(
        week=batch.iso_week,
        number=batch.number,
        state=batch.state,
        as_of=now,
        sums=summary.sums,
        checks=[
            _nothing_is_open(summary.sums, is_over=batch.state in OVER),
            _what_was_sent_is_paid_out(transfers, payouts),
            _reservations_are_booked(transfers),
            _transfers_are_booked(sent),
            _no_entry_without_a_row(),
            _payouts_are_booked(payouts),
            _stripe_has_these_transfers(transfers, at_stripe, asked_at=now),
            _moved(
                "each transfer left our balance at Stripe",
                {transfer.stripe_id or "": -transfer.amount_minor for transfer in sent},
                accounts=[""],
            ),
            _moved(
                "each payout left its connected account at Stripe",
                {
                    payout.stripe_id or "": -payout.amount_minor
                    for payout in payouts
                    if payout.state == BankPayoutState.PAID
                },
                accounts=sorted(
                    {payout.connected_account for payout in payouts if payout.state == BankPayoutState.PAID}
                ),
            ),
        ],
    )


def _nothing_is_open(sums: Sequence[BatchSums], *, is_over: bool) -> ProofCheck:
    name = "planned is sent, given back or in review"
    still_open = [
        f"{money.formatted(line.open_minor, currency=line.currency)} of"
        f" {money.formatted(line.planned_minor, currency=line.currency)} are still open"
        for line in sums
        if line.open_minor
    ]
    if still_open and not is_over:
        return ProofCheck(name=name, looked_at=None, sentence=f"The run is not over: {', '.join(still_open)}")
    return _check(name, sum(line.transfers for line in sums), still_open)


def _what_was_sent_is_paid_out(transfers: Sequence[Transfer], payouts: Sequence[BankPayout]) -> ProofCheck:
    """By creator and currency the parts that go to the bank are what the transfers brought and nobody took back."""
    brought: dict[tuple[int, str], int] = {}
    for transfer in transfers:
        if transfer.state != TransferState.SENT:
            continue
        group = (transfer.creator_id, transfer.currency)
        brought[group] = brought.get(group, 0) + transfer.amount_minor
    # Every attempt at a part is of the same amount; the latest says whether it still goes there.
    latest = {(payout.creator_id, payout.currency, payout.part): payout for payout in payouts}
    parts = {part: payout.amount_minor for part, payout in latest.items() if payout.state != BankPayoutState.WITHDRAWN}
    goes_on: dict[tuple[int, str], int] = {}
    for (creator_id, currency, _), amount in parts.items():
        goes_on[creator_id, currency] = goes_on.get((creator_id, currency), 0) + amount
    failures = [
        f"creator {creator_id}: {money.formatted(brought.get((creator_id, currency), 0), currency=currency)} were sent,"
        f" {money.formatted(goes_on.get((creator_id, currency), 0), currency=currency)} go on to the bank"
        for creator_id, currency in sorted(brought.keys() | goes_on.keys())
        if brought.get((creator_id, currency), 0) != goes_on.get((creator_id, currency), 0)
    ]
    return _check("what was sent goes on to banks", len(brought), failures)


def _reservations_are_booked(transfers: Sequence[Transfer]) -> ProofCheck:
    reserved = [
        _claimed(t, f"transfer:{t.pk}", AccountKind.CREATOR_PAYABLE, AccountKind.CREATOR_RESERVED) for t in transfers
    ]
    given_back = [
        _claimed(t, f"transfer:{t.pk}", AccountKind.CREATOR_RESERVED, AccountKind.CREATOR_PAYABLE)
        for t in transfers
        if t.state == TransferState.RELEASED
    ]
    wrong = [*books.unlike(EntryKind.RESERVE, reserved), *books.unlike(EntryKind.UNRESERVE, given_back)]
    return _check(
        "reserved and given back are in the books",
        len(reserved) + len(given_back),
        [f"{name} is not in the books as it was planned" for name in wrong],
    )


def _transfers_are_booked(sent: Sequence[Transfer]) -> ProofCheck:
    claimed = [
        leg
        for transfer in sent
        for leg in (
            _claimed(transfer, str(transfer.stripe_id), AccountKind.CREATOR_RESERVED, AccountKind.CREATOR_IN_TRANSIT),
            books.ClaimedLeg(
                external_id=str(transfer.stripe_id),
                debit=_account(AccountKind.STRIPE_CONNECTED, transfer.creator_id, transfer.currency),
                credit=_account(AccountKind.STRIPE_BALANCE, None, transfer.currency),
                amount_minor=transfer.amount_minor,
            ),
        )
    ]
    wrong = books.unlike(EntryKind.TRANSFER, claimed)
    return _check(
        "transfers are in the books", len(sent), [f"{name} is not in the books as it was sent" for name in wrong]
    )


def _no_entry_without_a_row() -> ProofCheck:
    """Of all batches: the books name no transfer that we know nothing of."""
    booked = books.entry_count(EntryKind.TRANSFER)
    sent_again = TransferReversal.objects.filter(sent_again_id__isnull=False)
    rows = Transfer.objects.filter(state__in=sorted(batches.BOOKED)).count() + sent_again.count()
    failures = [f"the books have {booked} transfers in all, we know of {rows}"] if booked != rows else []
    return _check("no transfer in the books without its row", booked, failures)


def _payouts_are_booked(payouts: Sequence[BankPayout]) -> ProofCheck:
    paid = [payout for payout in payouts if payout.paid_at is not None]
    returned = [payout for payout in paid if payout.state == BankPayoutState.RETURNED]
    wrong = [
        *books.unlike(
            EntryKind.BANK_PAYOUT,
            [_claimed(p, str(p.stripe_id), AccountKind.CREATOR_IN_TRANSIT, AccountKind.STRIPE_CONNECTED) for p in paid],
        ),
        *books.unlike(
            EntryKind.BANK_PAYOUT_RETURNED,
            [
                _claimed(p, str(p.stripe_id), AccountKind.STRIPE_CONNECTED, AccountKind.CREATOR_IN_TRANSIT)
                for p in returned
            ],
        ),
    ]
    failures = [f"{name} is not in the books as it was paid" for name in wrong]
    return _check("payouts that arrived or came back are in the books", len(paid) + len(returned), failures)


def _stripe_has_these_transfers(
    transfers: Sequence[Transfer], at_stripe: Sequence[AtStripe] | None, *, asked_at: datetime
) -> ProofCheck:
    """A run may be sending meanwhile: what is younger than the list is not missed there, and an item whose answer we
    do not have yet may be there once."""
    name = "Stripe's own transfers are these"
    if at_stripe is None:
        return ProofCheck(name=name, looked_at=None, sentence="Stripe was not asked, did not answer, or lists too many")
    theirs = {(facts.stripe_id, facts.amount_minor, facts.currency, facts.destination) for facts in at_stripe}
    ours = {
        (str(transfer.stripe_id), transfer.amount_minor, transfer.currency, transfer.destination): transfer
        for transfer in transfers
        if transfer.state in batches.BOOKED
    }
    missing = [
        item
        for item, transfer in ours.items()
        if item not in theirs and not (transfer.settled_at is not None and transfer.settled_at >= asked_at)
    ]
    answers_awaited = {
        (str(transfer.pk), transfer.amount_minor, transfer.currency, transfer.destination)
        for transfer in transfers
        if transfer.state in UNANSWERED
    }
    strange = []
    for facts in at_stripe:
        item = (facts.stripe_id, facts.amount_minor, facts.currency, facts.destination)
        awaited = (facts.number, facts.amount_minor, facts.currency, facts.destination)
        if item in ours:
            continue
        if awaited in answers_awaited:
            answers_awaited.remove(awaited)
        else:
            strange.append(item)
    failures = [f"{_named(item)} is not at Stripe as we know it" for item in sorted(missing)]
    failures += [f"Stripe has {_named(item)}, which we do not know" for item in sorted(strange)]
    return _check(name, len(ours.keys() | theirs), failures)


def _moved(name: str, expected: Mapping[str, int], *, accounts: Iterable[str]) -> ProofCheck:
    """Each of these ids has moved exactly its amount, by the imported list of what moved at Stripe."""
    accounts = list(accounts)
    imported = BalanceTransactionImport.objects.filter(stripe_account__in=accounts, complete_until__isnull=False)
    if imported.count() < len(accounts):
        return ProofCheck(name=name, looked_at=None, sentence="Stripe's list was not brought in yet; it is every night")
    rows = (
        BalanceTransaction.objects.filter(stripe_account__in=accounts, source__in=list(expected))
        .values_list("source")
        .annotate(Sum("amount_minor"))
        .order_by()
    )
    moved = {source: int(amount) for source, amount in rows}
    # What is younger than the list cannot be in it.
    late = _younger_than_the_list(expected.keys() - moved.keys(), accounts=accounts)
    failures = [
        f"{source} moved {moved.get(source, 0)} at Stripe, not {amount}"
        for source, amount in sorted(expected.items())
        if moved.get(source, 0) != amount and source not in late
    ]
    if late and not failures:
        return ProofCheck(name=name, looked_at=None, sentence=f"{len(late)} are younger than the list we have")
    return _check(name, len(expected), failures)


def _younger_than_the_list(stripe_ids: Iterable[str], *, accounts: Sequence[str]) -> set[str]:
    ids = list(stripe_ids)
    known = BalanceTransactionImport.objects.filter(stripe_account__in=accounts).order_by("complete_until").first()
    if not ids or known is None or known.complete_until is None:
        return set()
    transfers = Transfer.objects.filter(stripe_id__in=ids, settled_at__gte=known.complete_until)
    payouts = BankPayout.objects.filter(stripe_id__in=ids, claimed_at__gte=known.complete_until)
    return {
        stripe_id
        for found in (transfers, payouts)
        for stripe_id in found.values_list("stripe_id", flat=True)
        if stripe_id is not None
    }


def _claimed(row: Transfer | BankPayout, external_id: str, debit: AccountKind, credit: AccountKind) -> books.ClaimedLeg:
    return books.ClaimedLeg(
        external_id=external_id,
        debit=_account(debit, row.creator_id, row.currency),
        credit=_account(credit, row.creator_id, row.currency),
        amount_minor=row.amount_minor,
    )


def _account(kind: AccountKind, owner_id: int | None, currency: str) -> Account:
    return Account(kind=kind, owner_id=owner_id, currency=currency)


def _named(item: tuple[str, int, str, str]) -> str:
    stripe_id, amount_minor, currency, destination = item
    return f"{stripe_id} of {money.formatted(amount_minor, currency=currency)} to {destination}"


def _check(name: str, looked_at: int, failures: Sequence[str]) -> ProofCheck:
    return ProofCheck(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))
