"""One creator's payouts are paused: nothing new is sent, the creator knows why, and one word lets them go on."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cliphaven.identity.models import User
from cliphaven.ledger.chart import AccountKind
from cliphaven.notifications.models import Message
from cliphaven.payouts import queries
from cliphaven.payouts.models import BankPayout, PauseReason, PayoutPause, Skip, SkipReason, Transfer
from cliphaven.payouts.operations import acts, pauses, releases, transfers
from cliphaven.payouts.queries import stuck
from cliphaven.providers import stripe
from tests.people import a_user, adas_organisation, ben, dot
from tests.rooms.payouts.conftest import Payday, balance, net

pytestmark = pytest.mark.django_db
TRANSFERS = "v1/transfers"


def pause(
    payday: Payday,
    creator: User,
    *,
    by: User | None = None,
    reason: PauseReason = PauseReason.IDENTITY,
    note: str = "Two names on one passport",
) -> None:
    pauses.pause(creator_id=creator.id, staff_id=(by or dot()).id, reason=reason, note=note, now=payday.now)


def resume(payday: Payday, creator: User) -> None:
    pauses.resume(creator_id=creator.id, staff_id=dot().id, now=payday.now)


def test_a_paused_creator_is_left_out_with_the_reason_and_keeps_the_money(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    pause(payday, ben())

    payday.plan()

    assert (Skip.objects.get().reason, Transfer.objects.count()) == (SkipReason.PAUSED, 0)
    assert balance(AccountKind.CREATOR_PAYABLE, ben().id) == net(20_00)


def test_the_others_are_paid(payday: Payday):
    payday.owe(payday.creator("Ben"), 20_00)
    payday.owe(payday.creator("Nova"), 20_00)
    pause(payday, ben())

    payday.plan()

    assert [transfer.creator.name for transfer in Transfer.objects.all()] == ["Nova"]


def test_what_was_planned_and_not_sent_waits(payday: Payday):
    transfer = payday.planned_transfer()
    pause(payday, ben())
    payday.advance(days=2)

    assert transfers.sweep(now=payday.now) == 0
    assert payday.send(transfer).state == "reserved"


def test_what_was_not_executed_and_waits_for_its_next_try_waits_on(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "rate_limit_429", path_prefix=TRANSFERS)
    payday.send(transfer)
    pause(payday, ben())
    payday.advance(minutes=2)

    assert transfers.sweep(now=payday.now) == 0
    assert payday.send(transfer).state == "reserved"
    resume(payday, ben())
    assert payday.send(transfer).state == "sent"


def test_what_comes_back_from_being_sent_during_the_pause_waits(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "rate_limit_429", path_prefix=TRANSFERS)

    pauses = iter([lambda: pause(payday, ben())])

    def pause_and_read_the_clock() -> datetime:
        next(pauses, lambda: None)()
        return payday.now

    transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=pause_and_read_the_clock)
    payday.advance(minutes=2)

    assert payday.send(transfer).state == "reserved"
    assert transfers.sweep(now=payday.now) == 0
    assert payday.at_stripe(transfer) == []
    resume(payday, ben())
    assert payday.send(transfer).state == "sent"


def test_what_nobody_knows_is_looked_for_and_not_sent_again(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "error_500", path_prefix=TRANSFERS)
    payday.send(transfer)
    pause(payday, ben())
    payday.advance(minutes=2)
    assert payday.send(transfer).state == "unknown"

    payday.advance(hours=26)
    payday.send(transfer)
    payday.advance(minutes=11)
    assert (payday.send(transfer).state, transfer.attempt) == ("reserved", 2)

    assert payday.send(transfer).state == "reserved"
    assert payday.at_stripe(transfer) == []
    resume(payday, ben())
    assert payday.send(transfer).state == "sent"


def test_what_stripe_has_made_of_it_is_found_during_the_pause(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.send(transfer)
    pause(payday, ben())
    payday.advance(hours=26)

    assert payday.send(transfer).state == "sent"


def test_whoever_has_passed_the_gate_before_finds_the_pause_when_it_claims(payday: Payday):
    transfer = payday.planned_transfer()
    PayoutPause.objects.create(creator=ben(), reason=PauseReason.IDENTITY, paused_at=payday.now)

    transfers.SENDER.send(item_id=transfer.id, now=payday.now, read_clock=payday.world.now)

    transfer.refresh_from_db()
    assert transfer.state == "reserved"


def test_nothing_of_a_paused_creator_is_called_late(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "rate_limit_429", path_prefix=TRANSFERS)
    payday.send(transfer)
    pause(payday, ben())

    assert stuck.stuck(now=payday.now + timedelta(days=9)).items == []


def test_after_the_pause_it_goes_on(payday: Payday):
    transfer = payday.planned_transfer()
    pause(payday, ben())
    resume(payday, ben())

    assert payday.send(transfer).state == "sent"


def test_after_the_pause_a_batch_that_waits_for_its_release_goes_on_waiting(payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    transfer = payday.planned_transfer()
    pause(payday, ben())
    resume(payday, ben())

    assert payday.send(transfer).state == "reserved"


def test_who_is_paused_while_the_batch_waits_is_held_back_when_it_is_released(payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    transfer = payday.planned_transfer()
    pause(payday, ben())
    for staff in (dot(), a_user("Eli", is_staff=True)):
        releases.release(week=transfer.batch.iso_week, staff_id=staff.id, now=payday.now)

    assert payday.send(transfer).state == "reserved"
    resume(payday, ben())
    assert payday.send(transfer).state == "sent"


def test_what_is_with_stripe_already_goes_on_to_the_bank(payday: Payday):
    payout = payday.waiting_payout()
    pause(payday, ben())

    assert payday.pay_out(payout).state == "pending"


def test_when_somebody_else_may_have_been_there_nothing_goes_on_to_the_bank_either(payday: Payday):
    payout = payday.waiting_payout()
    pause(payday, ben(), reason=PauseReason.SECURITY)
    payout.refresh_from_db()
    assert payout.failure_code == "payouts_paused"  # the creator sees at once that it waits

    assert payday.pay_out(payout).state == "waiting_for_funds"

    [place] = queries.money_places(creator_id=ben().id, now=payday.now)
    [blocker] = place.blockers
    assert (blocker.rule, blocker.amount_minor) == ("Has not reached your bank", net(20_00))
    assert blocker.what_to_do.startswith(
        "Your payouts are paused. Somebody else may have been in your account. Sign out"
    )
    assert stuck.stuck(now=payday.now + timedelta(days=9)).items == []
    resume(payday, ben())
    assert payday.pay_out(payout).state == "pending"


def test_a_payout_that_is_opened_during_such_a_pause_says_why_it_waits_and_goes_on_afterwards(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.send(transfer)
    pause(payday, ben(), reason=PauseReason.SECURITY)
    payday.advance(hours=26)
    assert payday.send(transfer).state == "sent"
    payout = BankPayout.objects.get()

    assert (payday.pay_out(payout).state, payout.failure_code) == ("waiting_for_funds", "payouts_paused")
    resume(payday, ben())
    assert payday.pay_out(payout).state == "pending"


def test_a_payout_that_nobody_knows_of_is_not_sent_again_while_somebody_else_may_be_there(payday: Payday):
    payout = payday.waiting_payout()
    payday.world.fault("stripe", "error_500", path_prefix="v1/payouts")
    payday.pay_out(payout)
    pause(payday, ben(), reason=PauseReason.SECURITY)
    payday.advance(minutes=2)

    assert payday.pay_out(payout).state == "unknown"
    assert stripe.payouts_of(payout.connected_account) == []


def test_whoever_has_asked_for_the_balance_before_finds_the_pause_when_it_claims(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    payout, balance_of = payday.waiting_payout(), stripe.balance
    dot()

    def pause_meanwhile(connected_account: str) -> dict[str, stripe.BalanceFacts]:
        pause(payday, ben(), reason=PauseReason.SECURITY)
        return balance_of(connected_account)

    with monkeypatch.context() as raced:
        raced.setattr(stripe, "balance", pause_meanwhile)
        payday.pay_out(payout)

    assert payout.state == "waiting_for_funds"
    assert stripe.payouts_of(payout.connected_account) == []


def test_the_creator_is_told_why_and_what_to_do_and_when_it_is_over(payday: Payday):
    pause(payday, ben())
    resume(payday, ben())

    first, second = Message.objects.filter(user=ben()).order_by("id")
    assert first.subject == "Your payouts are paused"
    assert first.text.startswith("We have to check who you are. Write to us: we tell you what we need")
    assert "passport" not in first.text  # that is a note among the staff
    assert second.subject == "Your payouts go on"


def test_the_pause_is_named_as_what_stands_in_the_way(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    pause(payday, ben())

    [found] = queries.money_places(creator_id=ben().id, now=payday.now)

    assert (found.payday.amount_minor, found.payday.sentence) == (
        0,
        "$18.00 would go out, but your payouts are paused: we have to check who you are.",
    )
    assert [(blocker.rule, blocker.amount_minor) for blocker in found.blockers] == [
        ("Your payouts are paused: we have to check who you are", net(20_00))
    ]


def test_a_pause_needs_a_note(payday: Payday):
    with pytest.raises(acts.ReasonMissing):
        pause(payday, ben(), note=" ")


def test_only_staff_pause(payday: Payday):
    with pytest.raises(acts.NotStaff):
        pause(payday, ben(), by=a_user("Mallory"))


@pytest.mark.parametrize("name", ["Ada", "Dot"])
def test_sponsors_and_staff_have_no_payouts_to_pause(payday: Payday, name: str):
    adas_organisation(), dot()

    with pytest.raises(pauses.NoSuchCreator):
        pause(payday, a_user(name))


def test_nobody_has_no_payouts_to_pause(payday: Payday):
    with pytest.raises(pauses.NoSuchCreator):
        pauses.resume(creator_id=999_999, staff_id=dot().id, now=payday.now)


def test_paused_twice_or_resumed_twice_is_said(payday: Payday):
    pause(payday, ben())
    with pytest.raises(pauses.PausedBefore):
        pause(payday, ben())
    resume(payday, ben())
    with pytest.raises(pauses.NotPaused):
        resume(payday, ben())
