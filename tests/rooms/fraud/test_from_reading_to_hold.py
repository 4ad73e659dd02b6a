"""The way of a doubt: readings, a judgement, a case, a hold of what came since, and its end by itself."""

from datetime import timedelta

import pytest

from cliphaven.earnings.models import Accrual, Hold
from cliphaven.earnings.operations import holding
from cliphaven.fraud.models import Assessment, CaseEvent, ClipRisk, RiskCase
from cliphaven.fraud.operations import assessing
from cliphaven.notifications.models import Message
from tests.people import MONDAY, ben, seen
from tests.rooms.earnings.earners import money_of
from tests.rooms.fraud.doubts import (
    BOUGHT,
    CALM,
    HOUR,
    NET_OF_BOUGHT,
    NET_OF_CALM,
    ONSET_AT,
    a_bought_clip,
    a_clip,
    a_policy,
    broken,
    judged,
    live,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_exactly_what_came_since_the_onset_is_held():
    a_bought_clip()

    assert money_of() == {"clearing": NET_OF_CALM, "held": NET_OF_BOUGHT}
    assert broken() == []


def test_what_a_clip_in_doubt_earns_next_is_held_in_the_transaction_that_earns_it():
    clip, now = a_bought_clip()
    before = Hold.objects.count()

    live(clip, (5_060,), begins_at=now)

    newest = Accrual.objects.order_by("-id")[0]
    assert Hold.objects.count() == before + 1
    assert (newest.stage, newest.holds.get().placed_at) == ("held", newest.accrued_at)


def test_the_case_says_since_when_why_and_how_much_is_at_stake():
    clip, _ = a_bought_clip()

    case = RiskCase.objects.get()
    assert (case.clip_id, case.state, case.effect) == (clip.id, "open", "hold")
    assert case.onset_views == CALM[-1]
    [reason] = case.because.reasons
    assert reason["signal"] == "burst"
    assert reason["since_at"] == ONSET_AT.isoformat()
    assert "4,000 views came in" in reason["sentence"]
    assert case.at_stake_minor >= BOUGHT[0] - CALM[-1]
    assert [event.deed for event in CaseEvent.objects.all()] == ["opened"]


def test_the_creator_reads_why_until_when_and_how_to_appeal():
    a_bought_clip()

    message = Message.objects.get(user=ben(), key__startswith="hold:")
    assert "4,000 views came in" in message.text
    assert "appeal on the page of the clip" in message.text
    assert "within 72 hours" in message.text


def test_each_hold_ends_by_itself_after_seven_days_and_is_not_placed_again():
    _, now = a_bought_clip()
    later = now + 7 * DAY

    holding.release_due(now=later)
    judged(at=later)

    assert money_of() == {"clearing": NET_OF_CALM + NET_OF_BOUGHT}
    assert broken() == []


def test_in_shadow_a_signal_opens_a_case_and_holds_nothing():
    a_policy(modes={})
    clip = a_clip()
    live(clip, CALM + BOUGHT)

    case = RiskCase.objects.get()
    assert (case.effect, case.because.value_milli) == ("shadow", 0)
    assert case.because.shadow_milli >= 1_500
    assert money_of() == {"clearing": NET_OF_CALM + NET_OF_BOUGHT}


def test_a_signal_that_is_off_is_not_heard():
    a_policy(modes={"burst": "off"})
    live(a_clip(), CALM + BOUGHT)

    assert not RiskCase.objects.exists()
    assert ClipRisk.objects.get().shadow_milli == 0


def test_one_of_the_sample_has_a_case_and_is_never_held():
    a_policy(bypass_basis_points=2_000)
    clips = [a_clip() for _ in range(12)]
    for clip in clips:
        live(clip, CALM + BOUGHT)

    effects = dict(RiskCase.objects.values_list("clip_id", "effect"))
    bypassed = set(ClipRisk.objects.filter(is_bypassed=True).values_list("clip_id", flat=True))
    assert {clip.id: "bypass" if clip.id in bypassed else "hold" for clip in clips} == effects
    assert not Hold.objects.filter(accrual__clip_id__in=bypassed).exists()


def test_judging_again_without_a_new_reading_writes_nothing():
    _, now = a_bought_clip()
    before = (Assessment.objects.count(), CaseEvent.objects.count(), Hold.objects.count())

    judged(at=now + HOUR)

    assert (Assessment.objects.count(), CaseEvent.objects.count(), Hold.objects.count()) == before


def test_a_calm_clip_leaves_no_assessment():
    a_policy()
    live(a_clip(), CALM)

    assert not Assessment.objects.exists()
    assert ClipRisk.objects.get().band == "pass"


def test_the_same_readings_are_the_same_judgement_whoever_asks():
    a_bought_clip()
    first = Assessment.objects.order_by("id")[0]
    second = RiskCase.objects.get().because

    assert first.input_digest == second.input_digest
    assert first.calibration_id == second.calibration_id


def test_each_minute_looks_at_what_was_read_lately_and_each_hour_at_what_was_left():
    clip = a_clip()
    seen(clip, 100, at=MONDAY)
    late = MONDAY + assessing.LATELY + timedelta(minutes=1)

    assert assessing.assess_lately_read(now=late) == 0
    assert assessing.assess_all(now=late) == 1
    seen(clip, 120, at=late)
    assert assessing.assess_lately_read(now=late) == 1
    assert assessing.assess_all(now=late) == 0
