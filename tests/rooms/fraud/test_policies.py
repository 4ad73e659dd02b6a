"""What an operator wants: versions, what each would have done, and how right signals turned out to be."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from cliphaven.earnings.queries import doubted
from cliphaven.fraud.models import Policy, RiskCase
from cliphaven.fraud.operations import cases, policies
from cliphaven.fraud.queries import previews, scorecards
from cliphaven.fraud.queries.policies import DEFAULT, in_force, versions
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.fraud.rules.worlds.evaluation import wilson
from tests.people import MONDAY, ben, dot
from tests.rooms.fraud.doubts import (
    BOUGHT,
    BURST_LIVE,
    CALM,
    NET_OF_BOUGHT,
    a_bought_clip,
    a_clip,
    a_policy,
    judged,
    live,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def saved(draft, *, expected=0, key="p-1", reason="Why not.", staff=None, despite_bar=tuple(BURST_LIVE)):
    return policies.save_policy(
        draft=draft,
        peer_table_id=None,
        expected_number=expected,
        preview={},
        reason=reason,
        staff_id=(staff or dot()).id,
        request_key=key,
        despite_bar=despite_bar,
        now=MONDAY,
    )


def test_versions_follow_each_other_and_none_is_ever_changed():
    first = saved(replace(DEFAULT, modes=BURST_LIVE))
    second = saved(replace(DEFAULT, hold_days=5), expected=first, key="p-2")

    assert [one.number for one in versions()] == [second, first, 0]
    assert in_force().version.draft.hold_days == 5
    with pytest.raises(DatabaseError), transaction.atomic():
        Policy.objects.update(hold_days=1)


def test_a_request_is_saved_once_and_whoever_did_not_see_the_latest_saves_nothing():
    first = saved(DEFAULT)

    assert saved(DEFAULT) == first
    with pytest.raises(policies.PolicyMoved):
        saved(DEFAULT, expected=0, key="p-2")


@pytest.mark.parametrize(
    "change",
    [
        {"modes": {"benford": "live"}},
        {"modes": {"burst": "loud"}},
        {"hold_days": 0},
        {"hold_days": 31},
        {"appeal_days": 2},
        {"bypass_basis_points": 2_001},
        {"live_from_percent": 0},
        {"live_from_percent": 100},
        {"hold_from_milli": 1_000, "release_below_milli": 1_001},
        {"review_above_minor": {"XAU": 1}},
        {"clawback_max_minor": {"USD": -1}},
    ],
)
def test_what_makes_no_sense_is_refused(change):
    with pytest.raises(policies.PolicyRefused):
        saved(replace(DEFAULT, **change))


def test_only_staff_saves_and_says_why():
    with pytest.raises(policies.PolicyRefused):
        saved(DEFAULT, staff=ben())
    with pytest.raises(policies.PolicyRefused):
        saved(DEFAULT, reason=" ")


def decided_bursts(upheld: int) -> int:
    """So many cases of bursts in shadow that people decided against the clip; answers the policy in force then."""
    number = a_policy(modes={})
    for _ in range(upheld):
        now = live(a_clip(), CALM + BOUGHT)
    for case in RiskCase.objects.order_by("id"):
        cases.decide_against(case_id=case.id, staff_id=dot().id, note="Bought.", request_key=f"k-{case.id}", now=now)
    return number


def test_a_signal_that_cleared_the_bar_is_made_live():
    # Six of six: at least 61 % are right, and the bar is at 60.
    number = decided_bursts(6)

    saved(replace(DEFAULT, modes=BURST_LIVE), expected=number, despite_bar=())

    assert (in_force().modes.live, in_force().version.against_the_bar) == ({Signal.BURST}, {})


def test_a_signal_below_the_bar_is_made_live_only_by_whoever_says_so_and_that_is_kept():
    number = decided_bursts(4)
    draft = replace(DEFAULT, modes=BURST_LIVE)

    with pytest.raises(policies.BelowTheBar, match="4 of 4 decided cases were upheld, so that at least 51 % are right"):
        saved(draft, expected=number, despite_bar=())
    saved(draft, expected=number, despite_bar=("burst",))

    assert in_force().version.against_the_bar == {
        "burst": "4 of 4 decided cases were upheld, so that at least 51 % are right"
    }


def test_a_bar_that_is_lowered_counts_from_the_next_version_on():
    number = decided_bursts(4)

    with pytest.raises(policies.BelowTheBar):
        saved(replace(DEFAULT, modes=BURST_LIVE, live_from_percent=50), expected=number, despite_bar=())
    lowered = saved(replace(DEFAULT, live_from_percent=50), expected=number, despite_bar=())
    saved(replace(DEFAULT, modes=BURST_LIVE, live_from_percent=50), expected=lowered, key="p-3", despite_bar=())

    assert in_force().version.against_the_bar == {}


def test_nobody_is_asked_again_about_a_signal_that_is_live_already():
    first = saved(replace(DEFAULT, modes=BURST_LIVE))

    saved(replace(DEFAULT, modes=BURST_LIVE, hold_days=5), expected=first, key="p-2", despite_bar=())

    assert in_force().version.against_the_bar == {}


def test_of_a_signal_of_which_nothing_is_decided_nobody_knows_whether_it_clears_the_bar():
    a_bought_clip()

    [burst, *_] = scorecards.scorecard(now=MONDAY + DAY)

    assert (burst.precision, burst.clears_the_bar) == (None, None)


def test_a_preview_says_whom_a_policy_would_have_held_and_how_much_and_writes_nothing():
    a_policy(modes={})
    now = live(a_clip(), CALM + BOUGHT)
    live(a_clip(), CALM)
    policy = in_force()

    found = previews.policy_preview(
        draft=replace(policy.version.draft, modes=BURST_LIVE), peer_table_id=policy.version.peer_table_id, now=now + DAY
    )

    assert (found.looked_at, found.is_all) == (2, True)
    assert (found.held_now.clips, found.no_longer_held.clips) == (0, 0)
    assert (found.newly_held.clips, found.newly_held.creators) == (1, 1)
    assert found.newly_held.money_minor == {"USD": BOUGHT[-1] - CALM[-1]}
    assert Policy.objects.count() == 1


def test_a_preview_says_who_would_no_longer_be_held():
    _, now = a_bought_clip()
    policy = in_force()

    found = previews.policy_preview(
        draft=replace(policy.version.draft, modes={}), peer_table_id=policy.version.peer_table_id, now=now + DAY
    )

    assert (found.held_now.clips, found.held_then.clips, found.no_longer_held.clips) == (1, 0, 1)


def test_the_scorecard_counts_what_people_decided_and_says_how_sure_it_is():
    a_policy()
    clips = [a_clip() for _ in range(3)]
    for clip in clips:
        now = live(clip, CALM + BOUGHT)
    first, second, _ = RiskCase.objects.order_by("id")
    cases.release(case_id=first.id, staff_id=dot().id, note="Fine.", request_key="k-1", now=now)
    cases.decide_against(case_id=second.id, staff_id=dot().id, note="Bought.", request_key="k-2", now=now)
    cases.end_due(now=now + 7 * DAY)

    [burst, *others] = scorecards.scorecard(now=now + 7 * DAY)

    assert (burst.signal, burst.mode, burst.fired) == ("burst", "live", 3)
    assert (burst.upheld, burst.overturned, burst.undecided, burst.open) == (1, 1, 1, 0)
    assert (burst.precision, (burst.precision_low, burst.precision_high)) == (0.5, wilson(1, 2))
    assert all(other.precision is None for other in others)


def test_the_money_of_a_signal_is_what_its_cases_held_and_what_became_of_it():
    _, now = a_bought_clip()
    case_id = RiskCase.objects.get().id
    assert doubted.money_of_cases([case_id]) == [
        doubted.CaseMoney(currency="USD", held_minor=NET_OF_BOUGHT, released_minor=0, voided_minor=0)
    ]

    cases.release(case_id=case_id, staff_id=dot().id, note="Fine.", request_key="k-1", now=now)
    judged(at=now)

    [money] = doubted.money_of_cases([case_id])
    assert (money.held_minor, money.released_minor) == (NET_OF_BOUGHT, NET_OF_BOUGHT)


def test_fairness_tells_how_cases_and_appeals_ended():
    _, now = a_bought_clip()
    cases.end_due(now=now + 8 * DAY)

    found = scorecards.fairness(now=now + 8 * DAY)

    assert (found.cases, found.ended_by_themselves, found.voided, found.appeals) == (1, 1, 0, 0)
    assert found.days_held_median is not None


def test_where_nobody_decided_anything_nothing_is_live_and_what_earned_nothing_is_not_heard():
    policy = in_force()

    assert (policy.version.number, policy.modes.live) == (0, frozenset())
    assert frozenset(Signal) - policy.modes.heard == {
        Signal.ELASTIC_JOINT,
        Signal.ENG_TOTAL,
        Signal.EDGES,
        Signal.PACKAGE,
    }
