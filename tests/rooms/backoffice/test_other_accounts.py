"""The books and Stripe agree when an account left and another took its place, and when money was sent again."""

import os

import pytest

from cliphaven.backoffice.models import ReconciliationState
from cliphaven.payouts.models import BankPayout, FormerAccount, Transfer, TransferReversal
from cliphaven.payouts.operations import onboarding, reversals
from cliphaven.payouts.queries import mirrors
from cliphaven.providers import stripe
from tests.people import a_user
from tests.rooms.backoffice.paid import paid_creator, pay_in, sent_creator
from tests.rooms.backoffice.test_reconciliation import NET, adds_up, lines, reconciled, sent_by_hand
from tests.rooms.payouts.conftest import BACK, GOOD_BANK, Payday
from tests.rooms.payouts.test_edges import send_again
from tests.rooms.payouts.test_reversals import hint, reverse_at_stripe

pytestmark = pytest.mark.django_db


def another_account(payday: Payday, payout: BankPayout) -> None:
    """The creator's account is closed, and the creator sets up another one."""
    close_account(payday, payout)
    link = onboarding.start(creator_id=payout.creator_id, return_url=BACK, refresh_url=BACK, now=payday.now)
    payday.world.http.post(link, data={"action": "complete", "bank_number": GOOD_BANK})
    onboarding.refresh_creator(creator_id=payout.creator_id, now=payday.now)


def close_account(payday: Payday, payout: BankPayout) -> None:
    payday.world.http.delete(
        f"{payday.world.url}/stripe/v1/accounts/{payout.connected_account}",
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    ).raise_for_status()


def taken_back(payday: Payday) -> None:
    """The transfer is reversed at Stripe, and the books hear of it."""
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer)
    hint(payday, transfer)


def test_what_moved_on_an_account_that_left_stays_its_creators(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=3)
    own_payday.settle(payout)
    assert reconciled(own_payday).state == ReconciliationState.AGREED

    another_account(own_payday, payout)
    own_payday.advance(days=1)
    own_payday.owe(payout.creator, 30_00, campaign=Transfer.objects.get().campaign)
    own_payday.advance(days=7)
    transfer = own_payday.send(Transfer.objects.get(batch=own_payday.plan()))
    following = own_payday.pay_out(BankPayout.objects.get(batch=transfer.batch))
    own_payday.advance(days=5)
    assert own_payday.settle(following).state == "paid"

    run = reconciled(own_payday)
    assert (run.state, lines(run)) == (ReconciliationState.AGREED, [])
    assert FormerAccount.objects.get().stripe_id == payout.connected_account
    assert len(mirrors.owners()) == 2


@pytest.mark.parametrize("leaves", [another_account, close_account])
def test_what_went_to_an_account_and_came_back_before_its_list_was_read_is_nothing_to_do(own_payday: Payday, leaves):
    payout = sent_creator(own_payday)
    taken_back(own_payday)
    leaves(own_payday, payout)
    own_payday.advance(hours=20)

    mirror = f"stripe:connected:{payout.creator_id}"
    for _ in range(2):  # it is the same every night
        run = reconciled(own_payday)
        assert (run.state, adds_up(run)) == (ReconciliationState.AGREED, True)
        assert lines(run) == [
            (mirror, "left_unread", "transfer_reversal", -NET),
            (mirror, "left_unread", "transfer", NET),
        ]
        own_payday.advance(days=1)


@pytest.mark.parametrize("leaves", [another_account, close_account])
def test_what_was_read_on_an_account_and_came_back_unread_is_nothing_to_do(own_payday: Payday, leaves):
    payout = sent_creator(own_payday)
    own_payday.advance(hours=1)
    assert reconciled(own_payday).state == ReconciliationState.AGREED
    own_payday.advance(hours=1)
    taken_back(own_payday)
    leaves(own_payday, payout)
    own_payday.advance(hours=20)

    run = reconciled(own_payday)
    mirror = f"stripe:connected:{payout.creator_id}"
    assert (run.state, adds_up(run)) == (ReconciliationState.AGREED, True)
    assert lines(run) == [
        (mirror, "left_unread", "transfer_reversal", -NET),
        (mirror, "left_unread", "balance", NET),
    ]


@pytest.mark.parametrize("leaves", [another_account, close_account])
@pytest.mark.parametrize("is_read", [True, False])
def test_what_did_not_come_back_before_an_account_left_is_for_the_creator(own_payday: Payday, leaves, *, is_read: bool):
    payout = sent_creator(own_payday)
    own_payday.advance(hours=1)
    if is_read:
        assert reconciled(own_payday).state == ReconciliationState.AGREED
    own_payday.pay_out(payout)
    leaves(own_payday, payout)  # before anybody heard whether the payout arrived
    own_payday.advance(hours=20)

    run = reconciled(own_payday)
    assert (run.state, adds_up(run)) == (ReconciliationState.DIFFERING, True)
    assert lines(run) == [(f"stripe:connected:{payout.creator_id}", "unreadable", "balance", NET)]


def test_without_asking_stripe_the_same_is_said_of_an_account_that_another_one_follows(own_payday: Payday):
    payout = sent_creator(own_payday)
    own_payday.advance(hours=1)
    reconciled(own_payday)
    own_payday.pay_out(payout)
    another_account(own_payday, payout)
    own_payday.advance(hours=20)

    assert lines(reconciled(own_payday, with_import=False)) == lines(reconciled(own_payday))


def test_what_was_taken_back_too_late_and_sent_again_ties_to_its_entries(own_payday: Payday):
    payout = paid_creator(own_payday)
    transfer = Transfer.objects.get()
    own_payday.advance(days=3)
    own_payday.settle(payout)
    pay_in(own_payday, 60_00)
    # Other money of the creator is on the account: it is what Stripe takes.
    helping = sent_by_hand(transfer.destination, transfer.amount_minor)
    reverse_at_stripe(own_payday, transfer)
    hint(own_payday, transfer)
    row = TransferReversal.objects.select_related("transfer").get()
    send_again(row)
    for name in ("Dot", "Eli"):
        staff = a_user(name, is_staff=True)
        reversals.settle(reversal_id=row.id, staff_id=staff.id, note="Sent again at Stripe", now=own_payday.now)
    stripe.reverse_transfer(
        transfer_id=helping, amount_minor=transfer.amount_minor, metadata={}, idempotency_key=f"back:{helping}"
    )

    run = reconciled(own_payday)

    ours = {transfer.stripe_id, row.stripe_id, send_again_id(row)}
    assert adds_up(run)
    assert not [line for line in run.lines.all() if line.stripe_id in ours or line.name in ours]


def send_again_id(row: TransferReversal) -> str | None:
    row.refresh_from_db()
    return row.sent_again_id
