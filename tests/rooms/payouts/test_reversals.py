"""Transfers taken back: booked once per reversal, payable again if none of it went on to a bank, else for a person."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cliphaven.backoffice.queries import invariants
from cliphaven.earnings import queries as earnings
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind
from cliphaven.notifications.models import Message
from cliphaven.payouts.models import BankPayout, StaffAct, Transfer, TransferReversal
from cliphaven.payouts.operations import acts, onboarding, reversals, settlement, transfers
from cliphaven.providers import stripe
from tests.people import dot
from tests.rooms.payouts.conftest import GOOD_BANK, REFUSING_BANK, Payday, balance

pytestmark = pytest.mark.django_db
REVERSALS = "v1/transfers"


def staff() -> int:
    return dot().id


def take_back(payday: Payday, transfer: Transfer, *, by: int | None = None) -> TransferReversal:
    """One of the staff asks for it; Stripe is not told yet."""
    reversal_id = reversals.take_back(
        transfer_id=transfer.id, staff_id=by or staff(), reason="the account is closed", now=payday.now
    )
    return TransferReversal.objects.get(id=reversal_id)


def send(payday: Payday, reversal: TransferReversal) -> TransferReversal:
    """One try."""
    reversals.send(reversal_id=reversal.id, now=payday.now, read_clock=payday.world.now)
    reversal.refresh_from_db()
    return reversal


def reverse_at_stripe(payday: Payday, transfer: Transfer, amount_minor: int | None = None) -> str:
    """Somebody takes it back in Stripe's dashboard, all of it or `amount_minor`."""
    return payday.taken_back_at_stripe(str(transfer.stripe_id), amount_minor)


def money_of(transfer: Transfer) -> dict[str, int]:
    """Where the creator's money is in the books."""
    owner = transfer.creator_id
    return {
        "payable": balance(AccountKind.CREATOR_PAYABLE, owner),
        "reserved": balance(AccountKind.CREATOR_RESERVED, owner),
        "in_transit": balance(AccountKind.CREATOR_IN_TRANSIT, owner),
        "on_account": balance(AccountKind.STRIPE_CONNECTED, owner),
    }


def at(place: str, amount_minor: int) -> dict[str, int]:
    """All of it in one place; what is in transit lies on the connected account."""
    places = dict.fromkeys(("payable", "reserved", "in_transit", "on_account"), 0) | {place: amount_minor}
    if place == "in_transit":
        places["on_account"] = amount_minor
    return places


def is_payable_again(transfer: Transfer) -> bool:
    transfer.refresh_from_db()
    parts = earnings.payable_parts(creator_id=transfer.creator_id)
    return (
        transfer.state == "reversed"
        and money_of(transfer) == at("payable", transfer.amount_minor)
        and sum(part.amount_minor for part in parts) == transfer.amount_minor
        and books.trial_balance().is_balanced
    )


def test_a_transfer_whose_payout_waits_is_taken_back_and_payable_again(payday: Payday):
    payout = payday.waiting_payout()
    transfer = Transfer.objects.get()

    reversal = take_back(payday, transfer)
    transfer.refresh_from_db()
    payout.refresh_from_db()
    assert (transfer.state, payout.state, reversal.state) == ("reversing", "withdrawn", "asked")
    assert money_of(transfer) == at("in_transit", transfer.amount_minor)  # as long as Stripe has not done it

    assert send(payday, reversal).state == "done"
    assert is_payable_again(transfer)
    [made] = stripe.reversals_of(str(transfer.stripe_id))
    assert (made.stripe_id, made.amount_minor) == (reversal.stripe_id, transfer.amount_minor)
    assert Message.objects.get(user=transfer.creator, key__endswith=":reversed").subject == (
        "$18.00 is back in your balance"
    )


def test_money_stuck_on_a_dead_account_is_taken_back_and_goes_out_next_monday(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=REFUSING_BANK))
    payday.advance(days=3)
    assert payday.settle(payout).state == "failed"
    transfer = Transfer.objects.get()

    send(payday, take_back(payday, transfer))

    assert is_payable_again(transfer)
    payout.refresh_from_db()
    follower = BankPayout.objects.get(attempt=2)
    assert (payout.state, follower.state) == ("failed", "withdrawn")
    payday.change_bank(transfer.creator, GOOD_BANK)
    onboarding.refresh_creator(creator_id=transfer.creator_id, now=payday.now)
    assert settlement.sweep(now=payday.now) == 0  # the new bank account brings no third attempt
    payday.advance(days=7)
    again = Transfer.objects.get(batch=payday.plan())
    assert payday.send(again).state == "sent"
    assert payday.pay_out(BankPayout.objects.get(batch=again.batch)).state == "pending"
    assert money_of(again) == at("in_transit", transfer.amount_minor)


def test_taken_back_and_sent_again_three_times_sums_to_nothing_lost(payday: Payday):
    payday.platform_receives(100_00)
    ben = payday.creator()
    payday.owe(ben, 20_00)
    for _ in range(3):
        transfer = Transfer.objects.get(batch=payday.plan())
        payday.send(transfer)
        send(payday, take_back(payday, transfer))
        assert is_payable_again(transfer)
        payday.advance(days=7)

    assert sum(len(stripe.reversals_of(str(transfer.stripe_id))) for transfer in Transfer.objects.all()) == 3


def test_the_other_campaigns_money_still_goes_to_the_bank(payday: Payday):
    payday.platform_receives(200_00)
    ben = payday.creator()
    payday.owe(ben, 20_00)
    payday.owe(ben, 30_00)
    batch = payday.plan()
    first, second = Transfer.objects.filter(batch=batch).order_by("id")
    payday.send(first)
    payday.send(second)

    send(payday, take_back(payday, first))

    withdrawn, left = BankPayout.objects.filter(batch=batch).order_by("part")
    assert (withdrawn.state, withdrawn.amount_minor) == ("withdrawn", 18_00 + 27_00)
    assert (left.state, left.amount_minor, left.part) == ("waiting_for_funds", 27_00, 2)
    assert payday.pay_out(left).state == "pending"
    payday.advance(days=3)
    assert payday.settle(left).state == "paid"
    assert money_of(first) == at("payable", 18_00)


def test_what_was_withdrawn_counts_as_paid_out_no_more(payday: Payday):
    payday.platform_receives(200_00)
    ben = payday.creator()
    payday.owe(ben, 20_00)
    payday.owe(ben, 30_00)
    first, second = Transfer.objects.filter(batch=payday.plan()).order_by("id")
    payday.send(first)
    payday.send(second)

    send(payday, take_back(payday, first))

    # 18.00 + 27.00 were withdrawn and 27.00 go to the bank after all, of 45.00 that were sent.
    [check] = [check for check in invariants.ask(now=payday.now) if check.name == "payouts are at most what was sent"]
    assert check.failures == ()


@pytest.mark.parametrize("days", [0, 3])
def test_what_went_on_to_a_bank_is_not_taken_back(payday: Payday, days: int):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=days)
    payday.settle(payout)

    with pytest.raises(reversals.NotReversible):
        take_back(payday, Transfer.objects.get())

    assert StaffAct.objects.count() == TransferReversal.objects.count() == 0


@pytest.mark.parametrize("state", ["sending", "unknown", "needs_review"])
def test_a_payout_that_may_be_at_stripe_is_not_withdrawn(payday: Payday, state: str):
    payout = payday.waiting_payout()
    BankPayout.objects.filter(id=payout.id).update(state=state, first_sent_at=payday.now)

    with pytest.raises(reversals.NotReversible):
        take_back(payday, Transfer.objects.get())


def test_a_worker_that_asked_for_the_balance_before_does_not_send_the_withdrawn_payout(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    payout = payday.waiting_payout()
    transfer, by = Transfer.objects.get(), staff()
    balance_of = stripe.balance

    def take_back_meanwhile(connected_account: str) -> dict[str, stripe.BalanceFacts]:
        take_back(payday, transfer, by=by)
        return balance_of(connected_account)

    with monkeypatch.context() as raced:
        raced.setattr(stripe, "balance", take_back_meanwhile)
        payday.pay_out(payout)

    assert payout.state == "withdrawn"
    assert stripe.payouts_of(payout.connected_account) == []


def test_a_transfer_is_taken_back_by_one_request_at_a_time(payday: Payday):
    payday.waiting_payout()
    take_back(payday, Transfer.objects.get())

    with pytest.raises(reversals.NotReversible):
        take_back(payday, Transfer.objects.get())


def test_one_request_sent_twice_asks_once(payday: Payday):
    payday.waiting_payout()
    asked = {
        "transfer_id": Transfer.objects.get().id,
        "staff_id": staff(),
        "reason": "closed",
        "request_key": "once",
        "now": payday.now,
    }

    assert reversals.take_back(**asked) is not None
    assert reversals.take_back(**asked) is None
    assert TransferReversal.objects.count() == 1


def test_only_staff_take_back_and_they_say_why(payday: Payday):
    payday.waiting_payout()
    transfer = Transfer.objects.get()

    with pytest.raises(acts.NotStaff):
        take_back(payday, transfer, by=transfer.creator_id)
    with pytest.raises(acts.ReasonMissing):
        reversals.take_back(transfer_id=transfer.id, staff_id=staff(), reason=" ", now=payday.now)

    assert TransferReversal.objects.count() == 0


def test_a_refused_reversal_lets_the_money_go_on_to_the_bank(payday: Payday):
    payout = payday.waiting_payout(is_slow=True)  # not available on the account yet
    transfer = Transfer.objects.get()

    reversal = send(payday, take_back(payday, transfer))

    transfer.refresh_from_db()
    assert (reversal.state, reversal.failure_code, transfer.state) == ("refused", "balance_insufficient", "sent")
    payday.advance(hours=25)
    again = BankPayout.objects.get(part=payout.part + 1)
    assert (payday.pay_out(again).state, again.amount_minor) == ("pending", transfer.amount_minor)


# Stripe keeps a 500 under its key for a day: only a look-up tells what is behind it.
@pytest.mark.parametrize(
    ("kind", "hours"), [("drop_after_effect", 1), ("drop_after_effect", 26), ("error_500_with_effect", 26)]
)
def test_a_lost_answer_takes_back_once(payday: Payday, kind: str, hours: int):
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reversal = take_back(payday, transfer)
    payday.world.fault("stripe", kind, path_prefix=REVERSALS)
    assert send(payday, reversal).state == "unknown"

    payday.advance(hours=hours)

    assert (send(payday, reversal).state, reversal.attempt) == ("done", 1)
    assert len(stripe.reversals_of(str(transfer.stripe_id))) == 1
    assert is_payable_again(transfer)


def test_a_lost_call_is_found_absent_twice_and_made_again(payday: Payday):
    payday.waiting_payout()
    reversal = take_back(payday, Transfer.objects.get())
    payday.world.fault("stripe", "error_500", path_prefix=REVERSALS)
    send(payday, reversal)
    payday.advance(hours=26)
    send(payday, reversal)
    payday.advance(minutes=11)
    assert (send(payday, reversal).state, reversal.attempt) == ("asked", 2)

    assert send(payday, reversal).state == "done"
    assert is_payable_again(Transfer.objects.get())


def test_a_lost_job_is_made_up_for_by_the_sweep(payday: Payday):
    payday.waiting_payout()
    reversal = take_back(payday, Transfer.objects.get())

    assert reversals.sweep(now=payday.now) == 1
    send(payday, reversal)
    assert reversals.sweep(now=payday.now) == 0


def hint(payday: Payday, transfer: Transfer) -> str:
    return reversals.settle_hint(stripe_id=str(transfer.stripe_id), now=payday.now)


def test_a_transfer_taken_back_at_stripe_is_payable_again_once(payday: Payday):
    payout = payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer)

    assert hint(payday, transfer) == "read 1 reversals of the transfer"
    hint(payday, transfer)

    payout.refresh_from_db()
    assert payout.state == "withdrawn"
    assert is_payable_again(transfer)
    assert [row.state for row in TransferReversal.objects.all()] == ["done"]


def test_a_part_taken_back_at_stripe_keeps_the_rest_from_the_bank_until_that_is_taken_back_too(payday: Payday):
    payout = payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer, 5_00)
    hint(payday, transfer)

    [part] = TransferReversal.objects.all()
    payout.refresh_from_db()
    transfer.refresh_from_db()
    assert (part.state, part.failure_code) == ("needs_review", "taken_back_in_part")
    assert (transfer.state, payout.state) == ("reversing", "withdrawn")
    # 18.00 were sent, 5.00 of them are back and wait in the reserved part
    assert money_of(transfer) == {"payable": 0, "reserved": 5_00, "in_transit": 13_00, "on_account": 13_00}

    rest = take_back(payday, transfer)
    assert rest.amount_minor == 13_00
    assert send(payday, rest).state == "done"
    part.refresh_from_db()
    assert part.state == "done"
    assert is_payable_again(transfer)


def test_one_taken_back_after_it_went_to_the_bank_waits_for_a_person(payday: Payday):
    payday.waiting_payout()
    first = Transfer.objects.get()
    payday.pay_out(BankPayout.objects.get())
    # Other money of the same creator lies on the account: it is what Stripe takes.
    stripe.send_transfer(
        amount_minor=first.amount_minor,
        currency="USD",
        destination=first.destination,
        transfer_group="by hand",
        metadata={},
        idempotency_key=f"by-hand:{first.destination}",
    )
    reverse_at_stripe(payday, first)

    hint(payday, first)

    row = TransferReversal.objects.get()
    first.refresh_from_db()
    assert (row.state, row.failure_code, row.booked_at is not None) == ("needs_review", "went_on_to_bank", True)
    assert first.state == "sent"
    assert money_of(first) == at("reserved", first.amount_minor)


def test_one_that_the_books_refuse_waits_for_a_person_and_is_booked_when_looked_at_again(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    transfer = Transfer.objects.get()
    payday.advance(days=3)
    assert payday.settle(payout).state == "paid"  # nothing is in transit any more
    payday.platform_receives(60_00)
    stripe.send_transfer(
        amount_minor=transfer.amount_minor,
        currency="USD",
        destination=transfer.destination,
        transfer_group="by hand",
        metadata={},
        idempotency_key=f"by-hand:{transfer.destination}",
    )
    reverse_at_stripe(payday, transfer)

    hint(payday, transfer)

    row = TransferReversal.objects.get()
    assert (row.state, row.failure_code, row.booked_at) == ("needs_review", "not_booked", None)
    payday.owe(transfer.creator, 20_00)
    payday.advance(days=7)
    payday.send(Transfer.objects.get(batch=payday.plan()))  # something is in transit again
    reversals.look_again(reversal_id=row.id, now=payday.now)
    assert (send(payday, row).state, row.failure_code) == ("needs_review", "went_on_to_bank")
    assert row.booked_at is not None


def test_a_reversal_may_be_heard_of_before_the_transfers_own_answer(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix="v1/transfers")
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)
    transfer.stripe_id = made.stripe_id
    reverse_at_stripe(payday, transfer)

    hint(payday, transfer)

    assert is_payable_again(transfer)


def test_a_transfer_of_somebody_else_is_left_alone(payday: Payday):
    creator = payday.creator()
    payday.platform_receives(10_00)
    strange = stripe.send_transfer(
        amount_minor=1_00,
        currency="USD",
        destination=str(creator.connected_account.stripe_id),
        transfer_group="another house",
        metadata={},
        idempotency_key=f"strange:{creator.connected_account.stripe_id}",
    )

    said = reversals.settle_hint(stripe_id=strange.stripe_id, now=payday.now)
    assert said == "not one of our transfers: no transfer waits for this answer"


@pytest.mark.parametrize("state", ["reserved", "released", "reversed", "needs_review"])
def test_what_was_never_sent_or_is_over_is_not_taken_back(payday: Payday, state: str):
    transfer = payday.planned_transfer()
    if state != "reserved":
        Transfer.objects.filter(id=transfer.id).update(state=state, stripe_id="tr_of_a_test")

    with pytest.raises(reversals.NotReversible):
        take_back(payday, transfer)


@pytest.mark.parametrize("wait", ["before", "after"])
def test_taken_back_by_us_and_at_stripe_at_once_it_is_given_back_once(payday: Payday, wait: str):
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    ours = take_back(payday, transfer)
    reverse_at_stripe(payday, transfer)
    steps = [lambda: send(payday, ours), lambda: hint(payday, transfer)]

    for step in steps if wait == "after" else reversed(steps):
        step()

    ours.refresh_from_db()
    assert ours.state == "refused"
    assert is_payable_again(transfer)


def test_a_settled_reversal_is_not_settled_again(payday: Payday):
    payday.waiting_payout()
    done = send(payday, take_back(payday, Transfer.objects.get()))

    with pytest.raises(reversals.NotInReview):
        reversals.settle(reversal_id=done.id, staff_id=staff(), note="again", now=payday.now)
    with pytest.raises(reversals.NotInReview):
        reversals.look_again(reversal_id=done.id, now=payday.now)


def test_a_late_yes_for_the_transfer_changes_nothing_after_it_was_taken_back(payday: Payday):
    transfer: Any = payday.planned_transfer()
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)
    send(payday, take_back(payday, transfer))

    transfers.SENDER.take_over(item_id=transfer.id, facts=made, now=payday.now)

    assert is_payable_again(transfer)


def test_accruals_and_payouts_are_locked_before_the_books(payday: Payday):
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer)

    with CaptureQueriesContext(connection) as captured:
        hint(payday, transfer)

    told = [query["sql"] for query in captured.captured_queries]
    locks = [number for number, sql in enumerate(told) if "FOR NO KEY UPDATE" in sql]
    assert {name for name in ("payouts_bankpayout", "earnings_accrual") for number in locks if name in told[number]}
    assert max(locks) < min(number for number, sql in enumerate(told) if "ledger_record(" in sql)
