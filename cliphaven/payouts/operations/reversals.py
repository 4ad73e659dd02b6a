"""Transfers taken back: by one of the staff while the money cannot go on to a bank, or by somebody at Stripe.

Each reversal at Stripe is booked once, under its own id. All of a transfer taken back before it went on to a bank is
payable again; everything else waits for a person, with what is known. Taking back is told to Stripe by the walk of
`foundation.outgoing.sender`.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Sum

from cliphaven.earnings import operations as earnings
from cliphaven.foundation import jobs, money
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.outgoing.rules import Found
from cliphaven.foundation.outgoing.sender import Claim, Sender, due, move
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity import operations as identity
from cliphaven.ledger import operations as ledger
from cliphaven.notifications import operations as notifications
from cliphaven.payouts import rules
from cliphaven.payouts.models import Act, BatchState, Transfer, TransferReversal
from cliphaven.payouts.operations import acts, batches, entries, openings, transfers
from cliphaven.payouts.queries import acts as done
from cliphaven.payouts.rules import TRANSFER_REVERSAL_LIVE, AfterReversal, TransferReversalState, TransferState
from cliphaven.providers import stripe

SWEEP_MAX = 500
SEND = "payouts.send_reversal"

log = logging.getLogger(__name__)


class NotReversible(Refused):
    """This transfer's money went on to a bank, was never sent, or is being taken back already."""

    code = "not_reversible"


class NotInReview(Refused):
    """There is no such reversal, or it does not wait for a person."""

    code = "not_in_review"


class TransferReversals(Sender[TransferReversal, stripe.TransferReversalFacts]):
    """What taking a transfer back differs in from other calls."""

    name, model = "transfer reversal", TransferReversal
    related = ("transfer__batch",)

    def key(self, row: TransferReversal) -> str:  # noqa: D102  # said by Sender, as all that follow
        return rules.reversal_key(
            group=row.transfer.group,
            reversal_id=row.pk,
            amount_minor=row.amount_minor,
            attempt=row.attempt,
        )

    def sought(self, row: TransferReversal) -> Found:  # noqa: D102
        transfer = row.transfer
        return Found(amount_minor=row.amount_minor, currency=transfer.currency, destination=str(transfer.stripe_id))

    def call(self, claim: Claim[TransferReversal]) -> stripe.TransferReversalFacts:  # noqa: D102
        return stripe.reverse_transfer(
            transfer_id=claim.sought.destination,
            amount_minor=claim.sought.amount_minor,
            metadata={"transfer_reversal": str(claim.row.pk), "attempt": str(claim.row.attempt)},
            idempotency_key=claim.key,
        )

    def look_up(self, claim: Claim[TransferReversal]) -> Sequence[stripe.TransferReversalFacts]:  # noqa: D102
        of_transfer = stripe.reversals_of(claim.sought.destination)
        return [facts for facts in of_transfer if _is_of(facts, claim.row)]

    def told(self, facts: stripe.TransferReversalFacts) -> Found:  # noqa: D102
        return Found(amount_minor=facts.amount_minor, currency=facts.currency, destination=facts.transfer_id)

    def take_over(self, *, item_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> None:  # noqa: D102
        _take_over(reversal_id=item_id, facts=facts, now=now)

    def give_back(self, row: TransferReversal, *, failure: ProviderFailed, now: datetime) -> None:
        """The transfer stands: unless some of it was taken back otherwise, it goes on to the bank again."""
        move(
            row,
            to=TransferReversalState.REFUSED,
            failure_code=failure.code[:64],
            failure_sentence=rules.reversal_sentence(failure.code),
        )
        transfer = _locked_transfer(row.transfer_id)
        if transfer.state == TransferState.REVERSING and not _reversed_minor(transfer):
            move(transfer, to=TransferState.SENT)
            _open_payout_if_ready(transfer, now=now)

    def stop(self, row: TransferReversal, *, reason: str) -> None:  # noqa: D102
        batches.stop(batch_id=row.transfer.batch_id, reason=reason)

    def lock(self, item_id: int) -> TransferReversal:
        """The reversal, after the transfer and all of its creator's in this batch."""
        transfers.SENDER.lock(TransferReversal.objects.values_list("transfer_id", flat=True).get(id=item_id))
        return TransferReversal.objects.select_for_update(no_key=True).get(id=item_id)


SENDER = TransferReversals()


@own_transaction
def take_back(*, transfer_id: int, staff_id: int, reason: str, request_key: str = "", now: datetime) -> int | None:
    """Have what is left of a sent transfer taken back from Stripe; then it is payable again. Answers the reversal's id.

    Its payout is withdrawn first. None when this request has done it before. Raises NotReversible when the money went
    on to a bank or may have; NotStaff, ReasonMissing or KeyUsedBefore.
    """
    creator_id = Transfer.objects.filter(id=transfer_id).values_list("creator_id", flat=True).first()
    if creator_id is None:
        raise NotReversible(f"There is no transfer {transfer_id}.")
    identity.lock_person(user_id=creator_id)
    transfer = _locked_transfer(transfer_id)
    if done.done_before(staff_id=staff_id, request_key=request_key) is None:
        _check_reversible(transfer)
    if not acts.record(
        act=Act.TAKEN_BACK,
        staff_id=staff_id,
        creator_id=creator_id,
        reason=reason,
        needs_reason=True,
        request_key=request_key,
        now=now,
    ):
        return None
    if not openings.withdraw(transfer=transfer, now=now):
        raise NotReversible("This money is on its way to a bank, or was: wait for what becomes of its payout.")
    if transfer.state == TransferState.SENT:
        move(transfer, to=TransferState.REVERSING)
    _open_payout_if_ready(transfer, now=now)
    reversal = TransferReversal.objects.create(
        transfer=transfer,
        amount_minor=transfer.amount_minor - _reversed_minor(transfer),
        asked_by_id=staff_id,
        reason=" ".join(reason.split()),
        due_at=now,
        created_at=now,
    )
    _defer(reversal.id)
    return reversal.id


@no_transaction
def send(*, reversal_id: int, now: datetime, read_clock: Callable[[], datetime]) -> None:
    """Tell Stripe to take it back, or find out what became of it: once at Stripe, however often this is called."""
    SENDER.send(item_id=reversal_id, now=now, read_clock=read_clock)


@no_transaction
def settle_hint(*, stripe_id: str, now: datetime) -> str:
    """Something of the transfer `tr_…` may have been taken back: read all of that, and book what is new.

    Answers in words what was done. Raises ProviderFailed.
    """
    transfer_id = Transfer.objects.filter(stripe_id=stripe_id).values_list("id", flat=True).first()
    if transfer_id is None:
        # Its own answer may still be on the way.
        transfers.settle_hint(stripe_id=stripe_id, now=now)
        transfer_id = Transfer.objects.filter(stripe_id=stripe_id).values_list("id", flat=True).first()
    if transfer_id is None:
        return "not one of our transfers"
    found = stripe.reversals_of(stripe_id)
    for facts in reversed(found):
        _take_over(reversal_id=_row_of(transfer_id=transfer_id, facts=facts, now=now), facts=facts, now=now)
    return f"read {len(found)} reversals of the transfer"


@own_transaction
def sweep(*, now: datetime) -> int:
    """Defer a job for every reversal that has something due; answers how many."""
    ids = due(TransferReversal.objects.exclude(transfer__batch__state=BatchState.STOPPED), now=now, most=SWEEP_MAX)
    for reversal_id in ids:
        _defer(reversal_id)
    return len(ids)


@own_transaction
def look_again(*, reversal_id: int, now: datetime) -> None:
    """Look a reversal in review up at Stripe and in the books anew. Raises NotInReview."""
    if not SENDER.look_again(item_id=reversal_id, now=now):
        raise NotInReview(f"No reversal {reversal_id} is in review.")


@own_transaction
def settle(*, reversal_id: int, staff_id: int, note: str, request_key: str = "", now: datetime) -> None:
    """One of the staff says that everything a reversal left behind was seen to, and how.

    Raises NotInReview, also for one that Stripe does not have; NotStaff, ReasonMissing or KeyUsedBefore.
    """
    row = TransferReversal.objects.select_related("transfer").filter(id=reversal_id).first()
    if row is None:
        raise NotInReview(f"There is no reversal {reversal_id}.")
    identity.lock_person(user_id=row.transfer.creator_id)
    is_new = done.done_before(staff_id=staff_id, request_key=request_key) is None
    row = SENDER.lock(reversal_id)
    if is_new and (row.state != TransferReversalState.NEEDS_REVIEW or row.stripe_id is None):
        raise NotInReview(f"Reversal {reversal_id} is not one that a person has to see to.")
    if acts.record(
        act=Act.SETTLED,
        staff_id=staff_id,
        creator_id=row.transfer.creator_id,
        reason=note,
        needs_reason=True,
        request_key=request_key,
        now=now,
    ):
        move(row, to=TransferReversalState.DONE, closed_by_id=staff_id, closing_note=" ".join(note.split()))


def _check_reversible(transfer: Transfer) -> None:
    if transfer.state not in (TransferState.SENT, TransferState.REVERSING):
        raise NotReversible(f"A transfer that is {transfer.state} cannot be taken back.")
    if transfer.reversals.filter(state__in=[state.value for state in TRANSFER_REVERSAL_LIVE]).exists():
        raise NotReversible("This transfer is being taken back already.")


def _is_of(facts: stripe.TransferReversalFacts, row: TransferReversal) -> bool:
    return facts.stripe_id == row.stripe_id or facts.metadata.get("transfer_reversal") == str(row.pk)


@own_transaction
def _row_of(*, transfer_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> int:
    """The row of a reversal: by Stripe's id, by what we wrote on it, or a new one for what somebody did at Stripe."""
    _locked_transfer(transfer_id)
    for row in TransferReversal.objects.filter(transfer_id=transfer_id).order_by("id"):
        if _is_of(facts, row) and row.amount_minor == facts.amount_minor:
            return row.id
    found = TransferReversal.objects.create(
        transfer_id=transfer_id,
        amount_minor=facts.amount_minor,
        # Nobody has to look for what is there: it begins where a look-up of ours would have ended.
        state=TransferReversalState.NEEDS_REVIEW.value,
        stripe_id=facts.stripe_id,
        due_at=now,
        created_at=now,
    )
    return found.id


def _take_over(*, reversal_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> None:
    """Book what was taken back, or leave it to a person when the books do not take it."""
    try:
        _record(reversal_id=reversal_id, facts=facts, now=now)
    except ledger.EntryRefused:
        log.exception("Reversal %s is %s at Stripe, and the books refuse it", reversal_id, facts.stripe_id)
        _record_unbooked(reversal_id=reversal_id, stripe_id=facts.stripe_id)


@own_transaction
def _record(*, reversal_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> None:
    row = SENDER.lock(reversal_id)
    if row.state == TransferReversalState.DONE:
        return
    transfer = Transfer.objects.get(id=row.transfer_id)
    if transfer.state not in (TransferState.SENT, TransferState.REVERSING):
        TransferReversal.objects.filter(id=row.id).update(stripe_id=facts.stripe_id)
        _ask_a_person(row, code="transfer_is_open")
        return
    entries.record_reversal(transfer=transfer, facts=facts)
    TransferReversal.objects.filter(id=row.id).update(stripe_id=facts.stripe_id, booked_at=row.booked_at or now)
    # What was booked before is judged anew: a payout may have come back since.
    went_on = not openings.withdraw(transfer=transfer, now=now)
    follows = rules.after_reversal(
        reversed_minor=_reversed_minor(transfer), amount_minor=transfer.amount_minor, went_on_to_bank=went_on
    )
    if follows is AfterReversal.GIVE_BACK:
        _give_back(transfer, now=now)
        _finish(row)
        # A part that waited for a person before is settled with the rest.
        for other in transfer.reversals.filter(state=TransferReversalState.NEEDS_REVIEW, booked_at__isnull=False):
            _finish(other)
    else:
        if follows is AfterReversal.HOLD and transfer.state == TransferState.SENT:
            move(transfer, to=TransferState.REVERSING)
        _ask_a_person(row, code=follows.value)
    _open_payout_if_ready(transfer, now=now)


@own_transaction
def _record_unbooked(*, reversal_id: int, stripe_id: str) -> None:
    row = SENDER.lock(reversal_id)
    if row.booked_at is None and row.state != TransferReversalState.DONE:
        TransferReversal.objects.filter(id=row.id).update(stripe_id=stripe_id)
        _ask_a_person(row, code="not_booked")


def _finish(row: TransferReversal) -> None:
    move(row, to=TransferReversalState.DONE, failure_code="", failure_sentence="")


def _ask_a_person(row: TransferReversal, *, code: str) -> None:
    sentence = rules.reversal_sentence(code)
    if row.state == TransferReversalState.NEEDS_REVIEW:
        TransferReversal.objects.filter(id=row.id).update(failure_code=code, failure_sentence=sentence)
    else:
        move(row, to=TransferReversalState.NEEDS_REVIEW, failure_code=code, failure_sentence=sentence)


def _give_back(transfer: Transfer, *, now: datetime) -> None:
    move(
        transfer, to=TransferState.REVERSED, failure_code="reversed", failure_sentence=rules.TAKEN_BACK, settled_at=now
    )
    earnings.return_transfer(
        transfer_id=transfer.id,
        creator_id=transfer.creator_id,
        currency=transfer.currency,
        amount_minor=transfer.amount_minor,
        reason="reversed",
        now=now,
    )
    amount = money.formatted(transfer.amount_minor, currency=transfer.currency)
    notifications.queue_message(
        user_id=transfer.creator_id,
        key=f"transfer:{transfer.id}:reversed",
        subject=f"{amount} is back in your balance",
        text=f"{rules.TAKEN_BACK}\n\nThat is {amount}. Please check your details and bank account with Stripe.",
        link="/creator/payouts/",
        now=now,
    )


def _reversed_minor(transfer: Transfer) -> int:
    """How much of a transfer Stripe has taken back, as far as the books know."""
    booked = TransferReversal.objects.filter(transfer=transfer, booked_at__isnull=False)
    return int(booked.aggregate(amount=Sum("amount_minor"))["amount"] or 0)


def _locked_transfer(transfer_id: int) -> Transfer:
    return transfers.SENDER.lock(transfer_id)


def _open_payout_if_ready(transfer: Transfer, *, now: datetime) -> None:
    openings.open_if_ready(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, now=now
    )


def _defer(reversal_id: int) -> None:
    jobs.defer(SEND, at_most_one_waiting=f"{SEND}:{reversal_id}", reversal_id=reversal_id)
