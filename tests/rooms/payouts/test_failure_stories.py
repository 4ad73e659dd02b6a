"""What went wrong elsewhere when money was sent out, each told once and tried here."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from cliphaven.foundation import jobs
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind
from cliphaven.payouts.models import BankPayout, Batch, Transfer
from cliphaven.payouts.operations import bank_payouts, batches, onboarding, reversals, settlement, transfers
from cliphaven.payouts.queries import stuck
from cliphaven.providers import stripe
from tests.people import dot
from tests.rooms.payouts.conftest import CLOSED_BANK, Payday, balance, net

TRANSFERS, PAYOUTS = "v1/transfers", "v1/payouts"


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """The failures of workers that begin together."""
    start, failures = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(20)
            work()
        except BaseException as error:  # shown by the test's own thread
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failures


@pytest.mark.django_db
def test_a_no_that_stripe_keeps_for_a_day_does_not_block_the_money_once_it_can_be_sent(payday: Payday, settings):
    # Told: a key of person and amount; "too little on the balance" was answered again for hours after the top-up.
    # Other tests may have left money at this Stripe, which nobody can take away again: more is owed than that, and it
    # goes without anybody's release.
    settings.RELEASE_LIMIT_MINOR = dict.fromkeys(settings.RELEASE_LIMIT_MINOR, 10**12)
    left = stripe.balance().get("USD")
    owed_minor = 20_00 + 2 * (left.available_minor if left is not None else 0)
    ben = payday.creator()
    payday.owe(ben, owed_minor)
    first = Transfer.objects.get(batch=payday.plan())
    assert payday.send(first).state == "released"
    payday.platform_receives(2 * owed_minor)
    payday.advance(days=7)

    again = Transfer.objects.get(batch=payday.plan())

    assert (payday.send(again).state, again.amount_minor) == ("sent", first.amount_minor)


@pytest.mark.django_db
def test_two_payments_of_the_same_amount_to_the_same_person_are_two(payday: Payday):
    # Told: the same key of person and amount took the second for the first.
    payday.platform_receives(100_00)
    ben = payday.creator()
    payday.owe(ben, 20_00)
    payday.owe(ben, 20_00)

    first, second = (payday.send(row) for row in Transfer.objects.filter(batch=payday.plan()).order_by("id"))

    assert (first.amount_minor, first.state) == (second.amount_minor, second.state) == (net(20_00), "sent")
    assert first.stripe_id != second.stripe_id


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["drop_after_effect", "error_500_with_effect", "error_500"])
def test_an_answer_that_nobody_understood_gives_nothing_back(payday: Payday, kind: str):
    # Told: a saga gave the money back when a call threw, although the call had worked, and paid it again.
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", kind, path_prefix=TRANSFERS)

    payday.send(transfer)

    assert transfer.state == "unknown"
    assert balance(AccountKind.CREATOR_RESERVED, transfer.creator_id) == transfer.amount_minor
    assert balance(AccountKind.CREATOR_PAYABLE, transfer.creator_id) == 0


@pytest.mark.django_db
def test_a_retry_after_a_weekend_does_not_pay_again(payday: Payday):
    # Told: the key was sent again after the vendor had forgotten it.
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.send(transfer)
    payday.advance(hours=60)

    payday.send(transfer)

    assert len(payday.at_stripe(transfer)) == 1
    assert transfer.state == "sent"


@pytest.mark.django_db
def test_what_is_owed_may_change_between_two_tries_and_the_amount_does_not(payday: Payday):
    # Told: the amount was worked out again for the second try, and the key did not fit it any more.
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.send(transfer)
    payday.owe(transfer.creator, 50_00)
    payday.advance(minutes=2)

    assert (payday.send(transfer).state, transfer.amount_minor) == ("sent", net(20_00))
    assert balance(AccountKind.CREATOR_PAYABLE, transfer.creator_id) == net(50_00)


@pytest.mark.django_db
def test_a_lost_connection_to_the_bank_fails_nothing_and_takes_nothing_back(payday: Payday):
    # Told: on any error at all the payout was called failed and the transfer reversed.
    payout = payday.waiting_payout()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=PAYOUTS)

    assert payday.pay_out(payout).state == "unknown"
    assert stripe.reversals_of(str(Transfer.objects.get().stripe_id)) == []


@pytest.mark.django_db
def test_a_creator_who_cannot_be_paid_for_weeks_is_seen(payday: Payday):
    # Told: an account lost its capability, and a nightly job failed silently for weeks.
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    payday.advance(days=2)
    payday.settle(payout)
    payday.advance(days=1)
    payday.settle(payout)

    payday.advance(days=14)

    assert [item.name for item in stuck.stuck(now=payday.now).items] == [f"payout:{payout.id}"]


@pytest.mark.django_db
def test_a_payout_of_which_nothing_is_heard_is_read_again(payday: Payday):
    # Told: payouts stood in "pending" for good because one webhook was lost.
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)

    assert settlement.sweep(now=payday.now) == 1
    assert payday.settle(payout).state == "paid"


def test_a_payout_is_taken_back_or_sent_never_both(committed: str, payday: Payday):
    # Told: a cancellation read "pending", and the queued payout went out all the same.
    payout, staff_id = payday.waiting_payout(), dot().id
    transfer = Transfer.objects.get()

    def take_back() -> None:
        try:
            reversals.take_back(transfer_id=transfer.id, staff_id=staff_id, reason="a race", now=payday.now)
        except reversals.NotReversible:
            return

    def pay() -> None:
        bank_payouts.send(bank_payout_id=payout.id, now=payday.now, read_clock=payday.world.now)

    assert at_once(pay, take_back) == []

    payout.refresh_from_db()
    transfer.refresh_from_db()
    went_out = len(stripe.payouts_of(payout.connected_account))
    assert (payout.state, transfer.state, went_out) in [("pending", "sent", 1), ("withdrawn", "reversing", 0)]


def test_two_schedulers_that_start_together_order_each_transfer_once(committed: str, payday: Payday):
    # Told: during a deployment two schedulers took the same row, less than a millisecond apart.
    payday.platform_receives(100_00)
    payday.owe(payday.creator(), 20_00)

    def schedule() -> None:
        batches.plan_weekly_batch(now=payday.now)
        transfers.sweep(now=payday.now)

    assert at_once(schedule, schedule, schedule) == []

    assert (Batch.objects.count(), Transfer.objects.count()) == (1, 1)
    waiting = {line.queue: line.waiting for line in jobs.queue_health()}
    assert waiting["payouts"] == 1


def test_a_worker_killed_between_claim_and_call_leaves_nothing_stuck(
    committed: str, payday: Payday, run_jobs: Callable[[], None]
):
    # Told: the repair of the story before claimed rows in advance, and a crash left them claimed for ever.
    class WorkerDied(BaseException):
        pass

    def die() -> None:
        raise WorkerDied

    transfer = payday.planned_transfer()
    with pytest.raises(WorkerDied):
        transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=die)  # type: ignore[arg-type]
    with connections["default"].cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")  # its job died with it
    payday.advance(minutes=11)

    transfers.sweep(now=payday.now)
    run_jobs()

    assert Transfer.objects.get().state == "sent"
    assert len(payday.at_stripe(transfer)) == 1


def test_the_webhook_and_the_answer_arrive_together_and_are_booked_once(committed: str, payday: Payday):
    # Told: the lock was given back before the webhook came, and the retry charged a second time.
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)
    payday.advance(minutes=2)

    def hint() -> None:
        transfers.settle_hint(stripe_id=made.stripe_id, now=payday.now)

    def send() -> None:
        transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=payday.world.now)

    assert at_once(hint, send, hint, send) == []

    assert payday.at_stripe(transfer) == [made]
    assert balance(AccountKind.CREATOR_IN_TRANSIT, transfer.creator_id) == transfer.amount_minor
    assert BankPayout.objects.count() == 1


@pytest.mark.django_db
def test_what_was_paid_out_and_came_back_is_not_called_paid_again_by_old_news(payday: Payday):
    # Told: a poll found an old batch id on the row and marked it paid after somebody had marked it unpaid.
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    payday.advance(days=2)
    [paid] = stripe.payouts_of(payout.connected_account)
    payday.settle(payout)
    payday.advance(days=1)
    assert payday.settle(payout).state == "returned"

    settlement.record(bank_payout_id=payout.id, facts=paid, now=payday.now)

    payout.refresh_from_db()
    assert payout.state == "returned"
    assert balance(AccountKind.CREATOR_IN_TRANSIT, payout.creator_id) == payout.amount_minor


@pytest.mark.django_db
def test_paid_is_believed_after_ten_days_and_not_before(payday: Payday):
    # Told: "paid" turns into "failed" days later, so one marketplace waits a week before it believes it.
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    payday.settle(payout)

    assert settlement.sweep(now=payout.paid_at + timedelta(days=9, hours=23)) == 1
    assert settlement.sweep(now=payout.paid_at + timedelta(days=10)) == 0


@pytest.mark.django_db
def test_a_batch_that_is_run_twice_pays_once_and_forgets_nobody_who_is_in_doubt(payday: Payday):
    # Told: a billing run ran twice, and its repair missed those who were being retried.
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.send(transfer)

    assert batches.plan_weekly_batch(now=payday.now) is None
    payday.advance(minutes=2)
    assert transfers.sweep(now=payday.now) == 1
    payday.send(transfer)

    assert len(payday.at_stripe(transfer)) == 1
    assert books.trial_balance().is_balanced


def mended(payday: Payday, payout: BankPayout) -> None:
    """The creator corrects the bank account's holder, and Stripe lets it be tried again."""
    answer = payday.world.http.post(
        f"{payday.world.url}/stripe/v1/accounts/{payout.connected_account}/external_accounts/{payout.bank_account_id}",
        data={"account_holder_name": f"Ben {payout.attempt}"},
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    )
    answer.raise_for_status()
    onboarding.refresh(stripe_id=payout.connected_account, now=payday.now)


def fails(payday: Payday, payout: BankPayout) -> None:
    payday.pay_out(payout)
    payday.advance(days=7)
    assert payday.settle(payout).state == "failed"
    onboarding.refresh(stripe_id=payout.connected_account, now=payday.now)
    payday.advance(days=2)
    mended(payday, payout)
    settlement.sweep(now=payday.now)


@pytest.mark.django_db
def test_three_failures_in_a_row_pause_a_bank_account_until_it_is_another(payday: Payday):
    # Told: a payout was tried again every night to an account that never took it.
    payday.waiting_payout(bank=CLOSED_BANK)
    for attempt in (1, 2, 3):
        fails(payday, BankPayout.objects.get(attempt=attempt))
    assert BankPayout.objects.count() == 3

    third = BankPayout.objects.get(attempt=3)
    payday.change_bank(third.creator)
    onboarding.refresh(stripe_id=third.connected_account, now=payday.now)
    settlement.sweep(now=payday.now)

    payday.advance(hours=73)
    assert payday.pay_out(BankPayout.objects.get(attempt=4)).state == "pending"


@pytest.mark.django_db
def test_a_paused_bank_account_gets_nothing_on_the_next_monday_either(payday: Payday):
    # Told: the next run began from nothing, and paid to the account that had failed three times.
    payday.waiting_payout(bank=CLOSED_BANK)
    for attempt in (1, 2, 3):
        fails(payday, BankPayout.objects.get(attempt=attempt))
    third = BankPayout.objects.get(attempt=3)
    payday.platform_receives(60_00)
    payday.owe(third.creator, 30_00)
    payday.advance(days=7)
    following = Transfer.objects.get(batch=payday.plan())
    assert payday.send(following).state == "sent"
    payout = BankPayout.objects.get(batch=following.batch)

    assert payday.pay_out(payout).state == "waiting_for_funds"
    assert payout.failure_code == "bank_account_paused"
    assert payout.failure_sentence.startswith(
        "3 payouts in a row to your bank account failed. Add another bank account"
    )

    payday.change_bank(third.creator)
    onboarding.refresh(stripe_id=third.connected_account, now=payday.now)
    payday.advance(hours=73)
    assert payday.pay_out(payout).state == "pending"
