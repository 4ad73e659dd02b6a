"""Phase 2: from connected accounts to banks. What is not there yet is waited for, never transferred again.

One row is one payout that Stripe may know. While Stripe provably made nothing of it the row's attempt number rises;
after a payout that failed, the next attempt is a new row.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, BatchState, ConnectedAccount
from cliphaven.payouts.operations import batches, onboarding, settlement
from cliphaven.payouts.rules import Action, BankPayoutState, Step, Verdict
from cliphaven.providers import stripe

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Question:
    """A payout that wants to be sent: is there anything against it?"""

    bank_payout_id: int
    batch_id: int
    creator_id: int
    connected_account: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class _Obstacle:
    """What is against it, in words for the creator, and until when if that is known."""

    code: str
    sentence: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """One try at one payout, frozen before the call."""

    bank_payout_id: int
    batch_id: int
    step: Step
    came_from: BankPayoutState
    others_may_send: bool
    claimed_at: datetime
    attempt: int
    key: str
    connected_account: str
    sought: rules.Found


@no_transaction
def send(*, bank_payout_id: int, now: datetime, read_clock: Callable[[], datetime]) -> None:
    """Send a payout once nothing is against it, or find out what became of it; safe to call at any time.

    `read_clock` is read right before the call: what was claimed more than an hour ago is not sent any more, nor what
    somebody else has claimed since.
    """
    question = _question(bank_payout_id=bank_payout_id, now=now)
    bank_seen = None
    if question is not None:
        bank_seen = _bank_to_pay(question, now=now)
        if bank_seen is None:
            return
    claim = _claim(bank_payout_id=bank_payout_id, bank_seen=bank_seen, now=now)
    if claim is None:
        return
    if claim.step is Step.LOOK_UP:
        _look_up(claim, now=now)
        return
    row = BankPayout.objects.get(id=bank_payout_id)
    was_overtaken = not _is_still(row, claim, BankPayoutState.SENDING)
    if was_overtaken or rules.fence_is_shut(claimed_at=claim.claimed_at, now=read_clock()):
        return
    try:
        facts = stripe.send_payout(
            connected_account=claim.connected_account,
            bank_account_id=claim.sought.destination,
            amount_minor=claim.sought.amount_minor,
            currency=claim.sought.currency,
            metadata={"bank_payout": str(claim.bank_payout_id), "attempt": str(claim.attempt)},
            idempotency_key=claim.key,
        )
    except ProviderFailed as failure:
        _record_failure(claim=claim, failure=failure, now=now)
    else:
        settlement.record(bank_payout_id=claim.bank_payout_id, facts=facts, now=now)


def _question(*, bank_payout_id: int, now: datetime) -> _Question | None:
    """What has to be asked of Stripe first; None when there is nothing to send, or when it was sent before."""
    payout = BankPayout.objects.select_related("batch").get(id=bank_payout_id)
    if payout.state != BankPayoutState.WAITING_FOR_FUNDS or payout.batch.state == BatchState.STOPPED:
        return None
    if payout.due_at > now:
        return None
    return _Question(
        bank_payout_id=payout.id,
        batch_id=payout.batch_id,
        creator_id=payout.creator_id,
        connected_account=payout.connected_account,
        currency=payout.currency,
        amount_minor=payout.amount_minor,
    )


def _bank_to_pay(question: _Question, *, now: datetime) -> str | None:
    """The bank account that nothing is against, as Stripe says; None when the row now waits with the reason."""
    try:
        onboarding.refresh(stripe_id=question.connected_account, now=now)
        account = ConnectedAccount.objects.get(creator_id=question.creator_id)
        obstacle = _obstacle(question, account=account, now=now)
    except ProviderFailed as failure:
        if rules.is_our_fault(outcome=failure.outcome, status=failure.status):
            _stop(batch_id=question.batch_id, reason=failure.sentence)
        obstacle = _Obstacle(code=failure.code, sentence="Stripe could not be asked about your account. We try again.")
    else:
        if obstacle is None:
            return account.bank_account_id
    _wait(bank_payout_id=question.bank_payout_id, obstacle=obstacle, now=now)
    return None


def _obstacle(question: _Question, *, account: ConnectedAccount, now: datetime) -> _Obstacle | None:
    if not account.is_usable or not account.bank_account_id:
        return _Obstacle(
            code="account_not_usable",
            sentence="Stripe cannot pay your bank account now: check your details and bank account with Stripe.",
        )
    held_until = _held_until(account)
    if held_until is not None and now < held_until:
        return _Obstacle(
            code="new_bank_account",
            sentence="Your bank account was changed. For your safety, payouts to it begin 72 hours after the change.",
            until=held_until,
        )
    balance = stripe.balance(question.connected_account).get(question.currency)
    if balance is None or balance.available_minor < question.amount_minor:
        return _Obstacle(
            code="balance_insufficient", sentence="Stripe is still making the money available. It goes on by itself."
        )
    return None


def _held_until(account: ConnectedAccount) -> datetime | None:
    replaced_at = account.bank_account_replaced_at
    return None if replaced_at is None else replaced_at + rules.NEW_BANK_ACCOUNT_HELD_FOR


def _has_changed_since(payout: BankPayout, *, bank_seen: str, now: datetime) -> bool:
    """Whether the bank account was replaced while Stripe was asked for the balance."""
    account = ConnectedAccount.objects.get(creator_id=payout.creator_id)
    held_until = _held_until(account)
    return account.bank_account_id != bank_seen or (held_until is not None and now < held_until)


@own_transaction
def _wait(*, bank_payout_id: int, obstacle: _Obstacle, now: datetime) -> None:
    payout = BankPayout.objects.select_for_update(no_key=True).get(id=bank_payout_id)
    if payout.state == BankPayoutState.WAITING_FOR_FUNDS:
        settlement.move(
            payout=payout,
            to=BankPayoutState.WAITING_FOR_FUNDS,
            tries=payout.tries + 1,
            due_at=obstacle.until or now + _pause_for_funds(payout),
            failure_code=obstacle.code[:64],
            failure_sentence=obstacle.sentence,
        )


@own_transaction
def _stop(*, batch_id: int, reason: str) -> None:
    batches.stop(batch_id=batch_id, reason=reason)


@own_transaction
def _claim(*, bank_payout_id: int, bank_seen: str | None, now: datetime) -> _Claim | None:
    payout = (
        BankPayout.objects.select_for_update(no_key=True, of=("self",)).select_related("batch").get(id=bank_payout_id)
    )
    came_from = BankPayoutState(payout.state)
    step = rules.next_step(
        # A waiting one that was not asked about is left to the next call, which asks.
        is_open=came_from in settlement.TO_SEND
        and (bank_seen is not None) == (came_from is BankPayoutState.WAITING_FOR_FUNDS)
        and payout.batch.state != BatchState.STOPPED,
        is_claimed=came_from is BankPayoutState.SENDING,
        claimed_at=payout.claimed_at,
        first_sent_at=payout.first_sent_at,
        due_at=payout.due_at,
        now=now,
    )
    if step is Step.NOTHING:
        return None
    if bank_seen is not None:
        if _has_changed_since(payout, bank_seen=bank_seen, now=now):
            return None
        if payout.first_sent_at is None:
            # Frozen with the key: the same key must always speak of the same bank account.
            payout.bank_account_id = bank_seen
    last = payout.last_claimed_to_send_at
    if step is Step.SEND:
        settlement.move(
            payout=payout,
            to=BankPayoutState.SENDING,
            claimed_at=now,
            first_sent_at=payout.first_sent_at or now,
            last_claimed_to_send_at=max(last or now, now),
            bank_account_id=payout.bank_account_id,
            tries=payout.tries + 1,
        )
        Batch.objects.filter(id=payout.batch_id, state=BatchState.PLANNED).update(state=BatchState.RUNNING)
    else:
        settlement.move(payout=payout, to=BankPayoutState.UNKNOWN, claimed_at=now)
    return _Claim(
        bank_payout_id=payout.id,
        batch_id=payout.batch_id,
        step=step,
        came_from=came_from,
        others_may_send=came_from is not BankPayoutState.WAITING_FOR_FUNDS
        and rules.others_may_send(last_claimed_to_send_at=last, now=now),
        claimed_at=now,
        attempt=payout.attempt,
        key=_key(payout),
        connected_account=payout.connected_account,
        sought=rules.Found(
            amount_minor=payout.amount_minor, currency=payout.currency, destination=payout.bank_account_id
        ),
    )


def _key(payout: BankPayout) -> str:
    return rules.bank_payout_key(
        prefix=payout.batch.keys_begin_with,
        week=payout.batch.iso_week,
        creator_id=payout.creator_id,
        currency=payout.currency,
        part=payout.part,
        amount_minor=payout.amount_minor,
        attempt=payout.attempt,
    )


def _look_up(claim: _Claim, *, now: datetime) -> None:
    try:
        found = [
            facts
            for facts in stripe.payouts_of(claim.connected_account)
            if facts.metadata.get("bank_payout") == str(claim.bank_payout_id)
        ]
    except ProviderFailed as failure:
        _postpone_look_up(claim=claim, failure=failure, now=now)
        return
    told = [
        rules.Found(amount_minor=facts.amount_minor, currency=facts.currency, destination=facts.bank_account_id)
        for facts in found
    ]
    if _record_verdict(claim=claim, told=told, now=now) is Verdict.ADOPT:
        settlement.record(bank_payout_id=claim.bank_payout_id, facts=found[0], now=now)


@own_transaction
def _record_verdict(*, claim: _Claim, told: list[rules.Found], now: datetime) -> Verdict | None:
    payout = BankPayout.objects.select_for_update(no_key=True).get(id=claim.bank_payout_id)
    if not _is_still(payout, claim, BankPayoutState.UNKNOWN):
        return None
    last = payout.last_claimed_to_send_at
    verdict = rules.verdict(
        told, sought=claim.sought, last_claimed_to_send_at=last, looked_up_at=payout.looked_up_at, now=now
    )
    if verdict is Verdict.TOO_EARLY and last is not None:
        settlement.move(payout=payout, to=BankPayoutState.UNKNOWN, due_at=rules.sending_is_over_at(last))
    elif verdict is Verdict.ABSENT_ONCE:
        first = payout.looked_up_at or now
        settlement.move(
            payout=payout, to=BankPayoutState.UNKNOWN, looked_up_at=first, due_at=first + rules.BETWEEN_LOOK_UPS
        )
    elif verdict is Verdict.ABSENT:
        _start_over(payout, due_at=now)
    elif verdict is Verdict.REVIEW:
        settlement.move(
            payout=payout,
            to=BankPayoutState.NEEDS_REVIEW,
            failure_code="look_up_disagrees",
            failure_sentence="What Stripe has for this payout is not what we asked for. We are looking into it.",
        )
    return verdict


@own_transaction
def _postpone_look_up(*, claim: _Claim, failure: ProviderFailed, now: datetime) -> None:
    if rules.is_our_fault(outcome=failure.outcome, status=failure.status):
        batches.stop(batch_id=claim.batch_id, reason=failure.sentence)
    payout = BankPayout.objects.select_for_update(no_key=True).get(id=claim.bank_payout_id)
    if _is_still(payout, claim, BankPayoutState.UNKNOWN):
        settlement.move(payout=payout, to=BankPayoutState.UNKNOWN, tries=payout.tries + 1, due_at=now + _pause(payout))


@own_transaction
def _record_failure(*, claim: _Claim, failure: ProviderFailed, now: datetime) -> None:
    """Do what an answer that was not a yes asks for."""
    after_unknown = claim.came_from is not BankPayoutState.WAITING_FOR_FUNDS
    action = rules.action_after(
        outcome=failure.outcome,
        code=failure.code,
        status=failure.status,
        is_payout=True,
        after_unknown=after_unknown,
        others_may_send=claim.others_may_send,
    )
    log.warning("Bank payout %s: %s (%s), so %s", claim.bank_payout_id, failure.code, failure.status, action)
    if action is Action.STOP_BATCH:
        batches.stop(batch_id=claim.batch_id, reason=failure.sentence)
    payout = BankPayout.objects.select_for_update(no_key=True).get(id=claim.bank_payout_id)
    if not _is_still(payout, claim, BankPayoutState.SENDING):
        return
    if action is Action.GIVE_BACK:
        settlement.fail(payout=payout, code=failure.code, sentence=rules.payout_sentence(failure.code), now=now)
    elif action is Action.WAIT_FOR_FUNDS:
        _start_over(payout, due_at=now + _pause_for_funds(payout))
    elif action is Action.REVIEW:
        settlement.move(
            payout=payout,
            to=BankPayoutState.NEEDS_REVIEW,
            failure_code=failure.code,
            failure_sentence="Stripe's answer needs a person. We are looking into it.",
        )
    elif action is Action.FIND_OUT or after_unknown:
        # A no that proves nothing is asked for again when it would prove something.
        is_no = failure.outcome is Outcome.DEFINITE
        due_at = rules.sending_is_over_at(claim.claimed_at) if is_no else now + _pause(payout)
        settlement.move(payout=payout, to=BankPayoutState.UNKNOWN, due_at=due_at)
    else:
        settlement.move(payout=payout, to=BankPayoutState.WAITING_FOR_FUNDS, due_at=now + _pause(payout))


def _start_over(payout: BankPayout, *, due_at: datetime) -> None:
    """Stripe provably made nothing of it, and keeps its no under the old key: a new attempt number, a new key."""
    settlement.move(
        payout=payout,
        to=BankPayoutState.WAITING_FOR_FUNDS,
        attempt=payout.attempt + 1,
        first_sent_at=None,
        looked_up_at=None,
        due_at=due_at,
    )


def _is_still(payout: BankPayout, claim: _Claim, state: BankPayoutState) -> bool:
    """Whether nobody has taken the payout over since it was claimed."""
    return payout.state == state and payout.attempt == claim.attempt and payout.claimed_at == claim.claimed_at


def _pause(payout: BankPayout) -> timedelta:
    return rules.pause(tries=payout.tries, seed=f"bank_payout:{payout.id}")


def _pause_for_funds(payout: BankPayout) -> timedelta:
    return rules.pause(
        tries=payout.tries,
        seed=f"bank_payout:{payout.id}",
        first=rules.WAIT_FOR_FUNDS_MIN,
        longest=rules.WAIT_FOR_FUNDS_MAX,
    )
