"""Phase 1: from the platform to connected accounts. Claim, call, record; whatever is lost in between is found again.

The state of the rows is the queue: jobs only make it quicker. Nothing here waits for Stripe while it holds a lock.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from cliphaven.earnings import operations as earnings
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.payouts import rules
from cliphaven.payouts.models import Batch, BatchState, Transfer
from cliphaven.payouts.operations import batches, entries, openings
from cliphaven.payouts.rules import Action, Step, TransferState, Verdict
from cliphaven.providers import stripe

SWEEP_MAX = 500
OPEN = (TransferState.RESERVED, TransferState.SENDING, TransferState.UNKNOWN)

log = logging.getLogger(__name__)


class TransferSentTwice(Exception):
    """Stripe knows two transfers for one item. It must never happen, and nothing here can put it right."""


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """One try at one transfer, with everything the call needs: frozen before it, so that it can be told again."""

    transfer_id: int
    batch_id: int
    step: Step
    came_from: TransferState
    others_may_send: bool
    claimed_at: datetime
    attempt: int
    key: str
    group: str
    sought: rules.Found


@no_transaction
def send(*, transfer_id: int, now: datetime, read_clock: Callable[[], datetime]) -> None:
    """Send a transfer, or find out what became of it: at most one at Stripe, however often this is called.

    `read_clock` is read right before the call: what was claimed more than an hour ago is not sent any more, nor what
    somebody else has claimed since.
    """
    claim = _claim(transfer_id=transfer_id, now=now)
    if claim is None:
        return
    if claim.step is Step.LOOK_UP:
        _look_up(claim, now=now)
        return
    row = Transfer.objects.get(id=transfer_id)
    was_overtaken = not _is_still(row, claim, TransferState.SENDING)
    if was_overtaken or rules.fence_is_shut(claimed_at=claim.claimed_at, now=read_clock()):
        return
    try:
        facts = stripe.send_transfer(
            amount_minor=claim.sought.amount_minor,
            currency=claim.sought.currency,
            destination=claim.sought.destination,
            transfer_group=claim.group,
            metadata={"transfer": str(claim.transfer_id), "attempt": str(claim.attempt)},
            idempotency_key=claim.key,
        )
    except ProviderFailed as failure:
        _record_failure(claim=claim, failure=failure, now=now)
    else:
        _take_over(transfer_id=claim.transfer_id, facts=facts, now=now)


@no_transaction
def settle_hint(*, stripe_id: str, now: datetime) -> str:
    """A transfer was made: if its answer was lost, here it is. Answers in words what was done. Raises ProviderFailed.

    Without this hint the transfer is found as well, once its key is too old to be trusted.
    """
    facts = stripe.transfer(stripe_id)
    transfer_id = _waiting_for(facts)
    if transfer_id is None:
        return "no transfer waits for this answer"
    is_booked = _take_over(transfer_id=transfer_id, facts=facts, now=now)
    return "transfer is sent" if is_booked else "transfer is sent, but the books refuse it"


@own_transaction
def sweep(*, now: datetime) -> int:
    """Defer a job for every transfer that has something due, whatever became of its last one; answers how many."""
    claimed_lately = Q(state=TransferState.SENDING, claimed_at__gt=now - rules.CLAIM_LEASE)
    due = (
        Transfer.objects.filter(state__in=OPEN, due_at__lte=now)
        .exclude(batch__state=BatchState.STOPPED)
        .exclude(claimed_lately)
        .order_by("due_at", "id")
        .values_list("id", flat=True)[:SWEEP_MAX]
    )
    for transfer_id in due:
        jobs.defer("payouts.send_transfer", at_most_one_waiting=f"transfer:{transfer_id}", transfer_id=transfer_id)
    return len(due)


@own_transaction
def _claim(*, transfer_id: int, now: datetime) -> _Claim | None:
    transfer = Transfer.objects.select_for_update(no_key=True, of=("self",)).select_related("batch").get(id=transfer_id)
    came_from = TransferState(transfer.state)
    step = rules.next_step(
        is_open=came_from in OPEN and transfer.batch.state != BatchState.STOPPED,
        is_claimed=came_from is TransferState.SENDING,
        claimed_at=transfer.claimed_at,
        first_sent_at=transfer.first_sent_at,
        due_at=transfer.due_at,
        now=now,
    )
    if step is Step.NOTHING:
        return None
    last = transfer.last_claimed_to_send_at
    if step is Step.SEND:
        move(
            transfer=transfer,
            to=TransferState.SENDING,
            claimed_at=now,
            first_sent_at=transfer.first_sent_at or now,
            last_claimed_to_send_at=max(last or now, now),
            tries=transfer.tries + 1,
        )
        Batch.objects.filter(id=transfer.batch_id, state=BatchState.PLANNED).update(state=BatchState.RUNNING)
    else:
        move(transfer=transfer, to=TransferState.UNKNOWN, claimed_at=now)
    group = _group(transfer)
    return _Claim(
        transfer_id=transfer.id,
        batch_id=transfer.batch_id,
        step=step,
        came_from=came_from,
        others_may_send=came_from is not TransferState.RESERVED
        and rules.others_may_send(last_claimed_to_send_at=last, now=now),
        claimed_at=now,
        attempt=transfer.attempt,
        key=rules.transfer_key(group=group, amount_minor=transfer.amount_minor, attempt=transfer.attempt),
        group=group,
        sought=rules.Found(
            amount_minor=transfer.amount_minor, currency=transfer.currency, destination=transfer.destination
        ),
    )


def _look_up(claim: _Claim, *, now: datetime) -> None:
    try:
        found = [
            facts
            for facts in stripe.transfers_in_group(claim.group)
            if facts.metadata.get("transfer") == str(claim.transfer_id)
        ]
    except ProviderFailed as failure:
        _postpone_look_up(claim=claim, failure=failure, now=now)
        return
    told = [
        rules.Found(amount_minor=facts.amount_minor, currency=facts.currency, destination=facts.destination)
        for facts in found
    ]
    verdict = _record_verdict(claim=claim, told=told, now=now)
    if verdict is Verdict.ADOPT:
        _take_over(transfer_id=claim.transfer_id, facts=found[0], now=now)


@own_transaction
def _record_verdict(*, claim: _Claim, told: list[rules.Found], now: datetime) -> Verdict | None:
    transfer = _locked_with_siblings(claim.transfer_id)
    if not _is_still(transfer, claim, TransferState.UNKNOWN):
        return None
    last = transfer.last_claimed_to_send_at
    verdict = rules.verdict(
        told, sought=claim.sought, last_claimed_to_send_at=last, looked_up_at=transfer.looked_up_at, now=now
    )
    if transfer.stripe_id is not None and not told:
        verdict = Verdict.REVIEW  # it was there before: whatever hides it, it is never sent anew
    if verdict is Verdict.TOO_EARLY and last is not None:
        move(transfer=transfer, to=TransferState.UNKNOWN, due_at=rules.sending_is_over_at(last))
    elif verdict is Verdict.ABSENT_ONCE:
        move(
            transfer=transfer,
            to=TransferState.UNKNOWN,
            looked_up_at=transfer.looked_up_at or now,
            due_at=(transfer.looked_up_at or now) + rules.BETWEEN_LOOK_UPS,
        )
    elif verdict is Verdict.ABSENT:
        # Stripe never had it. A new attempt under a new key cannot meet the old one.
        move(
            transfer=transfer,
            to=TransferState.RESERVED,
            attempt=transfer.attempt + 1,
            tries=0,
            first_sent_at=None,
            looked_up_at=None,
            due_at=now,
        )
    elif verdict is Verdict.REVIEW:
        _ask_a_person(
            transfer,
            code="look_up_disagrees",
            sentence="What Stripe has for this transfer is not what we asked for. We are looking into it.",
            now=now,
        )
    return verdict


@own_transaction
def _postpone_look_up(*, claim: _Claim, failure: ProviderFailed, now: datetime) -> None:
    if rules.is_our_fault(outcome=failure.outcome, status=failure.status):
        batches.stop(batch_id=claim.batch_id, reason=failure.sentence)
    transfer = Transfer.objects.select_for_update(no_key=True).get(id=claim.transfer_id)
    if _is_still(transfer, claim, TransferState.UNKNOWN):
        move(transfer=transfer, to=TransferState.UNKNOWN, tries=transfer.tries + 1, due_at=now + _pause(transfer))


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
    transfer = _locked_with_siblings(transfer_id)
    if transfer.state in OPEN:
        Transfer.objects.filter(id=transfer_id).update(stripe_id=stripe_id)
        sentence = "The money is on your Stripe account, and our books need a person first. We are looking into it."
        _ask_a_person(transfer, code="not_booked", sentence=sentence, now=now)


@own_transaction
def _record_sent(*, transfer_id: int, facts: stripe.TransferFacts, now: datetime) -> None:
    """Book a transfer that exists at Stripe, once."""
    transfer = _locked_with_siblings(transfer_id)
    if transfer.stripe_id not in (None, facts.stripe_id):
        raise TransferSentTwice(f"Transfer {transfer_id} is {transfer.stripe_id} and {facts.stripe_id}")
    # One that the books refused has its id already; it is booked once a person had it looked up again.
    if transfer.stripe_id is not None and transfer.state not in OPEN:
        return
    move(
        transfer=transfer,
        to=TransferState.SENT,
        stripe_id=facts.stripe_id,
        failure_code="",
        failure_sentence="",
        settled_at=now,
    )
    entries.record_transfer(transfer=transfer, facts=facts)
    _open_payout_if_ready(transfer, now=now)


@own_transaction
def _record_failure(*, claim: _Claim, failure: ProviderFailed, now: datetime) -> None:
    """Do what an answer that was not a yes asks for."""
    action = rules.action_after(
        outcome=failure.outcome,
        code=failure.code,
        status=failure.status,
        is_payout=False,
        after_unknown=claim.came_from is not TransferState.RESERVED,
        others_may_send=claim.others_may_send,
    )
    log.warning("Transfer %s: %s (%s), so %s", claim.transfer_id, failure.code, failure.status, action)
    if action is Action.STOP_BATCH:
        batches.stop(batch_id=claim.batch_id, reason=failure.sentence)
    transfer = _locked_with_siblings(claim.transfer_id)
    if not _is_still(transfer, claim, TransferState.SENDING):
        return
    if action is Action.GIVE_BACK:
        _release(transfer, failure=failure, now=now)
    elif action is Action.REVIEW:
        _ask_a_person(
            transfer, code=failure.code, sentence="Stripe's answer needs a person. We are looking into it.", now=now
        )
    elif action is Action.FIND_OUT:
        # A no that proves nothing is asked for again when it would prove something.
        is_no = failure.outcome is Outcome.DEFINITE
        move(
            transfer=transfer,
            to=TransferState.UNKNOWN,
            due_at=rules.sending_is_over_at(claim.claimed_at) if is_no else now + _pause(transfer),
        )
    else:
        # This try was not executed. What an earlier one under the same key did is as unknown as it was.
        was_fresh = claim.came_from is TransferState.RESERVED
        back = TransferState.RESERVED if was_fresh else TransferState.UNKNOWN
        move(transfer=transfer, to=back, due_at=now + _pause(transfer))


def _release(transfer: Transfer, *, failure: ProviderFailed, now: datetime) -> None:
    move(
        transfer=transfer,
        to=TransferState.RELEASED,
        failure_code=failure.code[:64],
        failure_sentence=rules.transfer_sentence(failure.code),
        settled_at=now,
    )
    earnings.release_from_transfer(
        transfer_id=transfer.id,
        creator_id=transfer.creator_id,
        currency=transfer.currency,
        amount_minor=transfer.amount_minor,
        reason=failure.code,
        now=now,
    )
    _open_payout_if_ready(transfer, now=now)


def _ask_a_person(transfer: Transfer, *, code: str, sentence: str, now: datetime) -> None:
    move(transfer=transfer, to=TransferState.NEEDS_REVIEW, failure_code=code[:64], failure_sentence=sentence)
    _open_payout_if_ready(transfer, now=now)


def _open_payout_if_ready(transfer: Transfer, *, now: datetime) -> None:
    openings.open_if_ready(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, now=now
    )


def _waiting_for(facts: stripe.TransferFacts) -> int | None:
    """The transfer whose lost answer this is: ours by its group, and in everything what was asked for."""
    waiting = Transfer.objects.select_related("batch").filter(
        state__in=OPEN,
        destination=facts.destination,
        amount_minor=facts.amount_minor,
        currency=facts.currency,
    )
    return next(
        (
            transfer.id
            for transfer in waiting
            if facts.metadata.get("transfer") == str(transfer.id) and facts.group == _group(transfer)
        ),
        None,
    )


def _group(transfer: Transfer) -> str:
    return rules.transfer_group(
        prefix=transfer.batch.keys_begin_with,
        week=transfer.batch.iso_week,
        creator_id=transfer.creator_id,
        campaign_id=transfer.campaign_id,
    )


def _locked_with_siblings(transfer_id: int) -> Transfer:
    """The transfer, with all of its creator's in this batch locked: the last one to settle must know that it is."""
    one = Transfer.objects.get(id=transfer_id)
    siblings = (
        Transfer.objects.select_for_update(no_key=True)
        .filter(batch_id=one.batch_id, creator_id=one.creator_id, currency=one.currency)
        .order_by("id")
    )
    return next(transfer for transfer in siblings if transfer.id == transfer_id)


def _is_still(transfer: Transfer, claim: _Claim, state: TransferState) -> bool:
    """Whether nobody has taken the transfer over since it was claimed."""
    return transfer.state == state and transfer.attempt == claim.attempt and transfer.claimed_at == claim.claimed_at


@joined_transaction
def move(*, transfer: Transfer, to: TransferState, **changes: Any) -> None:
    """Walk a listed edge, with the row's other changes. Anything else is a mistake in this room."""
    if to not in rules.TRANSFER_EDGES[TransferState(transfer.state)]:
        raise AssertionError(f"A transfer never goes from {transfer.state} to {to}")
    Transfer.objects.filter(id=transfer.id).update(state=to.value, **changes)
    transfer.state = to.value


def _pause(transfer: Transfer) -> timedelta:
    return rules.pause(tries=transfer.tries, seed=f"transfer:{transfer.id}")
