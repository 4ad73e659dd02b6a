"""Phase 2: from connected accounts to banks. What is not there yet is waited for, never transferred again.

One row is one payout that Stripe may know, told by the walk of `foundation.outgoing.sender`. While Stripe provably made
nothing of it the row's attempt number rises; after a payout that failed, the next attempt is a new row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.outgoing import rules as outgoing
from cliphaven.foundation.outgoing.rules import Found
from cliphaven.foundation.outgoing.sender import Claim, Sender, move
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, BatchState, ConnectedAccount, PauseReason
from cliphaven.payouts.operations import batches, gates, onboarding, settlement
from cliphaven.payouts.queries import attempts, holds, pauses
from cliphaven.payouts.rules import BankPayoutState
from cliphaven.providers import stripe


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


class BankPayouts(Sender[BankPayout, stripe.PayoutFacts]):
    """What sending a payout differs in from other calls: the bank account it is frozen to, and waits for funds."""

    name, model = "payout", BankPayout
    related = ("batch",)
    waits_out = frozenset({"balance_insufficient"})

    def key(self, row: BankPayout) -> str:  # noqa: D102  # said by Sender, as all that follow
        return rules.bank_payout_key(
            prefix=row.batch.keys_begin_with,
            week=row.batch.iso_week,
            creator_id=row.creator_id,
            currency=row.currency,
            part=row.part,
            amount_minor=row.amount_minor,
            attempt=row.attempt,
        )

    def sought(self, row: BankPayout) -> Found:  # noqa: D102
        return Found(amount_minor=row.amount_minor, currency=row.currency, destination=row.bank_account_id)

    def call(self, claim: Claim[BankPayout]) -> stripe.PayoutFacts:  # noqa: D102
        return stripe.send_payout(
            connected_account=claim.row.connected_account,
            bank_account_id=claim.sought.destination,
            amount_minor=claim.sought.amount_minor,
            currency=claim.sought.currency,
            metadata={"bank_payout": str(claim.row.pk), "attempt": str(claim.row.attempt)},
            idempotency_key=claim.key,
        )

    def look_up(self, claim: Claim[BankPayout]) -> Sequence[stripe.PayoutFacts]:  # noqa: D102
        of_account = stripe.payouts_of(claim.row.connected_account)
        return [facts for facts in of_account if facts.metadata.get("bank_payout") == str(claim.row.pk)]

    def told(self, facts: stripe.PayoutFacts) -> Found:  # noqa: D102
        return Found(amount_minor=facts.amount_minor, currency=facts.currency, destination=facts.bank_account_id)

    def take_over(self, *, item_id: int, facts: stripe.PayoutFacts, now: datetime) -> None:  # noqa: D102
        settlement.record(bank_payout_id=item_id, facts=facts, now=now)

    def give_back(self, row: BankPayout, *, failure: ProviderFailed, now: datetime) -> None:  # noqa: D102
        settlement.fail(payout=row, code=failure.code, sentence=rules.payout_sentence(failure.code), now=now)

    def stop(self, row: BankPayout, *, reason: str) -> None:  # noqa: D102
        batches.stop(batch_id=row.batch_id, reason=reason)

    def may_move(self, row: BankPayout) -> bool:  # noqa: D102
        return row.batch.state != BatchState.STOPPED

    def admit(self, row: BankPayout, *, seen: str | None, now: datetime) -> Mapping[str, Any] | None:
        """`seen` is the bank account that nothing was against. One that waits was asked about, or is left alone."""
        if (seen is not None) != (row.state == BankPayoutState.WAITING_FOR_FUNDS):
            return None
        is_looked_up = outgoing.must_be_looked_up(first_sent_at=row.first_sent_at, now=now)
        if not is_looked_up and pauses.keeps_from_bank(creator_id=row.creator_id) is not None:
            return None
        if seen is None:
            return {}
        if _has_changed_since(row, bank_seen=seen, now=now):
            return None
        # Frozen with the key: the same key must always speak of the same bank account.
        return {"bank_account_id": seen} if row.first_sent_at is None else {}

    def claimed(self, row: BankPayout) -> None:  # noqa: D102
        Batch.objects.filter(id=row.batch_id, state=BatchState.PLANNED).update(state=BatchState.RUNNING)

    def pause_to_wait(self, row: BankPayout) -> timedelta:  # noqa: D102
        return _pause_for_funds(row)


SENDER = BankPayouts()


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
    SENDER.send(item_id=bank_payout_id, now=now, read_clock=read_clock, seen=bank_seen)


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
        obstacle = _obstacle_of_ours(question)
        if obstacle is None:
            gates.wait_to_read()
            onboarding.refresh(stripe_id=question.connected_account, now=now)
            account = ConnectedAccount.objects.get(creator_id=question.creator_id)
            obstacle = _obstacle(question, account=account, now=now)
    except ProviderFailed as failure:
        if outgoing.is_our_fault(outcome=failure.outcome, status=failure.status):
            _stop(batch_id=question.batch_id, reason=failure.sentence)
        obstacle = _Obstacle(code=failure.code, sentence="Stripe could not be asked about your account. We try again.")
    else:
        if obstacle is None:
            return _bank_id(account, currency=question.currency)
    _wait(bank_payout_id=question.bank_payout_id, obstacle=obstacle, now=now)
    return None


def _obstacle_of_ours(question: _Question) -> _Obstacle | None:
    """What is against it whatever Stripe says."""
    pause = pauses.keeps_from_bank(creator_id=question.creator_id)
    if pause is not None:
        return _Obstacle(code=pauses.PAUSED, sentence=pauses.sentence(PauseReason(pause.reason)))
    if not ConnectedAccount.objects.filter(stripe_id=question.connected_account).exists():
        return _Obstacle(
            code="account_left",
            sentence="This money is on the account that you had with Stripe before, and that is no longer connected to "
            "us. Write to us.",
        )
    return None


def _obstacle(question: _Question, *, account: ConnectedAccount, now: datetime) -> _Obstacle | None:
    if not account.is_usable:
        return _Obstacle(
            code="account_not_usable",
            sentence="Stripe cannot pay your bank account now: check your details and bank account with Stripe.",
        )
    if account.bank_for(question.currency) is None:
        return _Obstacle(
            code="no_bank_account",
            sentence=f"Stripe has no bank account of yours that takes {question.currency}: add one with Stripe.",
        )
    held_until = _held_until(account, currency=question.currency)
    if held_until is not None and now < held_until:
        return _Obstacle(
            code=holds.NEW_BANK_ACCOUNT,
            sentence=holds.sentence(held_until),
            until=held_until,
        )
    bank_id = _bank_id(account, currency=question.currency) or ""
    in_a_row = attempts.failures_in_a_row(creator_id=question.creator_id, bank_account_id=bank_id)
    if in_a_row >= rules.FAILURES_PER_BANK_ACCOUNT:
        return _Obstacle(
            code="bank_account_paused",
            sentence=f"{in_a_row} payouts in a row to your bank account failed. Add another bank account with Stripe, "
            "then it goes on by itself.",
        )
    gates.wait_to_read()
    balance = stripe.balance(question.connected_account).get(question.currency)
    if balance is None or balance.available_minor < question.amount_minor:
        return _Obstacle(
            code="balance_insufficient", sentence="Stripe is still making the money available. It goes on by itself."
        )
    return None


def _bank_id(account: ConnectedAccount, *, currency: str) -> str | None:
    bank = account.bank_for(currency)
    return None if bank is None else bank.stripe_id


def _held_until(account: ConnectedAccount, *, currency: str) -> datetime | None:
    bank = account.bank_for(currency)
    return None if bank is None else bank.held_until


def _has_changed_since(payout: BankPayout, *, bank_seen: str, now: datetime) -> bool:
    """Whether the bank account was replaced while Stripe was asked for the balance."""
    account = ConnectedAccount.objects.get(creator_id=payout.creator_id)
    held_until = _held_until(account, currency=payout.currency)
    return _bank_id(account, currency=payout.currency) != bank_seen or (held_until is not None and now < held_until)


@own_transaction
def _wait(*, bank_payout_id: int, obstacle: _Obstacle, now: datetime) -> None:
    payout = BankPayout.objects.select_for_update(no_key=True).get(id=bank_payout_id)
    if payout.state == BankPayoutState.WAITING_FOR_FUNDS:
        move(
            payout,
            to=BankPayoutState.WAITING_FOR_FUNDS,
            tries=payout.tries + 1,
            due_at=obstacle.until or now + _pause_for_funds(payout),
            failure_code=obstacle.code[:64],
            failure_sentence=obstacle.sentence,
        )


@own_transaction
def _stop(*, batch_id: int, reason: str) -> None:
    batches.stop(batch_id=batch_id, reason=reason)


def _pause_for_funds(payout: BankPayout) -> timedelta:
    return outgoing.pause(
        tries=payout.tries,
        seed=f"payout:{payout.pk}",
        first=rules.WAIT_FOR_FUNDS_MIN,
        longest=rules.WAIT_FOR_FUNDS_MAX,
    )
