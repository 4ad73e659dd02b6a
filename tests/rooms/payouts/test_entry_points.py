"""Every way in, for an item in every state: what is over stays over, and nothing is told to Stripe a second time."""

from collections.abc import Callable
from typing import Any

import pytest

from cliphaven.foundation.errors import Refused
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, Transfer, TransferReversal
from cliphaven.payouts.operations import onboarding, releases, reversals, reviews, settlement, transfers
from cliphaven.payouts.rules import BankPayoutState, TransferReversalState, TransferState
from cliphaven.providers import stripe
from tests.people import dot
from tests.rooms.payouts.conftest import Payday
from tests.rooms.payouts.test_edges import send_reversal, taken_back

pytestmark = pytest.mark.django_db

# States in which an item has nothing to do with Stripe any more, whoever asks. Sent and paid are left by Stripe alone.
TRANSFER_OVER = sorted(rules.TRANSFER_FINAL)
PAYOUT_OVER = sorted({*rules.BANK_PAYOUT_OVER, BankPayoutState.PAID})
# States in which it is Stripe's turn, or a person's: nobody sends.
TRANSFER_HELD = [*TRANSFER_OVER, TransferState.REVERSING, TransferState.NEEDS_REVIEW]
PAYOUT_HELD = [*PAYOUT_OVER, BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT, BankPayoutState.NEEDS_REVIEW]


def allowed(act: Callable[[], object]) -> None:
    """Whoever is told that it does not fit has not done it."""
    try:
        act()
    except Refused:
        return


def resume(payday: Payday, batch: Batch) -> None:
    releases.resume(week=batch.iso_week, staff_id=dot().id, now=payday.now)


def transfer_entries(payday: Payday, transfer: Transfer, made: stripe.TransferFacts) -> dict[str, Callable[[], Any]]:
    return {
        "send": lambda: payday.send(transfer),
        "hint": lambda: transfers.settle_hint(stripe_id=made.stripe_id, now=payday.now),
        "late answer": lambda: transfers.SENDER.take_over(item_id=transfer.id, facts=made, now=payday.now),
        "sweep": lambda: transfers.sweep(now=payday.now),
        "look again": lambda: reviews.look_again_for_transfer(transfer_id=transfer.id, now=payday.now),
        "resume": lambda: resume(payday, transfer.batch),
        "account": lambda: onboarding.refresh(stripe_id=transfer.destination, now=payday.now),
        "reversal hint": lambda: reversals.settle_hint(stripe_id=made.stripe_id, now=payday.now),
    }


TRANSFER_ENTRIES = ["send", "hint", "late answer", "sweep", "look again", "resume", "account", "reversal hint"]


@pytest.mark.parametrize("state", TRANSFER_OVER)
@pytest.mark.parametrize("entry", TRANSFER_ENTRIES)
def test_a_transfer_that_is_over_stays_as_it_is(payday: Payday, entry: str, state: TransferState):
    transfer = payday.send(payday.planned_transfer())
    [made] = payday.at_stripe(transfer)
    Transfer.objects.filter(id=transfer.id).update(state=state.value)
    before = Transfer.objects.filter(id=transfer.id).values().get()
    payday.advance(days=2)

    allowed(transfer_entries(payday, transfer, made)[entry])

    after = Transfer.objects.filter(id=transfer.id).values().get()
    # That Stripe made one of which it had said no is noted, for a person.
    noted = {"failure_code", "failure_sentence"} if state is TransferState.RELEASED else set()
    assert {name for name in after if after[name] != before[name]} <= noted
    assert payday.at_stripe(transfer) == [made]


@pytest.mark.parametrize("state", TRANSFER_HELD)
def test_a_transfer_that_is_not_open_is_neither_sent_nor_swept(payday: Payday, state: TransferState):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(state=state.value, stripe_id="tr_of_a_test")
    payday.advance(days=2)

    assert transfers.sweep(now=payday.now) == 0
    assert payday.send(transfer).state == state
    assert payday.at_stripe(transfer) == []


@pytest.mark.parametrize("state", [state for state in TransferState if state is not TransferState.NEEDS_REVIEW])
def test_only_a_transfer_in_review_is_looked_at_again(payday: Payday, state: TransferState):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(state=state.value, stripe_id="tr_of_a_test")

    with pytest.raises(reviews.NotInReview):
        reviews.look_again_for_transfer(transfer_id=transfer.id, now=payday.now)


def payout_entries(payday: Payday, payout: BankPayout, made: stripe.PayoutFacts) -> dict[str, Callable[[], Any]]:
    account = payout.connected_account
    return {
        "send": lambda: payday.pay_out(payout),
        "settle": lambda: payday.settle(payout),
        "hint": lambda: settlement.settle_hint(stripe_id=made.stripe_id, connected_account=account, now=payday.now),
        "old answer": lambda: settlement.record(bank_payout_id=payout.id, facts=made, now=payday.now),
        "sweep": lambda: settlement.sweep(now=payday.now),
        "look again": lambda: reviews.look_again_for_payout(bank_payout_id=payout.id, now=payday.now),
        "resume": lambda: resume(payday, payout.batch),
        "account": lambda: onboarding.refresh(stripe_id=account, now=payday.now),
    }


PAYOUT_ENTRIES = ["send", "settle", "hint", "old answer", "sweep", "look again", "resume", "account"]


@pytest.mark.parametrize("state", PAYOUT_OVER)
@pytest.mark.parametrize("entry", PAYOUT_ENTRIES)
def test_a_payout_that_is_over_stays_so(payday: Payday, entry: str, state: BankPayoutState):
    payout = payday.pay_out(payday.waiting_payout())
    [made] = stripe.payouts_of(payout.connected_account)
    payday.advance(days=3)
    BankPayout.objects.filter(id=payout.id).update(state=state.value, paid_at=payday.now, failed_at=payday.now)

    allowed(payout_entries(payday, payout, made)[entry])

    payout.refresh_from_db()
    assert payout.state == state
    assert len(stripe.payouts_of(payout.connected_account)) == 1


@pytest.mark.parametrize("state", PAYOUT_HELD)
def test_a_payout_that_is_not_open_is_not_sent(payday: Payday, state: BankPayoutState):
    payout = payday.waiting_payout()
    BankPayout.objects.filter(id=payout.id).update(state=state.value)
    payday.advance(days=2)

    assert payday.pay_out(payout).state == state
    assert stripe.payouts_of(payout.connected_account) == []


@pytest.mark.parametrize("state", [state for state in BankPayoutState if state is not BankPayoutState.NEEDS_REVIEW])
def test_only_a_payout_in_review_is_looked_at_again(payday: Payday, state: BankPayoutState):
    payout = payday.waiting_payout()
    BankPayout.objects.filter(id=payout.id).update(state=state.value)

    with pytest.raises(reviews.NotInReview):
        reviews.look_again_for_payout(bank_payout_id=payout.id, now=payday.now)


@pytest.mark.parametrize("state", [TransferReversalState.DONE, TransferReversalState.REFUSED])
def test_a_reversal_that_is_over_stays_as_it_is(payday: Payday, state: TransferReversalState):
    payday.send(payday.planned_transfer())
    transfer = Transfer.objects.get()
    reversal = send_reversal(payday, taken_back(payday, transfer))
    [made] = stripe.reversals_of(str(transfer.stripe_id))
    TransferReversal.objects.filter(id=reversal.id).update(state=state.value)
    payday.advance(days=2)

    send_reversal(payday, reversal.id)
    reversals.sweep(now=payday.now)
    allowed(lambda: reversals.look_again(reversal_id=reversal.id, now=payday.now))
    allowed(lambda: reversals.settle(reversal_id=reversal.id, staff_id=dot().id, note="again", now=payday.now))

    reversal.refresh_from_db()
    assert reversal.state == state
    assert stripe.reversals_of(str(transfer.stripe_id)) == [made]
