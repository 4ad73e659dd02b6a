"""Lists of cases that are over: what was worth most of anybody's time first, page by page, each case once."""

import pytest

from cliphaven.backoffice.queries import risk_queue
from cliphaven.fraud.models import RiskCase
from cliphaven.fraud.operations import cases
from cliphaven.fraud.queries import case_files
from tests.people import dot
from tests.rooms.earnings.earners import a_plain_campaign
from tests.rooms.fraud.doubts import BOUGHT, CALM, a_clip, a_policy, live

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended() -> list[int]:
    """Three cases that were released, in order of score times what was at stake."""
    a_policy()
    campaign = a_plain_campaign()
    for more in (0, 2_000, 0):
        now = live(a_clip(campaign), (*CALM, *(views + more for views in BOUGHT)))
    for case in RiskCase.objects.all():
        cases.release(case_id=case.id, staff_id=dot().id, note="Fine.", request_key=f"k-{case.id}", now=now)
    found = RiskCase.objects.all()
    assert all(case.score_milli == case.because.score_milli > 0 for case in found)
    worth = {case.id: case.score_milli * case.at_stake_minor for case in found}
    assert len(worth) == 3
    return sorted(worth, key=lambda case_id: (-worth[case_id], case_id))


@pytest.mark.parametrize("sort", ["worth", "held", "score", "ends", "newest", "oldest"])
def test_the_staff_s_list_goes_on_behind_its_last_case_and_shows_none_twice(ended, sort):
    asked, place, seen = risk_queue.Asked(state="over", sort=sort), "", []
    for _ in ended:
        page = risk_queue.risk_queue(asked=asked, after=place, at_most=1)
        seen += [case.case_id for case in page.cases]
        place = page.next_after

    assert (sorted(seen), place) == (sorted(ended), "")
    assert sort != "worth" or seen == ended


def test_the_list_of_the_api_goes_on_too(ended, monkeypatch):
    monkeypatch.setattr(case_files, "CASES_SHOWN", 2)
    first = case_files.queue(under_way=False)
    second = case_files.queue(under_way=False, after=first.next_after)

    assert [line.case_id for line in (*first.cases, *second.cases)] == ended
    assert (len(first.cases), second.next_after) == (2, "")
