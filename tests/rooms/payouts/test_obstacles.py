"""What keeps money from the bank is said as it is: what somebody holds up is never called on its way."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cliphaven.campaigns.rules import TermsDraft
from cliphaven.earnings import operations as earnings
from cliphaven.payouts import queries
from cliphaven.payouts.models import Batch, PauseReason, Transfer
from cliphaven.payouts.operations import pauses, releases
from tests.people import a_campaign, an_approved_clip, ben, dot, seen
from tests.rooms.payouts.conftest import CPM_MINOR, Payday, net
from tests.rooms.payouts.test_reversals import hint, reverse_at_stripe, take_back
from tests.rooms.payouts.test_stuck import two_transfers

pytestmark = pytest.mark.django_db
IDENTITY = "Your payouts are paused: we have to check who you are"
GOES_ON = "Nothing: we are putting something right, and then it goes on by itself"


def place(payday: Payday) -> queries.MoneyPlace:
    [found] = queries.money_places(creator_id=ben().id, now=payday.now)
    return found


def said(payday: Payday) -> list[tuple[str, int]]:
    """The blockers, of which there must be one for every cent that is Ben's."""
    found = place(payday)
    assert sum(blocker.amount_minor for blocker in found.blockers) == found.balance.owed_minor
    return [(blocker.rule, blocker.amount_minor) for blocker in found.blockers]


def pause(payday: Payday) -> None:
    pauses.pause(creator_id=ben().id, staff_id=dot().id, reason=PauseReason.IDENTITY, note="Two names", now=payday.now)


def stop(payday: Payday) -> None:
    releases.stop(week=Batch.objects.get().iso_week, staff_id=dot().id, reason="Look at it", now=payday.now)


def test_what_is_set_aside_for_a_paused_creator_is_not_said_to_be_sent(payday: Payday):
    payday.planned_transfer()
    pause(payday)

    assert said(payday) == [(IDENTITY, net(20_00))]
    assert place(payday).blockers[0].what_to_do.startswith("Write to us")


def test_a_pause_is_named_once_for_what_is_set_aside_and_what_is_payable(payday: Payday):
    payday.planned_transfer()
    payday.owe(ben(), 30_00)
    pause(payday)

    assert said(payday) == [(IDENTITY, net(20_00) + net(30_00))]


def test_what_is_with_stripe_and_waits_for_what_a_pause_holds_back_is_not_on_its_way(payday: Payday):
    sent, _ = two_transfers(payday)
    payday.send(sent)
    pause(payday)

    assert said(payday) == [(IDENTITY, net(20_00) + net(30_00))]


def test_a_pause_is_said_although_nothing_is_payable(payday: Payday):
    payday.creator()
    terms = TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=30)
    campaign = a_campaign(budget_minor=20_01, terms=terms)
    seen(an_approved_clip(campaign, creator=ben()), 20_00)
    earnings.accrue_campaign(campaign_id=campaign.id, now=payday.now)
    pause(payday)
    client = Client()
    client.force_login(ben())

    shown = client.get("/creator/payouts/").content.decode()

    assert said(payday) == [("In the hold period", net(20_00))]
    assert place(payday).payday.sentence == (
        "Nothing goes out while your payouts are paused: we have to check who you are."
    )
    assert "Your payouts are paused" in shown
    assert "We have to check who you are. Write to us" in shown


def test_what_a_stopped_run_has_set_aside_is_not_said_to_be_sent(payday: Payday):
    payday.planned_transfer()
    stop(payday)

    assert said(payday) == [("The run is stopped", net(20_00))]
    assert place(payday).blockers[0].what_to_do == GOES_ON


@pytest.mark.parametrize("both", [True, False])
def test_what_a_stopped_run_has_at_stripe_is_not_on_its_way(payday: Payday, both: bool):
    """Neither a payout that is not sent, nor money that waits for the rest of the run and is in no payout yet."""
    first, second = two_transfers(payday)
    payday.send(first)
    if both:
        payday.send(second)
    stop(payday)

    assert said(payday) == [("The run is stopped", net(20_00) + net(30_00))]


def test_what_was_on_its_way_when_the_run_was_stopped_goes_on(payday: Payday):
    payday.pay_out(payday.waiting_payout())
    stop(payday)

    assert said(payday) == [("On its way to your bank", net(20_00))]


def test_what_is_being_taken_back_is_not_on_its_way(payday: Payday):
    payday.waiting_payout()
    take_back(payday, Transfer.objects.get())

    assert said(payday) == [("Being taken back from your Stripe account", net(20_00))]


def test_what_was_taken_back_in_part_is_named_in_both_parts(payday: Payday):
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer, 5_00)
    hint(payday, transfer)

    # eighteen dollars were sent, and five of them are back
    assert said(payday) == [("Being taken back from your Stripe account", 13_00), ("With our staff", 5_00)]


def test_what_waits_for_its_release_is_told_from_what_is_being_sent(payday: Payday, settings: Any):
    payday.planned_transfer()
    payday.advance(days=7)
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    payday.owe(ben(), 30_00)
    payday.plan()

    assert [(blocker.amount_minor, blocker.what_to_do) for blocker in place(payday).blockers] == [
        (net(30_00), "Nothing: two of us check this run before it is sent"),
        (net(20_00), "Nothing: it is being sent to your Stripe account"),
    ]


def test_what_somebody_holds_up_comes_before_what_only_takes_its_time(payday: Payday):
    payday.planned_transfer()
    stop(payday)
    terms = TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=3)
    campaign = a_campaign(budget_minor=30_01, terms=terms)
    seen(an_approved_clip(campaign, creator=ben()), 30_00)
    earnings.accrue_campaign(campaign_id=campaign.id, now=payday.now)

    assert [rule for rule, _ in said(payday)] == ["The run is stopped", "In the hold period"]
    assert place(payday).blockers[1].clears_at == payday.now + timedelta(days=3)
