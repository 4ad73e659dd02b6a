"""While something keeps money back nothing of it is sent: where it was, the invariants say so."""

from datetime import timedelta

import pytest
from django.db.models import F

from cliphaven.backoffice.queries import at_rest
from cliphaven.payouts.models import BankAccount, BankPayout, PauseReason, PayoutPause, Transfer
from cliphaven.payouts.queries.invariants import checks
from tests.rooms.backoffice.paid import paid_creator
from tests.rooms.payouts.conftest import Payday

pytestmark = pytest.mark.django_db

PAUSED, WAITS = "nothing is sent to whoever is paused", "a changed bank account waits for 72 hours"
HOUR = timedelta(hours=1)


def failures(name: str) -> list[str]:
    return [failure for check in checks() if check.name == name for failure in check.failures]


def a_pause(payout: BankPayout, *, reason: PauseReason, before: timedelta, over: timedelta | None = None) -> None:
    began = payout.created_at - before
    PayoutPause.objects.create(
        creator_id=payout.creator_id,
        reason=reason,
        paused_at=began,
        resumed_at=None if over is None else began + over,
    )


def test_a_transfer_that_was_sent_in_a_pause_is_told(own_payday: Payday):
    payout = paid_creator(own_payday)
    assert failures(PAUSED) == []

    a_pause(payout, reason=PauseReason.IDENTITY, before=24 * HOUR)
    transfer = Transfer.objects.get()
    assert failures(PAUSED) == [f"transfer {transfer.id} was sent while creator {payout.creator_id} was paused"]


def test_what_was_sent_after_a_pause_was_sent_rightly(own_payday: Payday):
    a_pause(paid_creator(own_payday), reason=PauseReason.IDENTITY, before=48 * HOUR, over=24 * HOUR)

    assert failures(PAUSED) == []


def test_only_a_pause_for_security_keeps_money_from_the_bank(own_payday: Payday):
    payout = paid_creator(own_payday)
    BankPayout.objects.update(last_claimed_to_send_at=payout.created_at)
    Transfer.objects.update(last_claimed_to_send_at=None)
    a_pause(payout, reason=PauseReason.IDENTITY, before=24 * HOUR)
    assert failures(PAUSED) == []

    PayoutPause.objects.update(reason=PauseReason.SECURITY)
    assert failures(PAUSED) == [f"bank payout {payout.id} was sent while creator {payout.creator_id} was paused"]


def test_a_bank_account_is_paid_for_the_first_time_72_hours_after_it_was_changed(own_payday: Payday):
    payout = paid_creator(own_payday)
    bank = BankAccount.objects.get()
    sent_at = own_payday.now
    BankPayout.objects.update(bank_account_id=bank.stripe_id, first_sent_at=sent_at)
    assert failures(WAITS) == []

    BankAccount.objects.update(changed_at=sent_at - 72 * HOUR)
    assert failures(WAITS) == []

    BankAccount.objects.update(changed_at=F("changed_at") + timedelta(seconds=1))
    assert failures(WAITS) == [f"payout {payout.id} went to {bank.stripe_id} less than 72 hours after it was changed"]


def forgotten(payday: Payday) -> tuple[str, ...]:
    return tuple(at_rest.nothing_is_forgotten(now=payday.now).failures)


def test_at_rest_a_payout_of_which_nobody_knows_is_told_after_a_week(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=7)
    assert forgotten(own_payday) == ()

    own_payday.advance(hours=1)
    assert forgotten(own_payday) == (f"bank payout {payout.id} is {payout.state}, and nobody is told why",)


def test_at_rest_what_waits_with_its_reason_is_not_forgotten(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=8)
    BankPayout.objects.update(state="waiting_for_funds", failure_sentence="")
    assert forgotten(own_payday) == (f"bank payout {payout.id} is waiting_for_funds, and nobody is told why",)

    BankPayout.objects.update(failure_sentence="Your bank account was changed.")
    assert forgotten(own_payday) == ()


def test_at_rest_a_transfer_that_nothing_holds_is_told(own_payday: Payday):
    payout = paid_creator(own_payday)
    BankPayout.objects.all().delete()
    Transfer.objects.update(part=None)
    own_payday.advance(days=8)
    assert forgotten(own_payday) == (f"transfer {Transfer.objects.get().id} is sent, and nobody is told why",)

    a_pause(payout, reason=PauseReason.IDENTITY, before=timedelta(0))
    assert forgotten(own_payday) == ()
