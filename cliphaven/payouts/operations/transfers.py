"""Phase 1: from the platform to connected accounts, each item once, by the walk of `foundation.outgoing.sender`.

The state of the rows is the queue: jobs only make it quicker. Nothing here waits for Stripe while it holds a lock.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from cliphaven.earnings import operations as earnings
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.outgoing import rules as outgoing
from cliphaven.foundation.outgoing.rules import Found
from cliphaven.foundation.outgoing.sender import Claim, Sender, due, move
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.payouts import rules
from cliphaven.payouts.models import Batch, BatchState, ConnectedAccount, PayoutPause, Transfer
from cliphaven.payouts.operations import batches, entries, gates, onboarding, openings
from cliphaven.payouts.queries import pauses
from cliphaven.payouts.rules import TransferState
from cliphaven.providers import stripe

SWEEP_MAX = 500
# Of batches in these states nothing is sent, whatever became of its jobs.
HELD = (BatchState.AWAITING_RELEASE, BatchState.STOPPED, BatchState.SENT_BACK)
OPEN = (TransferState.RESERVED, TransferState.SENDING, TransferState.UNKNOWN)
AWAITED = (*OPEN, TransferState.NEEDS_REVIEW)
READ_REVERSALS = "payouts.read_reversals"

log = logging.getLogger(__name__)


class TransferSentTwice(Exception):
    """Stripe knows two transfers for one item. It must never happen, and nothing here can put it right."""


class Transfers(Sender[Transfer, stripe.TransferFacts]):
    """What sending a transfer differs in from other calls: its batch, its siblings, and the payout that follows."""

    name, model = "transfer", Transfer
    related = ("batch",)

    def key(self, row: Transfer) -> str:  # noqa: D102  # said by Sender, as all that follow
        return rules.transfer_key(group=row.group, amount_minor=row.amount_minor, attempt=row.attempt)

    def sought(self, row: Transfer) -> Found:  # noqa: D102
        return Found(amount_minor=row.amount_minor, currency=row.currency, destination=row.destination)

    def call(self, claim: Claim[Transfer]) -> stripe.TransferFacts:  # noqa: D102
        return stripe.send_transfer(
            amount_minor=claim.sought.amount_minor,
            currency=claim.sought.currency,
            destination=claim.sought.destination,
            transfer_group=claim.row.group,
            metadata={"transfer": str(claim.row.pk), "attempt": str(claim.row.attempt)},
            idempotency_key=claim.key,
        )

    def look_up(self, claim: Claim[Transfer]) -> Sequence[stripe.TransferFacts]:  # noqa: D102
        in_group = stripe.transfers_in_group(claim.row.group)
        return [facts for facts in in_group if facts.metadata.get("transfer") == str(claim.row.pk)]

    def told(self, facts: stripe.TransferFacts) -> Found:  # noqa: D102
        return Found(amount_minor=facts.amount_minor, currency=facts.currency, destination=facts.destination)

    def take_over(self, *, item_id: int, facts: stripe.TransferFacts, now: datetime) -> None:  # noqa: D102
        _take_over(transfer_id=item_id, facts=facts, now=now)

    def give_back(self, row: Transfer, *, failure: ProviderFailed, now: datetime) -> None:  # noqa: D102
        _release(row, code=failure.code, now=now)

    def stop(self, row: Transfer, *, reason: str) -> None:  # noqa: D102
        batches.stop(batch_id=row.batch_id, reason=reason)

    def may_move(self, row: Transfer) -> bool:  # noqa: D102
        return row.batch.state not in HELD

    def lock(self, item_id: int) -> Transfer:
        """The transfer, with all of its creator's in this batch locked: the last to settle must know that it is."""
        one = Transfer.objects.get(id=item_id)
        siblings = (
            Transfer.objects.select_for_update(no_key=True)
            .filter(batch_id=one.batch_id, creator_id=one.creator_id, currency=one.currency)
            .order_by("id")
        )
        return next(transfer for transfer in siblings if transfer.id == item_id)

    def admit(self, row: Transfer, *, seen: str | None, now: datetime) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Nothing is sent to a paused creator, not even again; what may be with Stripe is looked for all the same."""
        is_looked_up = outgoing.must_be_looked_up(first_sent_at=row.first_sent_at, now=now)
        return {} if is_looked_up or pauses.live(creator_id=row.creator_id) is None else None

    def claimed(self, row: Transfer) -> None:  # noqa: D102
        Batch.objects.filter(id=row.batch_id, state=BatchState.PLANNED).update(state=BatchState.RUNNING)

    def reviewed(self, row: Transfer, *, now: datetime) -> None:  # noqa: D102
        _open_payout_if_ready(row, now=now)


SENDER = Transfers()


@no_transaction
def send(*, transfer_id: int, now: datetime, read_clock: Callable[[], datetime]) -> None:
    """Send a transfer, or find out what became of it: at most one at Stripe, however often this is called.

    The account is read right before, and when it cannot be paid any more, the money goes back to the creator's balance.
    `read_clock` is read right before the call: what was claimed more than an hour ago is not sent any more, nor what
    somebody else has claimed since.
    """
    if _gate_is_open(transfer_id=transfer_id, now=now):
        SENDER.send(item_id=transfer_id, now=now, read_clock=read_clock)


@no_transaction
def settle_hint(*, stripe_id: str, now: datetime) -> str:
    """A transfer was made: if its answer was lost, here it is. Answers in words what was done. Raises ProviderFailed.

    Without this hint the transfer is found as well, once its key is too old to be trusted.
    """
    facts = stripe.transfer(stripe_id)
    row = _waiting_for(facts)
    if row is None:
        return "no transfer waits for this answer"
    if row.state == TransferState.NEEDS_REVIEW and not _is_the_only_one(facts, row=row):
        return "a person has to look at its transfer"
    if not _take_over(transfer_id=row.pk, facts=facts, now=now):
        return "transfer is sent, but the books refuse it"
    return "transfer is sent after all" if row.state == TransferState.RELEASED else "transfer is sent"


@own_transaction
def sweep(*, now: datetime) -> int:
    """Defer a job for every transfer that has something due, whatever became of its last one; answers how many."""
    ids = due(Transfer.objects.exclude(batch__state__in=HELD), now=now, most=SWEEP_MAX)
    for transfer_id in ids:
        jobs.defer("payouts.send_transfer", at_most_one_waiting=f"transfer:{transfer_id}", transfer_id=transfer_id)
    return len(ids)


def _gate_is_open(*, transfer_id: int, now: datetime) -> bool:
    """Whether the account can be paid, as Stripe says now; always for what was told to Stripe before."""
    row = Transfer.objects.select_related("batch").get(id=transfer_id)
    if row.state != TransferState.RESERVED or row.due_at > now or row.batch.state in HELD:
        return True
    if pauses.live(creator_id=row.creator_id) is not None:
        _hold(transfer_id=transfer_id, creator_id=row.creator_id)
        return False
    accounts = ConnectedAccount.objects.filter(stripe_id=row.destination)
    account = accounts.first()
    if account is not None and not rules.is_fresh(checked_at=account.checked_at, now=now):
        gates.wait_to_read()
        try:
            onboarding.refresh(stripe_id=row.destination, now=now)
        except ProviderFailed as failure:
            _wait_at_the_gate(transfer_id=transfer_id, failure=failure, now=now)
            return False
        account = accounts.get()
    # Without a bank account of its currency, Stripe would convert the money.
    if account is None or (account.is_usable and account.bank_for(row.currency)):
        return True
    _turn_away(transfer_id=transfer_id, now=now)
    return False


@own_transaction
def _hold(*, transfer_id: int, creator_id: int) -> None:
    """The creator's payouts are paused: the transfer is due again when that is over."""
    pause = PayoutPause.objects.select_for_update(no_key=True).filter(creator_id=creator_id, resumed_at=None)
    # Whoever ends the pause waits for us, and then finds the transfer; or has ended it.
    if pause.first() is None:
        return
    row = SENDER.lock(transfer_id)
    if row.state == TransferState.RESERVED:
        Transfer.objects.filter(id=row.pk).update(due_at=batches.NOT_DUE)


@own_transaction
def _wait_at_the_gate(*, transfer_id: int, failure: ProviderFailed, now: datetime) -> None:
    """Stripe could not be asked about the account: later."""
    row = SENDER.lock(transfer_id)
    if outgoing.is_our_fault(outcome=failure.outcome, status=failure.status):
        batches.stop(batch_id=row.batch_id, reason=failure.sentence)
    if row.state == TransferState.RESERVED and row.due_at <= now:
        due_at = now + outgoing.pause(tries=row.tries, seed=f"gate:{row.pk}")
        Transfer.objects.filter(id=row.pk).update(tries=row.tries + 1, due_at=due_at)


@own_transaction
def _turn_away(*, transfer_id: int, now: datetime) -> None:
    """The account cannot be paid: nothing was sent, and nothing will be."""
    row = SENDER.lock(transfer_id)
    if row.state == TransferState.RESERVED:
        _release(row, code="account_not_usable", now=now)


def _take_over(*, transfer_id: int, facts: stripe.TransferFacts, now: datetime) -> bool:
    """Book a transfer that exists at Stripe, or leave it to a person when the books do not take it."""
    try:
        _record_sent(transfer_id=transfer_id, facts=facts, now=now)
    except ledger.EntryRefused:
        log.exception("Transfer %s is %s at Stripe, and the books refuse it", transfer_id, facts.stripe_id)
        _record_unbooked(transfer_id=transfer_id, stripe_id=facts.stripe_id, now=now)
        return False
    return True


@own_transaction
def _record_unbooked(*, transfer_id: int, stripe_id: str, now: datetime) -> None:
    transfer = SENDER.lock(transfer_id)
    if transfer.state in AWAITED:
        Transfer.objects.filter(id=transfer_id).update(stripe_id=stripe_id)
    if transfer.state in OPEN:
        sentence = "The money is on your Stripe account, and our books need a person first. We are looking into it."
        SENDER.ask_a_person(transfer, code="not_booked", sentence=sentence, now=now)


@own_transaction
def _record_sent(*, transfer_id: int, facts: stripe.TransferFacts, now: datetime) -> None:
    """Book a transfer that exists at Stripe, once."""
    transfer = SENDER.lock(transfer_id)
    if transfer.stripe_id not in (None, facts.stripe_id):
        raise TransferSentTwice(f"Transfer {transfer_id} is {transfer.stripe_id} and {facts.stripe_id}")
    if transfer.state == TransferState.RELEASED:
        _note_late_yes(transfer, facts=facts)
        return
    # What was taken over before is no news.
    if transfer.state not in AWAITED:
        return
    move(
        transfer,
        to=TransferState.SENT,
        stripe_id=facts.stripe_id,
        failure_code="",
        failure_sentence="",
        settled_at=now,
        due_at=now + rules.REREAD_REVERSALS_EVERY,
    )
    ledger.record([entries.of_transfer(transfer=transfer, facts=facts)])
    if facts.reversed_minor:
        # Nothing of it goes on to a bank before it is read what is left.
        move(transfer, to=TransferState.REVERSING, due_at=now)
        defer_reading(transfer_id=transfer_id)
    _open_payout_if_ready(transfer, now=now)


def _note_late_yes(transfer: Transfer, *, facts: stripe.TransferFacts) -> None:
    """Stripe moved what it had refused, and the creator is owed it again: a person takes it back at Stripe."""
    log.error("Transfer %s is %s at Stripe, and its money was given back before", transfer.pk, facts.stripe_id)
    Transfer.objects.filter(id=transfer.pk).update(
        stripe_id=facts.stripe_id,
        failure_code=rules.SENT_AFTER_ALL,
        failure_sentence=rules.transfer_sentence(rules.SENT_AFTER_ALL),
    )
    if facts.reversed_minor:
        defer_reading(transfer_id=transfer.pk)


@joined_transaction
def defer_reading(*, transfer_id: int) -> None:
    """Let it be read soon what Stripe took back of a transfer."""
    jobs.defer(READ_REVERSALS, at_most_one_waiting=f"{READ_REVERSALS}:{transfer_id}", transfer_id=transfer_id)


def _release(transfer: Transfer, *, code: str, now: datetime) -> None:
    move(
        transfer,
        to=TransferState.RELEASED,
        failure_code=code[:64],
        failure_sentence=rules.transfer_sentence(code),
        settled_at=now,
    )
    earnings.release_from_transfer(
        transfer_id=transfer.id,
        creator_id=transfer.creator_id,
        currency=transfer.currency,
        amount_minor=transfer.amount_minor,
        reason=code,
        now=now,
    )
    _open_payout_if_ready(transfer, now=now)


def _open_payout_if_ready(transfer: Transfer, *, now: datetime) -> None:
    openings.open_if_ready(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, now=now
    )


def _waiting_for(facts: stripe.TransferFacts) -> Transfer | None:
    """The transfer whose lost answer this is: ours by its group, and in everything what was asked for.

    Also one that was given back: that Stripe moved it all the same must be known.
    """
    named = facts.metadata.get("transfer", "")
    if not (named.isascii() and named.isdecimal() and len(named) < rules.NUMBER_LENGTH_MAX):
        return None
    meant = Transfer.objects.select_related("batch").filter(
        Q(stripe_id=None) | Q(stripe_id=facts.stripe_id),
        id=int(named),
        state__in=[*AWAITED, TransferState.RELEASED],
        destination=facts.destination,
        amount_minor=facts.amount_minor,
        currency=facts.currency,
    )
    return next((row for row in meant if row.group == facts.group), None)


def _is_the_only_one(facts: stripe.TransferFacts, *, row: Transfer) -> bool:
    """Whether Stripe has nothing else under this name: what waits for a person may do so because there are two."""
    under_its_name = [
        it.stripe_id for it in stripe.transfers_in_group(row.group) if it.metadata.get("transfer") == str(row.pk)
    ]
    return under_its_name == [facts.stripe_id]
