"""What people decide about a case, and what then becomes of its money."""

from datetime import timedelta

import pytest

from cliphaven.earnings.models import EarningReversal, Hold
from cliphaven.earnings.operations import holding, suspecting
from cliphaven.fraud.models import CaseEvent, RiskCase
from cliphaven.fraud.operations import cases
from cliphaven.notifications.models import Message
from tests.people import ben, dot
from tests.rooms.earnings import earners
from tests.rooms.earnings.earners import a_plain_campaign, budget_of, cleared, money_of, reserved
from tests.rooms.fraud.doubts import (
    BOUGHT,
    CALM,
    HOUR,
    NET_OF_BOUGHT,
    NET_OF_CALM,
    a_bought_clip,
    a_clip,
    a_policy,
    broken,
    judged,
    live,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ALL = NET_OF_CALM + NET_OF_BOUGHT


def decided(deed, *, now, key="k-1", note="I looked at it.", **more):
    deed(case_id=RiskCase.objects.get().id, staff_id=dot().id, note=note, request_key=key, now=now, **more)


def case() -> RiskCase:
    return RiskCase.objects.order_by("-id")[0]


def deeds() -> list[str]:
    return list(CaseEvent.objects.order_by("id").values_list("deed", flat=True))


def test_what_a_person_releases_goes_back_at_the_next_tick_and_the_creator_reads_why():
    _, now = a_bought_clip()
    decided(cases.release, now=now, note="An advertisement, and paid openly.")

    suspecting.settle_cases(now=now)

    assert money_of() == {"clearing": ALL}
    assert (case().state, case().settled_at) == ("released", now)
    assert deeds() == ["opened", "released", "settled"]
    message = Message.objects.get(user=ben(), key__startswith="release:")
    assert "An advertisement, and paid openly." in message.text
    assert broken() == []


def test_what_was_released_is_never_held_again_for_the_same_doubt():
    clip, now = a_bought_clip()
    decided(cases.release, now=now)
    judged(at=now)

    later = live(clip, (5_060, 5_070, 5_080), begins_at=now)

    assert money_of() == {"clearing": ALL + 3 * 10 - 3 * 1}
    assert RiskCase.objects.count() == 1
    judged(at=later + DAY)
    assert not Hold.objects.filter(ended_at=None).exists()


def test_a_new_burst_after_a_release_is_a_new_case_about_what_came_since():
    clip, now = a_bought_clip()
    decided(cases.release, now=now)
    judged(at=now)

    calm = tuple(5_050 + 100 * hour for hour in range(1, 11))
    now = live(clip, (*calm, 12_050, 12_060, 12_070, 12_080, 12_090), begins_at=now)

    assert [one.state for one in RiskCase.objects.order_by("id")] == ["released", "open"]
    assert case().onset_views == calm[-1]
    assert money_of()["held"] == (12_090 - 6_050) - (12_090 - 6_050) // 10
    assert broken() == []


def test_a_decision_against_a_clip_takes_nothing_before_its_creator_could_appeal():
    _, now = a_bought_clip()
    decided(cases.decide_against, now=now)
    suspecting.settle_cases(now=now)
    almost = now + 7 * DAY - HOUR

    for at in (now + 5 * DAY, almost):
        cases.end_due(now=at)
        judged(at=at)
        holding.release_due(now=at)

    assert case().state == "voiding"
    assert money_of()["held"] == NET_OF_BOUGHT
    message = Message.objects.get(user=ben(), key=f"decided_against:{case().id}")
    assert "Until then you can appeal" in message.text
    assert broken() == []


def test_then_exactly_what_came_since_the_onset_is_voided_and_the_campaign_has_it_back():
    clip, now = a_bought_clip()
    before = budget_of(clip.campaign)
    decided(cases.decide_against, now=now)
    judged(at=now)

    cases.end_due(now=now + 7 * DAY)
    judged(at=now + 7 * DAY)

    assert (case().state, case().settled_at) == ("voided", now + 7 * DAY)
    assert money_of() == {"clearing": NET_OF_CALM}
    assert budget_of(clip.campaign) == before + BOUGHT[-1] - CALM[-1]
    assert deeds() == ["opened", "decided_against", "settled", "voided", "settled"]
    assert broken() == []


def test_what_came_after_the_decision_is_not_voided_by_it():
    clip, now = a_bought_clip()
    decided(cases.decide_against, now=now)
    now = live(clip, (5_060,), begins_at=now)

    cases.end_due(now=now + 7 * DAY)
    suspecting.settle_cases(now=now + 7 * DAY)

    assert EarningReversal.objects.count() == len(BOUGHT)
    assert money_of() == {"clearing": NET_OF_CALM, "held": 10 - 1}


def test_of_what_was_paid_no_more_is_taken_back_than_the_policy_lets():
    a_policy(modes={})
    clip = a_clip(a_plain_campaign(hold_days=1))
    paid_at = live(clip, CALM + BOUGHT) + 2 * DAY
    cleared(at=paid_at)
    assert reserved(at=paid_at) == ALL
    a_policy(clawback_max_minor={"USD": 50})
    now = live(clip, (5_060, 5_070), begins_at=paid_at)

    decided(cases.decide_against, now=now)
    cases.end_due(now=now + 7 * DAY)
    suspecting.settle_cases(now=now + 7 * DAY)

    taken = EarningReversal.objects.order_by("id").values_list("kind", "net_minor")
    # The newest first: ten views cost nine cents each time, and the four thousand do not fit.
    assert list(taken) == [*[("void", 10 - 1)] * 2, *[("clawback", 10 - 1)] * 5]
    assert earners.broken() == {}


def test_an_extended_case_holds_its_money_longer_and_tells_the_creator():
    _, now = a_bought_clip()
    hold = Hold.objects.order_by("id")[0]
    decided(cases.extend, now=now, days=5, note="We wait for the platform.")
    suspecting.settle_cases(now=now)

    holding.release_due(now=hold.releases_at + DAY)

    assert money_of()["held"] == NET_OF_BOUGHT
    assert Hold.objects.get(id=hold.id).releases_at == hold.placed_at + 12 * DAY
    message = Message.objects.get(user=ben(), key__startswith="case_extended:")
    assert "We wait for the platform." in message.text
    assert broken() == []


def test_a_case_is_extended_by_thirty_days_at_most():
    _, now = a_bought_clip()
    decided(cases.extend, now=now, days=30)

    with pytest.raises(cases.CaseRefused):
        decided(cases.extend, now=now, days=1, key="k-2")


def test_one_request_is_carried_out_once_and_a_decided_case_is_decided():
    _, now = a_bought_clip()
    decided(cases.release, now=now)
    decided(cases.release, now=now)

    assert deeds() == ["opened", "released"]
    with pytest.raises(cases.CaseIsOver):
        decided(cases.decide_against, now=now, key="k-2")
    with pytest.raises(cases.KeyUsedBefore):
        decided(cases.decide_against, now=now)


@pytest.mark.parametrize("note", ["", "   ", "x" * 2_001])
def test_nothing_is_decided_without_a_reason(note):
    _, now = a_bought_clip()

    with pytest.raises(cases.CaseRefused):
        decided(cases.release, now=now, note=note)


def test_only_staff_decides():
    _, now = a_bought_clip()

    with pytest.raises(cases.NotStaff):
        cases.release(case_id=case().id, staff_id=ben().id, note="Mine.", request_key="k", now=now)


def test_a_case_of_a_shadow_is_decided_for_learning_and_moves_no_money():
    a_policy(modes={})
    now = live(a_clip(), CALM + BOUGHT)

    decided(cases.decide_against, now=now)
    judged(at=now)

    assert (case().state, case().effect) == ("voided", "shadow")
    assert money_of() == {"clearing": ALL}


def test_a_case_that_nobody_decides_ends_by_itself_and_holds_nothing_more():
    clip, now = a_bought_clip()
    week_later = case().opened_at + 7 * DAY

    assert cases.end_due(now=week_later - HOUR) == 0
    assert cases.end_due(now=week_later) == 1
    now = live(clip, (5_060, 5_070), begins_at=week_later)
    holding.release_due(now=now)

    assert (case().state, case().decided_by) == ("expired", "")
    assert deeds() == ["opened", "expired"]
    assert money_of() == {"clearing": ALL + 2 * 10 - 2 * 1}
    assert broken() == []


def test_asking_for_analytics_tells_the_creator_what_to_show():
    _, now = a_bought_clip()
    decided(cases.ask_for_analytics, now=now, note="Where did these views come from?")

    message = Message.objects.get(user=ben(), key__startswith="analytics_asked:")
    assert "Where did these views come from?" in message.text
    assert case().state == "open"
