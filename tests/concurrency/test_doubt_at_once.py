"""Judging, holding, releasing, deciding and appealing at once, with real workers on real PostgreSQL."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from cliphaven.backoffice.queries import invariants
from cliphaven.earnings import operations as earnings
from cliphaven.earnings.models import EarningReversal, Hold
from cliphaven.earnings.operations import holding, suspecting
from cliphaven.foundation.errors import Refused
from cliphaven.fraud.models import Appeal, Assessment, CaseEvent, ClipRisk, RiskCase
from cliphaven.fraud.operations import appeals, assessing, cases
from tests.people import MONDAY, a_user, ben, dot, seen
from tests.rooms.earnings.earners import a_plain_campaign, money_of
from tests.rooms.fraud.doubts import BOUGHT, CALM, HOUR, NET_OF_BOUGHT, NET_OF_CALM, a_clip, a_policy, live

DAY = timedelta(days=1)
WORKERS = 4
NOW = MONDAY + (len(CALM) + len(BOUGHT)) * HOUR


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do them in threads that all begin together; answers what each returned, or the refusal that it met."""
    gate = threading.Barrier(len(works))
    answers: list[object] = [None] * len(works)

    def work(place: int) -> None:
        try:
            gate.wait(20)
            answers[place] = works[place]()
        except Refused as refused:
            answers[place] = refused
        except BaseException as error:  # raised again in the test's thread
            answers[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, Refused):
            raise answer
    return answers


def unjudged_clips(number: int) -> list[int]:
    """Clips with bought views, earned and not judged yet."""
    a_policy()
    campaign = a_plain_campaign(budget_minor=1_000_000)
    clips = [a_clip(campaign) for _ in range(number)]
    for hour, views in enumerate(CALM + BOUGHT, start=1):
        for clip in clips:
            seen(clip, views, at=MONDAY + hour * HOUR)
        earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY + hour * HOUR)
    return [clip.id for clip in clips]


def broken() -> list[str]:
    return [failure for check in invariants.ask(now=MONDAY) for failure in check.failures]


@pytest.fixture
def bought(committed):
    """The one case of one bought clip, whose doubted earnings are held."""
    a_policy()
    live(a_clip(), CALM + BOUGHT)
    return RiskCase.objects.get()


def test_two_who_judge_at_once_judge_each_clip_once(committed):
    clip_ids = unjudged_clips(6)

    judged = at_once(*[lambda: assessing.assess_all(now=NOW)] * WORKERS)

    assert sum(judged) == len(clip_ids)
    assert Assessment.objects.count() == RiskCase.objects.count() == ClipRisk.objects.count() == len(clip_ids)
    assert [event.deed for event in CaseEvent.objects.all()] == ["opened"] * len(clip_ids)


def test_two_who_hold_at_once_hold_each_entry_once(committed):
    clip_ids = unjudged_clips(3)
    assessing.assess_all(now=NOW)

    held = at_once(*[lambda: suspecting.hold_suspect(now=NOW)] * WORKERS)

    assert sum(held) == len(clip_ids) * len(BOUGHT) == Hold.objects.count()
    assert money_of() == {"clearing": 3 * NET_OF_CALM, "held": 3 * NET_OF_BOUGHT}
    assert broken() == []


def test_earning_holding_judging_and_releasing_at_once_lose_and_double_nothing(bought):
    clip = bought.clip
    for round_ in range(1, 4):
        now = NOW + round_ * HOUR
        seen(clip, BOUGHT[-1] + 10 * round_, at=now)
        at_once(
            lambda now=now: earnings.accrue_campaign(campaign_id=clip.campaign_id, now=now),
            lambda now=now: suspecting.hold_suspect(now=now),
            lambda now=now: assessing.assess_all(now=now),
            lambda now=now: holding.release_due(now=now + 7 * DAY - 2 * HOUR),
        )

    assert sum(money_of().values()) == NET_OF_CALM + NET_OF_BOUGHT + 3 * (10 - 1)
    assert Hold.objects.values("accrual").distinct().count() == Hold.objects.count()
    assert broken() == []


def test_a_case_is_decided_once_however_many_decide(bought):
    staff = [dot(), a_user("Fay", is_staff=True)]

    def decide(place: int) -> object:
        deed = cases.release if place % 2 else cases.decide_against
        deed(case_id=bought.id, staff_id=staff[place % 2].id, note="So.", request_key=f"k-{place}", now=NOW)
        return "done"

    answers = at_once(*[lambda place=place: decide(place) for place in range(WORKERS)])

    assert answers.count("done") == 1
    assert sum(isinstance(answer, cases.CaseIsOver) for answer in answers) == WORKERS - 1


def test_two_clicks_are_one_decision(bought):
    staff_id = dot().id

    def decide() -> object:
        cases.release(case_id=bought.id, staff_id=staff_id, note="So.", request_key="one click", now=NOW)
        return "done"

    assert at_once(*[decide] * WORKERS) == ["done"] * WORKERS
    assert CaseEvent.objects.filter(deed="released").count() == 1


def test_a_decision_while_money_is_held_leaves_nothing_held(bought):
    clip = bought.clip
    seen(clip, BOUGHT[-1] + 500, at=NOW + HOUR)

    at_once(
        lambda: earnings.accrue_campaign(campaign_id=clip.campaign_id, now=NOW + HOUR),
        lambda: cases.release(case_id=bought.id, staff_id=dot().id, note="Fine.", request_key="k", now=NOW + HOUR),
        lambda: suspecting.hold_suspect(now=NOW + HOUR),
        lambda: suspecting.settle_cases(now=NOW + HOUR),
    )
    suspecting.settle_cases(now=NOW + HOUR)
    suspecting.hold_suspect(now=NOW + HOUR)

    assert money_of() == {"clearing": NET_OF_CALM + NET_OF_BOUGHT + 500 - 50}
    assert broken() == []


def test_a_decision_is_carried_out_once_however_many_carry_it_out(bought):
    cases.decide_against(case_id=bought.id, staff_id=dot().id, note="Bought.", request_key="k", now=NOW)
    suspecting.settle_cases(now=NOW)
    later = NOW + 7 * DAY

    at_once(*[lambda: cases.end_due(now=later)] * WORKERS)
    at_once(*[lambda: suspecting.settle_cases(now=later)] * WORKERS)

    assert EarningReversal.objects.count() == len(BOUGHT)
    assert money_of() == {"clearing": NET_OF_CALM}
    assert list(CaseEvent.objects.order_by("id").values_list("deed", flat=True)) == [
        "opened",
        "decided_against",
        "settled",
        "voided",
        "settled",
    ]
    assert broken() == []


def test_an_appeal_comes_once_and_is_answered_once(bought):
    creator_id = ben().id

    def appealed(key: str) -> object:
        return appeals.appeal(case_id=bought.id, creator_id=creator_id, text="No.", request_key=key, now=NOW)

    answers = at_once(*[lambda key=f"a-{place}": appealed(key) for place in range(WORKERS)])
    assert Appeal.objects.count() == 1
    assert sum(isinstance(answer, appeals.AppealRefused) for answer in answers) == WORKERS - 1

    [one] = Appeal.objects.all()
    fay = a_user("Fay", is_staff=True)

    def answered(is_granted: bool, key: str) -> object:
        appeals.decide_appeal(
            appeal_id=one.id, is_granted=is_granted, staff_id=fay.id, note="So.", request_key=key, now=NOW
        )
        return "done"

    answers = at_once(
        lambda: answered(True, "d-1"), lambda: answered(False, "d-2"), lambda: appeals.grant_overdue(now=one.due_at)
    )
    assert sum(answer in ("done", 1) for answer in answers) == 1
    assert Appeal.objects.exclude(outcome="").count() == 1
    assert broken() == []


def test_an_appeal_in_the_moment_in_which_a_decision_becomes_final_is_one_or_the_other(bought):
    cases.decide_against(case_id=bought.id, staff_id=dot().id, note="Bought.", request_key="k", now=NOW)
    suspecting.settle_cases(now=NOW)
    voids_at = RiskCase.objects.get().voids_at

    appealed, ended = at_once(
        lambda: appeals.appeal(
            case_id=bought.id, creator_id=ben().id, text="No.", request_key="a", now=voids_at - HOUR
        ),
        lambda: cases.end_due(now=voids_at),
    )

    state = RiskCase.objects.get().state
    assert (state, isinstance(appealed, Refused), ended) in (("voiding", False, 0), ("voided", True, 1))
