"""What was taken back after it went on to a bank is sent to the account again: seen by two, booked as Stripe says."""

from datetime import timedelta

import pytest

from cliphaven.ledger import queries as books
from cliphaven.payouts import queries
from cliphaven.payouts.models import BankPayout, StaffAct, Transfer, TransferReversal
from cliphaven.payouts.operations import reversals, settlement
from cliphaven.payouts.queries import invariants, stuck
from cliphaven.providers import stripe
from tests.people import a_user, dot
from tests.rooms.payouts.conftest import Payday
from tests.rooms.payouts.test_edges import send_again
from tests.rooms.payouts.test_reversals import at, hint, money_of, reverse_at_stripe

pytestmark = pytest.mark.django_db


def other_money(transfer: Transfer) -> None:
    """Other money of the same creator lies on the account: it is what Stripe takes."""
    stripe.send_transfer(
        amount_minor=transfer.amount_minor,
        currency="USD",
        destination=transfer.destination,
        transfer_group="by hand",
        metadata={},
        idempotency_key=f"by-hand:{transfer.destination}",
    )


def taken_back_too_late(payday: Payday) -> tuple[BankPayout, TransferReversal]:
    """Its payout is on its way to the bank, and Stripe takes the transfer back."""
    payout = payday.pay_out(payday.waiting_payout())
    transfer = Transfer.objects.get()
    payday.platform_receives(60_00)
    other_money(transfer)
    reverse_at_stripe(payday, transfer)
    hint(payday, transfer)
    return payout, TransferReversal.objects.select_related("transfer").get()


def settle(payday: Payday, row: TransferReversal, name: str = "Dot") -> int:
    missing = reversals.settle(
        reversal_id=row.id, staff_id=a_user(name, is_staff=True).id, note="Sent again at Stripe", now=payday.now
    )
    row.refresh_from_db()
    return missing


def broken() -> list[str]:
    return [failure for check in invariants.checks() for failure in check.failures]


def test_what_two_have_seen_at_stripe_is_on_its_way_again_and_arrives(payday: Payday):
    payout, row = taken_back_too_late(payday)
    made = send_again(row)

    assert (settle(payday, row, "Dot"), row.state) == (1, "needs_review")
    assert money_of(row.transfer) == at("reserved", row.amount_minor)  # one person's word moves nothing
    assert (settle(payday, row, "Eli"), row.state, row.sent_again_id) == (0, "done", made)
    assert money_of(row.transfer) == at("in_transit", row.amount_minor)

    payday.advance(days=3)
    assert payday.settle(payout).state == "paid"
    assert money_of(row.transfer) == at("payable", 0)
    assert books.trial_balance().is_balanced
    assert broken() == []


def test_one_person_is_not_two(payday: Payday):
    _, row = taken_back_too_late(payday)
    send_again(row)
    settle(payday, row, "Dot")

    with pytest.raises(reversals.SettledBefore):
        settle(payday, row, "Dot")


def test_one_request_sent_twice_is_one_word(payday: Payday):
    _, row = taken_back_too_late(payday)
    send_again(row)
    asked = {"reversal_id": row.id, "staff_id": dot().id, "note": "Sent again", "request_key": "once"}

    assert [reversals.settle(**asked, now=payday.now) for _ in range(2)] == [1, 1]
    settle(payday, row, "Eli")
    assert reversals.settle(**asked, now=payday.now) == 0
    assert StaffAct.objects.count() == 2


@pytest.mark.parametrize("amount_minor", [None, 1])
def test_what_stripe_does_not_have_or_has_otherwise_is_not_believed(payday: Payday, amount_minor: int | None):
    _, row = taken_back_too_late(payday)
    if amount_minor:
        send_again(row, amount_minor=amount_minor)

    with pytest.raises(reversals.NotSentAgain):
        settle(payday, row)

    assert StaffAct.objects.count() == 0


def test_what_was_sent_again_twice_is_not_believed(payday: Payday):
    _, row = taken_back_too_late(payday)
    send_again(row)
    send_again(row, amount_minor=row.amount_minor)

    with pytest.raises(reversals.NotSentAgain):
        settle(payday, row)


def test_a_payout_that_the_books_refuse_is_read_later_and_seen_by_a_person(payday: Payday):
    payout, row = taken_back_too_late(payday)
    payday.advance(days=3)

    assert payday.settle(payout).state == "pending"  # nothing is in transit that could have arrived
    assert settlement.sweep(now=payday.now) == 0
    assert settlement.sweep(now=payday.now + timedelta(hours=1)) == 1
    names = [(item.name, item.reason.partition(":")[0]) for item in stuck.stuck(now=payday.now).items]
    assert names == [(f"payout:{payout.id}", "not_booked"), (f"reversal:{row.id}", "went_on_to_bank")]

    send_again(row)
    settle(payday, row, "Dot")
    settle(payday, row, "Eli")
    assert (payday.settle(payout).state, payout.failure_code) == ("paid", "")
    assert broken() == []


def test_one_that_the_books_refused_is_booked_together_with_what_makes_it_good(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    transfer = Transfer.objects.get()
    payday.advance(days=3)
    payday.settle(payout)
    payday.platform_receives(60_00)
    other_money(transfer)
    reverse_at_stripe(payday, transfer)
    hint(payday, transfer)
    row = TransferReversal.objects.select_related("transfer").get()
    assert (row.failure_code, row.booked_at) == ("not_booked", None)
    send_again(row)

    settle(payday, row, "Dot")
    settle(payday, row, "Eli")

    assert (row.state, row.booked_at is not None) == ("done", True)
    assert money_of(transfer) == at("payable", 0)
    assert broken() == []


def test_a_part_that_was_sent_again_lets_all_of_it_go_to_the_bank(payday: Payday):
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer, 5_00)
    hint(payday, transfer)
    row = TransferReversal.objects.select_related("transfer").get()
    send_again(row)

    settle(payday, row, "Dot")
    settle(payday, row, "Eli")

    transfer.refresh_from_db()
    following = BankPayout.objects.get(part=2)
    assert (transfer.state, following.amount_minor) == ("sent", transfer.amount_minor)
    assert payday.pay_out(following).state == "pending"
    with pytest.raises(reversals.NotReversible):
        reversals.take_back(transfer_id=transfer.id, staff_id=dot().id, reason="again", now=payday.now)


def test_meanwhile_the_creator_reads_that_the_staff_has_it(payday: Payday):
    _, row = taken_back_too_late(payday)

    [place] = queries.money_places(creator_id=row.transfer.creator_id, now=payday.now)

    assert [(blocker.rule, blocker.amount_minor) for blocker in place.blockers] == [
        ("With our staff", row.amount_minor)
    ]
