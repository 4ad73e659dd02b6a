"""Phase 2: from the connected account to the bank, with waits, losses, returns and new bank accounts."""

import os
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind
from cliphaven.notifications.models import Message
from cliphaven.payouts.models import BankPayout, Batch, BatchState, ConnectedAccount, Transfer
from cliphaven.payouts.operations import bank_payouts, gates, onboarding, settlement
from cliphaven.payouts.queries import alarms
from cliphaven.providers import stripe
from tests.rooms.payouts.conftest import CLOSED_BANK, GOOD_BANK, REFUSING_BANK, Payday, balance, bank_of

pytestmark = pytest.mark.django_db
PAYOUTS = "v1/payouts"


def at_stripe(payout: BankPayout) -> list[stripe.PayoutFacts]:
    """Every payout of the connected account that Stripe made."""
    return stripe.payouts_of(payout.connected_account)


def in_transit(payout: BankPayout) -> int:
    return balance(AccountKind.CREATOR_IN_TRANSIT, payout.creator_id)


def on_account(payout: BankPayout) -> int:
    return balance(AccountKind.STRIPE_CONNECTED, payout.creator_id)


def is_paid_once(payout: BankPayout) -> bool:
    [made] = at_stripe(payout)
    return (
        (payout.state, payout.stripe_id) == ("paid", made.stripe_id)
        and (in_transit(payout), on_account(payout)) == (0, 0)
        and books.trial_balance().is_balanced
    )


def test_a_payout_goes_its_way_and_is_booked_when_it_arrives(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    assert (payout.state, in_transit(payout)) == ("pending", payout.amount_minor)
    assert payout.bank_account_id == bank_of(payout.creator).stripe_id

    payday.advance(hours=2)
    assert (payday.settle(payout).state, in_transit(payout)) == ("in_transit", payout.amount_minor)
    payday.advance(days=2)

    assert is_paid_once(payday.settle(payout))
    assert payout.trace_id


def test_the_creator_is_told_once_that_it_has_arrived(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    payday.settle(payout)
    payday.settle(payout)

    told = Message.objects.filter(user=payout.creator, kind="money")
    assert [message.subject for message in told] == ["$18.00 has arrived"]


def test_sending_again_changes_nothing(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())

    assert payday.pay_out(payout).state == "pending"
    assert len(at_stripe(payout)) == 1


def test_a_lost_answer_is_found_under_the_same_key(payday: Payday):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=PAYOUTS)

    assert payday.pay_out(payout).state == "unknown"
    payday.advance(minutes=2)

    assert (payday.pay_out(payout).state, payout.attempt, len(at_stripe(payout))) == ("pending", 1, 1)


def test_another_name_for_the_environment_makes_no_second_payout(payday: Payday, settings: Any):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=PAYOUTS)
    payday.pay_out(payout)
    [made] = at_stripe(payout)

    settings.KEY_PREFIX = f"{settings.KEY_PREFIX}-renamed"
    payday.advance(minutes=2)

    assert (payday.pay_out(payout).stripe_id, at_stripe(payout)) == (made.stripe_id, [made])


LOSSES = ["drop_after_effect", "error_500_with_effect"]


@pytest.mark.parametrize("kind", LOSSES)
def test_a_lost_answer_is_looked_up_when_its_key_is_old(payday: Payday, kind: str):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", kind, path_prefix=PAYOUTS)
    payday.pay_out(payout)
    payday.advance(hours=26)

    assert payday.pay_out(payout).state == "in_transit"
    assert (payout.attempt, len(at_stripe(payout))) == (1, 1)


def test_what_is_absent_twice_is_sent_under_a_new_attempt(payday: Payday):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", "error_500", path_prefix=PAYOUTS)
    payday.pay_out(payout)
    payday.advance(hours=26)
    payday.pay_out(payout)
    payday.advance(minutes=11)
    assert (payday.pay_out(payout).state, payout.attempt) == ("waiting_for_funds", 2)

    assert payday.pay_out(payout).state == "pending"
    assert len(at_stripe(payout)) == 1


@pytest.mark.parametrize("kind", LOSSES)
def test_the_webhook_may_be_quicker_than_the_answer(payday: Payday, kind: str):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", kind, path_prefix=PAYOUTS)
    payday.pay_out(payout)
    [made] = at_stripe(payout)

    said = settlement.settle_hint(stripe_id=made.stripe_id, connected_account=payout.connected_account, now=payday.now)

    payout.refresh_from_db()
    assert (said, payout.state, payout.stripe_id) == ("payout is pending", "pending", made.stripe_id)


def test_money_that_is_not_available_yet_is_waited_for(payday: Payday):
    payout = payday.waiting_payout(is_slow=True)

    assert payday.pay_out(payout).state == "waiting_for_funds"
    assert payout.failure_code == "balance_insufficient"
    assert at_stripe(payout) == []
    payday.advance(hours=25)

    assert payday.pay_out(payout).state == "pending"
    assert (payout.attempt, payout.failure_code) == (1, "")
    assert len(payday.at_stripe(Transfer.objects.get(batch=payout.batch))) == 1


def test_too_little_after_all_is_a_wait_under_a_new_key(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    payout = payday.waiting_payout(is_slow=True)
    # The balance was there when it was looked at, and gone when the payout came.
    with monkeypatch.context() as raced:
        raced.setattr(bank_payouts, "_obstacle", lambda *_, **__: None)
        payday.pay_out(payout)
    assert (payout.state, payout.attempt) == ("waiting_for_funds", 2)

    payday.advance(hours=25)  # Stripe keeps its no under the old key for a day

    assert payday.pay_out(payout).state == "pending"


@pytest.mark.parametrize("kind", ["conflict_409", "rate_limit_429"])
def test_what_was_not_executed_waits(payday: Payday, kind: str):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", kind, path_prefix=PAYOUTS)

    assert payday.pay_out(payout).state == "waiting_for_funds"
    payday.advance(minutes=2)

    assert (payday.pay_out(payout).state, payout.attempt) == ("pending", 1)


def test_a_key_that_stripe_refuses_stops_the_batch(payday: Payday, settings: Any):
    payout = payday.waiting_payout()
    settings.STRIPE_API_KEY = "sk_test_wrong"

    assert payday.pay_out(payout).state == "waiting_for_funds"
    assert Batch.objects.get(id=payout.batch_id).state == BatchState.STOPPED


def test_a_worker_that_dies_after_the_call_is_taken_over_without_paying_twice(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    class WorkerDied(BaseException):
        pass

    def die(**_: object) -> None:
        raise WorkerDied

    payout = payday.waiting_payout()
    with monkeypatch.context() as dying:
        dying.setattr(settlement, "record", die)
        with pytest.raises(WorkerDied):
            payday.pay_out(payout)
    payday.advance(minutes=11)

    assert payday.pay_out(payout).state == "pending"
    assert len(at_stripe(payout)) == 1


def test_a_payout_refused_by_the_bank_leaves_the_money_in_transit(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=REFUSING_BANK))
    payday.advance(days=3)

    assert payday.settle(payout).state == "failed"
    assert payout.failure_sentence.startswith("Your bank account does not take this currency")
    assert (in_transit(payout), on_account(payout)) == (payout.amount_minor, payout.amount_minor)


def returned(payday: Payday) -> BankPayout:
    """A payout that was called paid and then came back."""
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    payday.advance(days=2)
    assert payday.settle(payout).state == "paid"
    payday.advance(days=1)
    return payday.settle(payout)


def test_a_payout_that_comes_back_after_paid_is_owed_again(payday: Payday):
    payout = returned(payday)

    assert (payout.state, payout.failure_code) == ("returned", "account_closed")
    assert (in_transit(payout), on_account(payout)) == (payout.amount_minor, payout.amount_minor)
    assert books.trial_balance().is_balanced
    assert "Add another bank account" in Message.objects.get(subject__contains="did not arrive").text


def test_a_returned_payout_waits_for_another_bank_account(payday: Payday):
    payout = returned(payday)
    payday.advance(days=5)
    onboarding.refresh(stripe_id=payout.connected_account, now=payday.now)

    assert settlement.sweep(now=payday.now) == 0
    assert BankPayout.objects.filter(batch=payout.batch).count() == 1


def test_a_new_bank_account_gets_the_next_attempt_after_three_days(payday: Payday):
    first = returned(payday)
    onboarding.refresh(stripe_id=first.connected_account, now=payday.now)
    payday.change_bank(first.creator, GOOD_BANK)
    onboarding.refresh(stripe_id=first.connected_account, now=payday.now)
    settlement.sweep(now=payday.now)
    second = BankPayout.objects.get(batch=first.batch, attempt=2)

    assert (payday.pay_out(second).state, second.failure_code) == ("waiting_for_funds", "new_bank_account")
    payday.advance(hours=71)
    assert payday.pay_out(second).state == "waiting_for_funds"
    payday.advance(hours=2)
    assert payday.pay_out(second).state == "pending"
    payday.advance(days=4)
    assert payday.settle(second).state == "paid"

    assert (in_transit(second), on_account(second)) == (0, 0)
    assert [made.status for made in at_stripe(second)] == ["paid", "failed"]
    assert Message.objects.filter(subject="Your payouts go to another bank account").count() == 1


def test_a_bank_account_changed_while_the_balance_is_read_is_held_all_the_same(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    payout = payday.waiting_payout()
    balance_of = stripe.balance

    def change_meanwhile(connected_account: str) -> dict[str, stripe.BalanceFacts]:
        payday.change_bank(payout.creator, CLOSED_BANK)
        onboarding.refresh(stripe_id=connected_account, now=payday.now)
        return balance_of(connected_account)

    with monkeypatch.context() as raced:
        raced.setattr(stripe, "balance", change_meanwhile)
        assert payday.pay_out(payout).state == "waiting_for_funds"
    assert at_stripe(payout) == []

    assert (payday.pay_out(payout).state, payout.failure_code) == ("waiting_for_funds", "new_bank_account")


def test_a_new_bank_account_nobody_told_us_of_is_found_in_time(payday: Payday):
    first = returned(payday)
    payday.change_bank(first.creator, GOOD_BANK)
    payday.advance(hours=7)
    assert settlement.sweep(now=payday.now) == 1  # the account is read again

    onboarding.refresh(stripe_id=first.connected_account, now=payday.now)
    assert settlement.sweep(now=payday.now) == 1  # the next attempt

    assert BankPayout.objects.filter(batch=first.batch, attempt=2).exists()


def test_a_payout_that_somebody_cancelled_at_stripe_is_for_a_person(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.world.http.post(
        f"{payday.world.url}/stripe/v1/payouts/{payout.stripe_id}/cancel",
        headers={
            "Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}",
            "Stripe-Account": payout.connected_account,
        },
    )

    assert payday.settle(payout).state == "failed"
    assert BankPayout.objects.get(batch=payout.batch, attempt=2).state == "needs_review"


def test_the_same_news_twice_is_booked_once(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    hint = {"stripe_id": payout.stripe_id, "connected_account": payout.connected_account, "now": payday.now}

    settlement.settle_hint(**hint)
    settlement.settle_hint(**hint)

    payout.refresh_from_db()
    assert is_paid_once(payout)


def test_old_news_after_new_ones_change_nothing(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    [old] = at_stripe(payout)
    payday.advance(days=3)
    payday.settle(payout)

    settlement.record(bank_payout_id=payout.id, facts=old, now=payday.now)
    settlement.record(bank_payout_id=payout.id, facts=replace(old, status="in_transit"), now=payday.now)

    payout.refresh_from_db()
    assert is_paid_once(payout)


def test_a_payout_that_is_not_ours_is_left_alone(payday: Payday):
    payout = payday.waiting_payout()
    strange = stripe.send_payout(
        connected_account=payout.connected_account,
        bank_account_id=bank_of(payout.creator).stripe_id,
        amount_minor=1_00,
        currency="USD",
        metadata={"bank_payout": "nonsense"},
        idempotency_key=f"strange:{payout.connected_account}",
    )

    said = settlement.settle_hint(
        stripe_id=strange.stripe_id, connected_account=payout.connected_account, now=payday.now
    )

    assert said == "no row for this payout"


def test_a_lost_webhook_is_made_up_for_by_the_sweep(payday: Payday):
    payday.pay_out(payday.waiting_payout())
    assert settlement.sweep(now=payday.now) == 0

    payday.advance(hours=7)

    assert settlement.sweep(now=payday.now) == 1


def test_a_paid_payout_is_read_again_for_ten_days(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    payday.settle(payout)

    assert settlement.sweep(now=payday.now + timedelta(days=2)) == 1
    assert settlement.sweep(now=payday.now + timedelta(days=11)) == 0


def test_a_batch_is_done_when_its_money_has_arrived(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    settlement.sweep(now=payday.now)
    assert Batch.objects.get(id=payout.batch_id).state == BatchState.RUNNING

    payday.advance(days=3)
    payday.settle(payout)
    settlement.sweep(now=payday.now)

    assert Batch.objects.get(id=payout.batch_id).state == BatchState.DONE


def next_attempt_of_a_done_batch(payday: Payday) -> BankPayout:
    """Its payout failed, the batch was closed, and the creator has another bank account since."""
    payout = payday.pay_out(payday.waiting_payout(bank=REFUSING_BANK))
    payday.advance(days=3)
    payday.settle(payout)
    settlement.sweep(now=payday.now)
    assert Batch.objects.get().state == BatchState.DONE
    payday.change_bank(payout.creator, GOOD_BANK)
    onboarding.refresh_creator(creator_id=payout.creator_id, now=payday.now)
    settlement.sweep(now=payday.now)
    payday.advance(hours=73)
    return BankPayout.objects.get(attempt=2)


def test_a_key_that_stripe_refuses_stops_a_batch_that_was_done(payday: Payday, settings: Any):
    payout = next_attempt_of_a_done_batch(payday)
    good, settings.STRIPE_API_KEY = settings.STRIPE_API_KEY, "sk_test_wrong"

    payday.pay_out(payout)

    batch = Batch.objects.get()
    assert (batch.state, batch.done_at) == (BatchState.STOPPED, None)
    assert [alarm.title for alarm in alarms.alarms(now=payday.now)] == [f"Payday {batch.iso_week} is stopped"]
    settings.STRIPE_API_KEY = good
    Batch.objects.update(state=BatchState.RUNNING)
    payday.advance(hours=7)
    assert payday.pay_out(payout).state == "pending"


@pytest.mark.parametrize("days", [1, 3])
def test_what_is_at_stripe_is_read_also_of_a_stopped_batch(payday: Payday, days: int):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=days)
    payday.settle(payout)
    Batch.objects.update(state=BatchState.STOPPED)

    assert settlement.sweep(now=payday.now + timedelta(days=1)) == 1


def test_waits_are_no_failures_however_many(payday: Payday):
    payout = payday.waiting_payout()
    BankPayout.objects.filter(id=payout.id).update(attempt=30)
    payout.refresh_from_db()

    with transaction.atomic():
        settlement.fail(payout=payout, code="could_not_process", sentence="", now=payday.now)

    assert BankPayout.objects.get(attempt=31).state == "waiting_for_funds"


def test_after_twenty_failures_a_person_looks(payday: Payday):
    payout = payday.waiting_payout()
    BankPayout.objects.filter(id=payout.id).update(attempt=20)
    payout.refresh_from_db()
    BankPayout.objects.bulk_create(
        BankPayout(
            batch=payout.batch,
            creator=payout.creator,
            currency="USD",
            attempt=number,
            connected_account=payout.connected_account,
            amount_minor=payout.amount_minor,
            state="failed",
            due_at=payday.now,
            created_at=payday.now,
        )
        for number in range(1, 20)
    )

    with transaction.atomic():
        settlement.fail(payout=payout, code="could_not_process", sentence="", now=payday.now)

    assert BankPayout.objects.get(attempt=21).state == "needs_review"


def test_accounts_and_balances_are_read_in_turns(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    payout = payday.waiting_payout()
    monkeypatch.setattr(gates, "READS_PER_SECOND", 2)
    began = time.monotonic()

    payday.pay_out(payout)

    assert time.monotonic() - began >= 0.5  # the account, and half a second later its balance


def test_money_on_an_account_that_left_waits_and_says_so(payday: Payday):
    payout = payday.waiting_payout()
    ConnectedAccount.objects.update(stripe_id="acct_of_the_next")

    payday.pay_out(payout)

    assert (payout.state, payout.failure_code) == ("waiting_for_funds", "account_left")
    assert at_stripe(payout) == []
