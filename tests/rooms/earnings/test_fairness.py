"""How fair the house is, for everybody: figures say how many they are of, and "not measured" where that is none."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.earnings.operations import figures, holding
from cliphaven.earnings.queries import fairness
from cliphaven.fraud.models import RiskCase
from cliphaven.fraud.operations import appeals, cases
from cliphaven.fraud.queries import scorecards
from tests.people import MONDAY, a_user, ben
from tests.rooms.earnings.test_purges import BACK_AT, STEPS, a_clip_of, followed, purged
from tests.rooms.fraud.doubts import NET_OF_BOUGHT, NET_OF_CALM, a_bought_clip, a_clip, judged, live

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clock(tmp_path, settings):
    file = tmp_path / "clock.json"
    settings.CLOCK_FILE = str(file)

    def at(moment):
        file.write_text(json.dumps({"virtual": moment.isoformat(), "wall": 0, "speed": 0}))

    at(MONDAY)
    return at


def told() -> dict[str, object]:
    return Client().get(reverse("api:api_fairness")).json()


def shown() -> str:
    return " ".join(Client().get(reverse("fairness")).content.decode().split())


def test_where_nothing_was_measured_nothing_is_said_to_be_0(clock):
    page = shown()

    assert ">0%<" not in page
    assert "no clip earned in this time" in page
    assert "no hold has ended yet" in page
    assert told()["days_held_median"] is None


def test_the_share_of_clips_and_money_held_is_of_what_was_earned(clock):
    _, now = a_bought_clip()
    live(a_clip(), (100, 200))
    clock(now)

    [money] = told()["money"]
    assert (told()["clips_held"], told()["clips_earning"]) == (1, 2)
    assert money["held"]["amount"] == NET_OF_BOUGHT
    assert money["earned"]["amount"] == NET_OF_CALM + NET_OF_BOUGHT + 180
    assert "50%" in shown()


def test_what_came_back_and_how_long_it_took_are_of_the_holds_that_ended(clock):
    _, now = a_bought_clip()
    holding.release_due(now=now + 7 * DAY)
    cases.end_due(now=now + 7 * DAY)

    found = fairness.fairness(now=now + 8 * DAY)
    assert found.money[0].released_minor == NET_OF_BOUGHT
    # Six entries, an hour apart, came back seven days after the last: 7 days and 2.5 hours in the middle.
    assert (found.days_held_median, found.cases.ended_by_themselves, found.by_the_clock) == (7.1, 1, 1)


def test_appeals_that_the_clock_decided_are_counted_for_creators(clock):
    _, now = a_bought_clip()
    appeals.appeal(case_id=RiskCase.objects.get().id, creator_id=ben().id, text="No.", request_key="a", now=now)
    appeals.grant_overdue(now=now + 3 * DAY)

    found = fairness.fairness(now=now + 4 * DAY)
    assert (found.appeals_for_creators, found.appeals_decided, found.by_the_clock) == (1, 1, 1)


def test_a_live_signal_shows_its_precision_with_an_interval_and_how_many_cases_it_is_of(clock):
    _, now = a_bought_clip()
    clock(now)
    assert told()["signals"][0] | {"precision": None, "decided": 0} == told()["signals"][0]
    assert "Not measured" in shown() or "not measured" in shown()

    cases.release(
        case_id=RiskCase.objects.get().id,
        staff_id=a_user("Fay", is_staff=True).id,
        note="A newspaper.",
        request_key="r",
        now=now,
    )
    judged(at=now)

    [signal] = told()["signals"]
    assert (signal["signal"], signal["decided"], signal["upheld"], signal["precision"]) == ("burst", 1, 0, 0.0)
    assert signal["precision_high"] > 0.5
    assert "95 % interval" in shown()


def test_what_the_platform_took_back_itself_is_counted_apart_and_says_nothing_of_signals(clock):
    purged(a_clip_of(*STEPS), 7_000)
    followed(at=BACK_AT)

    found = fairness.fairness(now=BACK_AT)
    assert (found.cases.cases, found.cases_of_purges) == (1, 1)
    assert [score.fired for score in scorecards.scorecard(now=BACK_AT) if score.fired] == []


def test_everybody_finds_it_in_the_foot_of_every_page(clock):
    assert f'href="{reverse("fairness")}"' in Client().get(reverse("public_campaigns")).content.decode()


def test_what_was_kept_is_told_as_it_was_until_it_is_worked_out_again(clock):
    _, now = a_bought_clip()
    clock(now)
    before = told()
    figures.keep_fairness(now=now)
    live(a_clip(), (100, 200))
    clock(now + DAY)

    assert told() == before
    assert (before["clips_held"], before["clips_earning"]) == (1, 1)
    assert shown().count("1 of 1 clips") == 1

    figures.keep_fairness(now=now + DAY)

    assert told()["clips_earning"] == 2


def test_kept_figures_are_read_as_they_were_worked_out():
    _, now = a_bought_clip()
    figures.keep_fairness(now=now)

    assert fairness.latest(now=now + DAY) == fairness.fairness(now=now)
