"""One creator's payouts are paused: nothing new is sent, the creator knows why, and one word lets them go on."""

from typing import Any

import pytest

from cliphaven.identity.models import User
from cliphaven.ledger.chart import AccountKind
from cliphaven.notifications.models import Message
from cliphaven.payouts import queries
from cliphaven.payouts.models import PauseReason, Skip, SkipReason, Transfer
from cliphaven.payouts.operations import acts, pauses, releases, transfers
from tests.people import a_user, adas_organisation, ben, dot
from tests.rooms.payouts.conftest import Payday, balance, net

pytestmark = pytest.mark.django_db


def pause(payday: Payday, creator: User, *, by: User | None = None, note: str = "Two names on one passport") -> None:
    pauses.pause(
        creator_id=creator.id, staff_id=(by or dot()).id, reason=PauseReason.IDENTITY, note=note, now=payday.now
    )


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
