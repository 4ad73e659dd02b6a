"""A worker falls asleep between its claim and its call, others go on, and it wakes up: still one payment an item."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cliphaven.foundation.outgoing import rules
from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.operations import bank_payouts, transfers
from cliphaven.providers import stripe
from tests.rooms.payouts.conftest import Payday

pytestmark = pytest.mark.django_db

# Where it sleeps: with its claim just committed, or after it has found the claim to be its own still.
Sleep = Callable[[pytest.MonkeyPatch, Any, Callable[[], datetime]], Callable[[], datetime]]


def right_after_the_claim(
    monkeypatch: pytest.MonkeyPatch, sender: Any, sleep: Callable[[], datetime]
) -> Callable[[], datetime]:
    claim, woken = sender._claim, []

    def claim_and_sleep(**question: object) -> object:
        claimed = claim(**question)
        if not woken:
            woken.append("the others claim without sleeping")
            woken.append(sleep())
        return claimed

    monkeypatch.setattr(sender, "_claim", claim_and_sleep)
    return lambda: woken[-1]


def right_before_the_call(
    monkeypatch: pytest.MonkeyPatch, sender: Any, sleep: Callable[[], datetime]
) -> Callable[[], datetime]:
    return sleep


SLEEPS = pytest.mark.parametrize("fall_asleep", [right_after_the_claim, right_before_the_call])


def others_try(payday: Payday, send: Callable[[], object]) -> datetime:
    """46 minutes in which the others look every eleven. Answers when the sleeper wakes up."""
    for _ in range(4):
        payday.advance(minutes=11)
        send()
    return payday.advance(minutes=2)


def tried_to_the_end(payday: Payday, send: Callable[[], object]) -> None:
    for _ in range(16):
        payday.advance(minutes=15)
        send()


def in_doubt_for_almost_twenty_hours(payday: Payday, path: str, send: Callable[[], object]) -> None:
    payday.world.fault("stripe", "error_500", path_prefix=path)
    send()
    payday.advance(hours=19, minutes=59)


@SLEEPS
def test_a_transfer_is_sent_once_although_its_first_worker_wakes_up_late(
    payday: Payday, monkeypatch: pytest.MonkeyPatch, fall_asleep: Sleep
):
    transfer = payday.planned_transfer()
    in_doubt_for_almost_twenty_hours(payday, "v1/transfers", lambda: payday.send(transfer))

    sleep = lambda: others_try(payday, lambda: payday.send(transfer))  # noqa: E731
    woken = fall_asleep(monkeypatch, transfers.SENDER, sleep)
    transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=woken)
    tried_to_the_end(payday, lambda: payday.send(transfer))

    [made] = payday.at_stripe(transfer)
    assert (transfer.state, transfer.stripe_id) == ("sent", made.stripe_id)


@SLEEPS
def test_a_bank_payout_is_sent_once_although_its_first_worker_wakes_up_late(
    payday: Payday, monkeypatch: pytest.MonkeyPatch, fall_asleep: Sleep
):
    payout = payday.waiting_payout()
    stripe.send_transfer(
        amount_minor=payout.amount_minor,
        currency="USD",
        destination=payout.connected_account,
        transfer_group="last week's, which could pay for a second payout",
        metadata={},
        idempotency_key=f"last-week:{payout.connected_account}",
    )
    in_doubt_for_almost_twenty_hours(payday, "v1/payouts", lambda: payday.pay_out(payout))

    sleep = lambda: others_try(payday, lambda: payday.pay_out(payout))  # noqa: E731
    woken = fall_asleep(monkeypatch, bank_payouts.SENDER, sleep)
    bank_payouts.send(bank_payout_id=payout.id, now=payday.now, read_clock=woken)
    tried_to_the_end(payday, lambda: payday.pay_out(payout))

    [made] = stripe.payouts_of(payout.connected_account)
    assert (payout.state, payout.stripe_id) == ("pending", made.stripe_id)


def test_a_worker_whose_transfer_was_taken_over_does_not_send_it(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    transfer = payday.planned_transfer()
    in_doubt_for_almost_twenty_hours(payday, "v1/transfers", lambda: payday.send(transfer))
    woken = right_after_the_claim(
        monkeypatch, transfers.SENDER, lambda: others_try(payday, lambda: payday.send(transfer))
    )

    transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=woken)

    assert payday.at_stripe(transfer) == []


def test_a_worker_whose_payout_was_taken_over_does_not_send_it(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    payout = payday.waiting_payout()
    in_doubt_for_almost_twenty_hours(payday, "v1/payouts", lambda: payday.pay_out(payout))
    woken = right_after_the_claim(
        monkeypatch, bank_payouts.SENDER, lambda: others_try(payday, lambda: payday.pay_out(payout))
    )

    bank_payouts.send(bank_payout_id=payout.id, now=payday.now, read_clock=woken)

    assert stripe.payouts_of(payout.connected_account) == []


def test_a_transfer_absent_while_somebody_may_still_send_it_keeps_its_attempt(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    transfer = payday.planned_transfer()
    in_doubt_for_almost_twenty_hours(payday, "v1/transfers", lambda: payday.send(transfer))
    claimed_at = payday.now
    asleep = right_after_the_claim(monkeypatch, transfers.SENDER, lambda: claimed_at + rules.FENCE)
    transfers.send(transfer_id=transfer.id, now=claimed_at, read_clock=asleep)

    payday.advance(minutes=89)
    payday.send(transfer)

    assert (transfer.state, transfer.attempt, transfer.looked_up_at) == ("unknown", 1, None)
    assert transfer.due_at == claimed_at + timedelta(minutes=90)


def test_a_no_after_a_lost_answer_gives_the_money_back_only_when_nobody_else_can_send(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "error_500", path_prefix="v1/transfers")
    payday.send(transfer)
    Transfer.objects.filter(id=transfer.id).update(destination="acct_gone")

    payday.advance(minutes=2)
    assert payday.send(transfer).state == "unknown"
    payday.advance(minutes=90)

    assert payday.send(transfer).state == "released"


def test_a_no_after_a_lost_answer_fails_a_payout_only_when_nobody_else_can_send(payday: Payday):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", "error_500", path_prefix="v1/payouts")
    payday.pay_out(payout)
    BankPayout.objects.filter(id=payout.id).update(bank_account_id="ba_gone")

    payday.advance(minutes=2)
    assert payday.pay_out(payout).state == "unknown"
    payday.advance(minutes=90)

    assert payday.pay_out(payout).state == "failed"


def test_a_transfer_given_up_looking_for_is_taken_over_when_its_webhook_comes(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix="v1/transfers")
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)
    Transfer.objects.filter(id=transfer.id).update(state="reserved", attempt=2, first_sent_at=None)

    assert transfers.settle_hint(stripe_id=made.stripe_id, now=payday.now) == "transfer is sent"

    payday.send(transfer)
    assert payday.at_stripe(transfer) == [made]


def test_who_falls_asleep_after_the_last_look_at_the_clock_and_wakes_up_a_day_later_sends_nothing(payday: Payday):
    """Stripe has forgotten the key by then, under which somebody else was paid: it would pay once more."""
    transfer = payday.planned_transfer()
    reads = iter([payday.now])  # in time when the call is made

    def asleep() -> datetime:
        found = next(reads, None)
        if found is not None:
            return found
        payday.advance(minutes=15)
        payday.send(transfer)  # by whoever took over
        return payday.advance(hours=25)

    transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=asleep)

    [made] = payday.at_stripe(transfer)
    assert (transfer.state, transfer.stripe_id) == ("sent", made.stripe_id)
