"""Before earnings clear, somebody looks at the clip once more; what fell far is held instead."""

from datetime import timedelta

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual, Hold
from cliphaven.earnings.operations import clearing, holding
from cliphaven.notifications.models import Message
from cliphaven.tracking.models import TrackedClip
from tests.people import MONDAY, a_campaign, adas_organisation, an_approved_clip, ben, deposited, fund, seen
from tests.rooms.clips.outside import an_account
from tests.rooms.earnings.earners import (
    LATER,
    a_plain_campaign,
    broken,
    cleared,
    earned,
    explained,
    money_of,
)
from tests.rooms.tracking.test_polling import act, approved, poll_at

pytestmark = pytest.mark.django_db

DUE = MONDAY + timedelta(days=7)
HOUR = timedelta(hours=1)


def tracked(accrual: Accrual) -> TrackedClip:
    return TrackedClip.objects.get(clip=accrual.clip_id)


def test_a_clip_nobody_looked_at_is_polled_soon_and_its_earnings_wait():
    accrual = earned(1_000)
    TrackedClip.objects.update(due_at=DUE + timedelta(days=2))

    assert operations.clear_all(now=DUE) == 0
    assert (tracked(accrual).due_at, tracked(accrual).wanted_since) == (DUE, DUE)
    assert money_of() == {"clearing": 900}


def test_who_waits_for_a_look_is_told_so():
    earned(1_000)

    [blocker] = explained(now=DUE + HOUR).blockers

    assert (blocker.rule, blocker.amount_minor) == ("A last look at the clip", 900)


def test_a_second_run_does_not_hurry_a_vendor_that_fails():
    accrual = earned(1_000)
    operations.clear_all(now=DUE)
    TrackedClip.objects.update(due_at=DUE + timedelta(hours=6), last_outcome="provider_error", last_polled_at=DUE)

    assert operations.clear_all(now=DUE + HOUR) == 0
    assert tracked(accrual).due_at == DUE + timedelta(hours=6)


def test_after_three_days_without_a_look_earnings_clear_all_the_same():
    earned(1_000)

    assert operations.clear_all(now=DUE + timedelta(hours=72) - timedelta(seconds=1)) == 0
    assert operations.clear_all(now=DUE + timedelta(hours=72)) == 1
    assert money_of() == {"payable": 900}


@pytest.mark.parametrize(
    ("outcome", "clears"), [("gone_hint", 1), ("missing", 1), ("provider_error", 0), ("mismatch", 0)]
)
def test_an_answer_that_a_clip_is_not_there_settles_it_and_a_vendors_fault_does_not(outcome, clears):
    earned(1_000)
    TrackedClip.objects.update(last_outcome=outcome, last_polled_at=DUE)

    assert operations.clear_all(now=DUE) == clears


def test_those_that_wait_do_not_keep_others_from_clearing(monkeypatch):
    monkeypatch.setattr(clearing, "CLEARED_AT_ONCE_MAX", 2)
    campaign = a_plain_campaign()
    accruals = [earned(1_000, campaign=campaign) for _ in range(5)]
    TrackedClip.objects.filter(clip=accruals[-1].clip).update(measured_at=DUE)

    assert operations.clear_all(now=DUE) == 1
    assert money_of() == {"clearing": 4 * 900, "payable": 900}


@pytest.mark.usefixtures("world")
def test_a_resting_clip_is_polled_once_for_its_last_earnings(world):
    campaign = a_campaign(budget_minor=10)
    clip = approved(an_account(world), campaign)
    poll_at(world.now())
    operations.accrue_campaign(campaign_id=campaign.id, now=world.now())
    assert Campaign.objects.get().state == "completed"
    rests = world.now() + timedelta(days=6)
    assert poll_at(rests).calls == 0
    assert TrackedClip.objects.get(clip=clip).due_at is None
    due = world.now() + timedelta(days=7)

    assert operations.clear_all(now=due) == 0
    assert poll_at(due).measured == 1
    assert operations.clear_all(now=due) == 1
    assert TrackedClip.objects.get(clip=clip).wanted_since is None
    assert poll_at(due + timedelta(days=9)).calls == 0


@pytest.mark.usefixtures("world")
def test_a_clip_that_is_asked_for_goes_on_being_polled_until_there_is_an_answer(world):
    campaign = a_campaign(budget_minor=10)
    clip = approved(an_account(world), campaign)
    poll_at(world.now())
    operations.accrue_campaign(campaign_id=campaign.id, now=world.now())
    act(clip, world, "delete")
    due = world.now() + timedelta(days=7)
    operations.clear_all(now=due)

    assert poll_at(due).asked == 1
    assert TrackedClip.objects.get(clip=clip).wanted_since is None  # gone is an answer
    assert operations.clear_all(now=due) == 1


def fallen(accrual: Accrual, *, settled: int) -> None:
    """The platform took views back, seen twice, by the last look."""
    TrackedClip.objects.filter(clip=accrual.clip_id).update(views_settled=settled, measured_at=DUE)


def test_increments_above_a_fall_of_more_than_a_fifth_are_held_and_those_below_clear():
    campaign = a_plain_campaign()
    first = earned(5_000, campaign=campaign)
    seen(first.clip, 10_000, at=MONDAY)
    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    fallen(first, settled=6_000)

    assert operations.clear_all(now=DUE) == 1

    assert money_of() == {"payable": 4_500, "held": 4_500}
    hold = Hold.objects.get()
    assert (hold.reason, hold.placed_by, hold.releases_at) == ("views_dropped", "system", DUE + timedelta(days=14))
    assert Message.objects.filter(user=ben(), text__contains="The platform took views back").count() == 1
    assert broken() == {}


def test_what_was_held_for_a_fall_clears_after_its_release_and_is_not_held_again():
    fallen(earned(1_000), settled=100)
    operations.clear_all(now=DUE)
    over = DUE + timedelta(days=14)
    holding.release_due(now=over)
    fallen(Accrual.objects.get(), settled=100)

    assert cleared(at=over) == 1
    assert money_of() == {"payable": 900}
    assert broken() == {}


def let_go(accrual: Accrual, *, at) -> None:
    holds = Hold.objects.filter(accrual__clip=accrual.clip_id, ended_at=None).values_list("id", flat=True)
    holding.release_holds(clip_id=accrual.clip_id, hold_ids=list(holds), note="Fine.", actor="user:7", now=at)


def two_steps_that_clear_one_after_the_other() -> tuple[Accrual, Accrual]:
    """Up to 5,000 and up to 10,000 views; the second clears a day after the first. Then 3,000 stand."""
    first = earned(5_000)
    seen(first.clip, 10_000, at=MONDAY + timedelta(days=1))
    operations.accrue_campaign(campaign_id=first.campaign_id, now=MONDAY + timedelta(days=1))
    fallen(first, settled=3_000)
    operations.clear_all(now=DUE)
    return first, Accrual.objects.get(clip=first.clip, number=2)


def test_who_lets_a_clip_go_after_a_fall_is_not_asked_about_the_same_fall_again():
    first, second = two_steps_that_clear_one_after_the_other()
    let_go(first, at=DUE)

    TrackedClip.objects.update(measured_at=DUE + timedelta(days=1))
    assert operations.clear_all(now=DUE + timedelta(days=1)) == 2
    assert Hold.objects.filter(accrual=second).count() == 0
    assert money_of() == {"payable": 9_000}


def test_a_clip_that_falls_once_more_is_held_once_more():
    first, second = two_steps_that_clear_one_after_the_other()
    let_go(first, at=DUE)

    TrackedClip.objects.update(measured_at=DUE + timedelta(days=1), views_settled=1_000)
    assert operations.clear_all(now=DUE + timedelta(days=1)) == 1
    assert Hold.objects.get(accrual=second).reason == "views_dropped"


def test_a_smaller_fall_changes_nothing():
    fallen(earned(1_000), settled=800)

    assert operations.clear_all(now=DUE) == 1


def test_a_top_up_lets_views_earn_that_the_budget_could_not_pay():
    campaign = a_plain_campaign(budget_minor=600)
    one = earned(1_000, campaign=campaign)
    assert (one.gross_minor, one.unfunded_minor) == (600, 400)
    deposited(adas_organisation(), 1_000, payment="pi_more")
    fund(campaign.id, 1_000, key="second-money")

    assert operations.accrue_all(now=LATER) == 1
    assert operations.accrue_all(now=LATER) == 0
    found = queries.clip_earnings(clip_id=one.clip_id)
    assert (found.gross_minor, found.unfunded_minor) == (1_000, 0)
    assert broken() == {}


def test_a_clip_below_the_minimum_waits_and_then_earns_from_its_first_view():
    campaign = a_plain_campaign(min_views=1_000)
    clip = an_approved_clip(campaign)
    seen(clip, 999)
    assert operations.accrue_all(now=MONDAY) == 0

    seen(clip, 1_000, at=MONDAY + HOUR)
    assert operations.accrue_all(now=MONDAY + HOUR) == 1
    assert money_of() == {"clearing": 900}
