"""A transfer that was taken back at Stripe is found out about, although the one letter that says so is lost."""

import os

import pytest

from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.operations import reversals, reviews, transfers
from cliphaven.payouts.queries import invariants, stuck
from tests.rooms.payouts.conftest import Payday
from tests.rooms.payouts.test_edges import (
    a_refused_transfer_is_made_after_all_and_taken_back,
    an_account_loses_its_capability_before_it_is_sent,
    transfer_by_hand,
    wants_transfers,
)
from tests.rooms.payouts.test_reversals import hint, is_payable_again, reverse_at_stripe

pytestmark = pytest.mark.django_db


def read(payday: Payday, transfer: Transfer) -> None:
    reversals.read(transfer_id=transfer.id, now=payday.now)
    transfer.refresh_from_db()


def lost_and_taken_back(payday: Payday) -> Transfer:
    """Its answer is lost, and somebody takes it back at Stripe."""
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix="v1/transfers")
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)
    transfer.stripe_id = made.stripe_id
    reverse_at_stripe(payday, transfer)
    return transfer


def test_a_transfer_whose_payout_waits_for_a_day_is_read_again(payday: Payday):
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer)
    payday.advance(hours=23)
    assert reversals.sweep(now=payday.now) == 0

    payday.advance(hours=2)

    assert reversals.sweep(now=payday.now) == 1
    read(payday, transfer)
    assert is_payable_again(transfer)
    payday.advance(days=2)
    assert reversals.sweep(now=payday.now) == 0


def test_one_that_was_not_taken_back_is_read_once_a_day(payday: Payday):
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    payday.advance(hours=25)
    read(payday, transfer)

    assert (transfer.state, reversals.sweep(now=payday.now)) == ("sent", 0)
    payday.advance(hours=25)
    assert reversals.sweep(now=payday.now) == 1


def test_one_that_arrived_is_not_read_again(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    payday.settle(payout)

    assert reversals.sweep(now=payday.now) == 0


def test_one_that_is_looked_up_is_not_paid_out_before_it_is_read_what_was_taken_back(payday: Payday):
    transfer = lost_and_taken_back(payday)
    payday.advance(hours=26)

    assert payday.send(transfer).state == "reversing"
    assert BankPayout.objects.count() == 0
    assert reversals.sweep(now=payday.now) == 1  # whatever becomes of the job
    read(payday, transfer)

    assert is_payable_again(transfer)


def test_one_in_review_is_adopted_by_the_letter_that_says_it_was_taken_back(payday: Payday):
    transfer = lost_and_taken_back(payday)
    Transfer.objects.filter(id=transfer.id).update(state="needs_review")

    assert hint(payday, transfer) == "read 1 reversals of the transfer"
    assert is_payable_again(transfer)


def test_one_in_review_is_payable_again_when_it_is_looked_at_although_the_letter_came_before(payday: Payday):
    transfer = lost_and_taken_back(payday)
    second = transfer_by_hand(transfer, key="a second one")
    Transfer.objects.filter(id=transfer.id).update(state="needs_review")
    assert hint(payday, transfer) == "not one of our transfers: a person has to look at its transfer"
    assert transfers.settle_hint(stripe_id=second, now=payday.now) == "a person has to look at its transfer"
    payday.world.http.post(
        f"{payday.world.url}/stripe/v1/transfers/{second}",
        data={"metadata[transfer]": ""},
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    ).raise_for_status()

    reviews.look_again_for_transfer(transfer_id=transfer.id, now=payday.now)
    assert payday.send(transfer).state == "reversing"
    read(payday, transfer)

    assert is_payable_again(transfer)


def test_a_late_yes_for_one_in_review_is_booked(payday: Payday):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(state="needs_review")
    made = transfer_by_hand(transfer)

    assert transfers.settle_hint(stripe_id=made, now=payday.now) == "transfer is sent"

    transfer.refresh_from_db()
    assert (transfer.state, transfer.stripe_id) == ("sent", made)
    assert BankPayout.objects.get().amount_minor == transfer.amount_minor


def test_a_late_yes_after_a_no_is_kept_for_a_person_and_moves_nothing(payday: Payday):
    an_account_loses_its_capability_before_it_is_sent(payday)
    transfer = Transfer.objects.get()
    wants_transfers(payday, transfer.destination, wants=True)
    made = transfer_by_hand(transfer)

    assert transfers.settle_hint(stripe_id=made, now=payday.now) == "transfer is sent after all"

    transfer.refresh_from_db()
    assert (transfer.state, transfer.stripe_id, transfer.failure_code) == ("released", made, "sent_after_all")
    assert [item.name for item in stuck.stuck(now=payday.now).items] == [f"transfer:{transfer.id}"]
    assert [failure for check in invariants.checks() for failure in check.failures] == []


def test_a_late_yes_that_was_taken_back_leaves_nothing_behind(payday: Payday):
    a_refused_transfer_is_made_after_all_and_taken_back(payday)

    assert is_payable_again(Transfer.objects.get())
    assert stuck.stuck(now=payday.now).items == []
    assert [failure for check in invariants.checks() for failure in check.failures] == []


def test_a_late_yes_of_which_a_part_was_taken_back_goes_on_waiting_and_is_read_again(payday: Payday):
    an_account_loses_its_capability_before_it_is_sent(payday)
    transfer = Transfer.objects.get()
    wants_transfers(payday, transfer.destination, wants=True)
    transfers.settle_hint(stripe_id=transfer_by_hand(transfer), now=payday.now)
    transfer.refresh_from_db()
    reverse_at_stripe(payday, transfer, 1_00)
    hint(payday, transfer)
    assert [item.name for item in stuck.stuck(now=payday.now).items] == [f"transfer:{transfer.id}"]

    reverse_at_stripe(payday, transfer)
    assert reversals.sweep(now=payday.now) == 1
    read(payday, transfer)

    assert is_payable_again(transfer)
