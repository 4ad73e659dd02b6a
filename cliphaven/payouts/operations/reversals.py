"""Transfers taken back: by one of the staff while the money cannot go on to a bank, or by somebody at Stripe.

Each reversal at Stripe is booked once, under its own id. All of a transfer taken back before it went on to a bank is
payable again; everything else waits for a person, with what is known. Taking back is told to Stripe by the walk of
`foundation.outgoing.sender`.

What came back and cannot stay is sent to the account again, by hand at Stripe; two of the staff say so here, and Stripe
is asked each time.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from cliphaven.foundation import jobs, money
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.outgoing.rules import Found
from cliphaven.foundation.outgoing.sender import Claim, Sender, due, move
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity import operations as identity
from cliphaven.payouts import rules
from cliphaven.payouts.models import Act, BatchState, Transfer, TransferReversal
from cliphaven.payouts.operations import acts, batches, gates, openings, taken_back, transfers
from cliphaven.payouts.queries import acts as done
from cliphaven.payouts.queries import attempts
from cliphaven.payouts.rules import TRANSFER_REVERSAL_LIVE, TransferReversalState, TransferState
from cliphaven.providers import stripe

SWEEP_MAX = 500
SEND = "payouts.send_reversal"


class NotReversible(Refused):
    """This transfer's money went on to a bank, was never sent, or is being taken back already."""

    code = "not_reversible"


class NotInReview(Refused):
    """There is no such reversal, or it does not wait for a person."""

    code = "not_in_review"


class NotSentAgain(Refused):
    """Stripe has no transfer that makes up for this reversal, or more than one, or another one."""

    code = "not_sent_again"


class SettledBefore(Refused):
    """One person's word counts once."""

    code = "settled_before"


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
        row = claim.row
        return [
            facts
            for facts in of_transfer
            if facts.stripe_id == row.stripe_id or rules.names_reversal(facts.metadata, reversal_id=row.pk)
        ]

    def told(self, facts: stripe.TransferReversalFacts) -> Found:  # noqa: D102
        return Found(amount_minor=facts.amount_minor, currency=facts.currency, destination=facts.transfer_id)

    def take_over(self, *, item_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> None:  # noqa: D102
        taken_back.take_over(reversal_id=item_id, facts=facts, now=now)

    def give_back(self, row: TransferReversal, *, failure: ProviderFailed, now: datetime) -> None:
        """The transfer stands: unless some of it was taken back otherwise, it goes on to the bank again."""
        move(
            row,
            to=TransferReversalState.REFUSED,
            failure_code=failure.code[:64],
            failure_sentence=rules.reversal_sentence(failure.code),
        )
        transfer = _locked_transfer(row.transfer_id)
        if transfer.state == TransferState.REVERSING and not taken_back.reversed_minor(transfer=transfer):
            move(transfer, to=TransferState.SENT)
            _open_payout_if_ready(transfer, now=now)

    def stop(self, row: TransferReversal, *, reason: str) -> None:  # noqa: D102
        batches.stop(batch_id=row.transfer.batch_id, reason=reason)

    def lock(self, item_id: int) -> TransferReversal:
        """The reversal, after the transfer and all of its creator's in this batch."""
        return taken_back.locked(reversal_id=item_id)


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
        amount_minor=transfer.amount_minor - taken_back.reversed_minor(transfer=transfer),
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
    transfer_id = _known_as(stripe_id)
    if transfer_id is None:
        # Its own answer may still be on the way. Whoever takes it over later reads what was taken back of it.
        said = transfers.settle_hint(stripe_id=stripe_id, now=now)
        transfer_id = _known_as(stripe_id)
        if transfer_id is None:
            return f"not one of our transfers: {said}"
    return f"read {_read(transfer_id=transfer_id, now=now)} reversals of the transfer"


@no_transaction
def read(*, transfer_id: int, now: datetime) -> None:
    """Read what was taken back of a transfer, because nobody may have heard of it. Raises ProviderFailed.

    Then it is read again an hour later, otherwise the next day, as long as its money has come to no bank.
    """
    gates.wait_to_read()
    try:
        _read(transfer_id=transfer_id, now=now)
    except ProviderFailed:
        _read_later(transfer_id=transfer_id, due_at=now + rules.REREAD_UNREADABLE_AFTER)
        raise
    _read_later(transfer_id=transfer_id, due_at=now + rules.REREAD_REVERSALS_EVERY)


@own_transaction
def _read_later(*, transfer_id: int, due_at: datetime) -> None:
    settled = [state.value for state in rules.TRANSFER_SETTLED]
    Transfer.objects.filter(id=transfer_id, state__in=settled).update(due_at=due_at)


def _known_as(stripe_id: str) -> int | None:
    return Transfer.objects.filter(stripe_id=stripe_id).values_list("id", flat=True).first()


def _read(*, transfer_id: int, now: datetime) -> int:
    """Take over everything that Stripe has taken back of a transfer; answers how many reversals that are."""
    transfer = Transfer.objects.get(id=transfer_id)
    stripe_id = str(transfer.stripe_id)
    found = stripe.reversals_of(stripe_id)
    if transfer.state == TransferState.RELEASED:
        taken_back.undo_late_yes(transfer_id=transfer_id, made=stripe.transfer(stripe_id), found=found, now=now)
    else:
        taken_back.take_over_all(transfer_id=transfer_id, found=found, now=now)
    return len(found)


@own_transaction
def sweep(*, now: datetime) -> int:
    """Defer a job for every reversal that has something due, and for every transfer to be read; answers how many."""
    ids = due(TransferReversal.objects.exclude(transfer__batch__state=BatchState.STOPPED), now=now, most=SWEEP_MAX)
    for reversal_id in ids:
        _defer(reversal_id)
    to_read = attempts.transfers_to_read(now=now, most=SWEEP_MAX)
    for transfer_id in to_read:
        transfers.defer_reading(transfer_id=transfer_id)
    return len(ids) + len(to_read)


@own_transaction
def look_again(*, reversal_id: int, now: datetime) -> None:
    """Look a reversal in review up at Stripe and in the books anew. Raises NotInReview."""
    if not SENDER.look_again(item_id=reversal_id, now=now):
        raise NotInReview(f"No reversal {reversal_id} is in review.")


@no_transaction
def settle(*, reversal_id: int, staff_id: int, note: str, request_key: str = "", now: datetime) -> int:
    """Say that what was taken back was sent to the account again at Stripe; the second person's word books it.

    Stripe must have a transfer of as much to the same account, with `transfer_reversal` and this number in its
    metadata. Answers how many words are missing. Raises NotInReview, NotSentAgain, SettledBefore, NotStaff,
    ReasonMissing, KeyUsedBefore, or ProviderFailed.
    """
    row = TransferReversal.objects.select_related("transfer").filter(id=reversal_id).first()
    if row is None:
        raise NotInReview(f"There is no reversal {reversal_id}.")
    if row.state == TransferReversalState.DONE and done.done_before(staff_id=staff_id, request_key=request_key):
        return 0
    _check_to_settle(row)
    made = _sent_again(row)
    [facts] = [facts for facts in stripe.reversals_of(str(row.transfer.stripe_id)) if facts.stripe_id == row.stripe_id]
    return _settle(
        reversal_id=reversal_id, made=made, facts=facts, staff_id=staff_id, note=note, request_key=request_key, now=now
    )


@own_transaction
def _settle(
    *,
    reversal_id: int,
    made: stripe.TransferFacts,
    facts: stripe.TransferReversalFacts,
    staff_id: int,
    note: str,
    request_key: str,
    now: datetime,
) -> int:
    creator_id = TransferReversal.objects.values_list("transfer__creator_id", flat=True).get(id=reversal_id)
    identity.lock_person(user_id=creator_id)
    row = SENDER.lock(reversal_id)
    if done.done_before(staff_id=staff_id, request_key=request_key) is None:
        _check_to_settle(row)
        if row.proposed_by_id == staff_id:
            raise SettledBefore("You have said so already. Somebody else has to, too.")
    if not acts.record(
        act=Act.SETTLED,
        staff_id=staff_id,
        creator_id=creator_id,
        reason=note,
        needs_reason=True,
        request_key=request_key,
        now=now,
    ):
        return 0 if row.state == TransferReversalState.DONE else 1
    said = " ".join(note.split())
    if row.proposed_by_id is None:
        TransferReversal.objects.filter(id=row.id).update(proposed_by_id=staff_id, closing_note=said)
        return 1
    taken_back.undo(reversal=row, facts=facts, made=made, closed_by_id=staff_id, note=said, now=now)
    return 0


def _check_to_settle(row: TransferReversal) -> None:
    if row.state != TransferReversalState.NEEDS_REVIEW or row.stripe_id is None:
        raise NotInReview(f"Reversal {row.pk} is not one that a person has to see to.")
    if row.transfer.state not in (TransferState.SENT, TransferState.REVERSING):
        raise NotInReview("Its transfer is not settled: see to that first, then look again.")


def _sent_again(row: TransferReversal) -> stripe.TransferFacts:
    """The one transfer at Stripe that undoes this reversal. Raises NotSentAgain, or ProviderFailed."""
    transfer = row.transfer
    undoing = [
        facts
        for facts in stripe.transfers_to(transfer.destination)
        if rules.names_reversal(facts.metadata, reversal_id=row.pk)
    ]
    amount = money.formatted(row.amount_minor, currency=transfer.currency)
    if len(undoing) != 1:
        raise NotSentAgain(
            f"Stripe has {len(undoing)} transfers to {transfer.destination} with “transfer_reversal: {row.pk}” in "
            f"their metadata. There must be one, of {amount}."
        )
    [made] = undoing
    if (made.amount_minor, made.currency, made.reversed_minor) != (row.amount_minor, transfer.currency, 0):
        raise NotSentAgain(f"{made.stripe_id} at Stripe is not {amount}, or was taken back itself.")
    return made


def _check_reversible(transfer: Transfer) -> None:
    if transfer.state not in (TransferState.SENT, TransferState.REVERSING):
        raise NotReversible(f"A transfer that is {transfer.state} cannot be taken back.")
    if transfer.reversals.filter(state__in=[state.value for state in TRANSFER_REVERSAL_LIVE]).exists():
        raise NotReversible("This transfer is being taken back already.")
    if transfer.reversals.filter(sent_again_id__isnull=False).exists():
        raise NotReversible("It was taken back and sent again by hand: it is taken back at Stripe, too.")


def _locked_transfer(transfer_id: int) -> Transfer:
    return transfers.SENDER.lock(transfer_id)


def _open_payout_if_ready(transfer: Transfer, *, now: datetime) -> None:
    openings.open_if_ready(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, now=now
    )


def _defer(reversal_id: int) -> None:
    jobs.defer(SEND, at_most_one_waiting=f"{SEND}:{reversal_id}", reversal_id=reversal_id)
