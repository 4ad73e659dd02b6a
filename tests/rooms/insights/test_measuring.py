"""Nothing is told of anybody who did not say yes, or after they said no, and never more than the catalogue names."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from cliphaven.campaigns.models import Deposit
from cliphaven.clips.models import Clip
from cliphaven.identity.models import User
from cliphaven.insights import queries, rules
from cliphaven.insights.models import Answer
from cliphaven.insights.operations import answering, erasing, telling
from cliphaven.insights.rules import Happening, NotInCatalogue, Through, checked
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, an_approved_clip, ben
from tests.security.visitors import client_of
from tests.world import SandboxWorld

PAGE = "/account/measuring/"
CANARY = "CANARY-7c1e"
LATER = MONDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def on(world: SandboxWorld, settings: Any) -> None:
    """An installation that has product analytics."""
    settings.POSTHOG = {**settings.POSTHOG, "key": "phc_test", "project_id": "1", "personal_key": "phx_test"}


def bens_clip(*, submitted_at: Any = MONDAY + timedelta(minutes=10)) -> Clip:
    """A clip of Ben's in whose row stands whatever must never be told."""
    clip = an_approved_clip(a_campaign(title=f"Shoes {CANARY}"))
    Clip.objects.filter(id=clip.id).update(
        submitted_at=submitted_at, caption=CANARY, canonical_url=f"https://www.tiktok.com/@{CANARY}/video/1"
    )
    User.objects.filter(id=ben().id).update(name=CANARY)
    return clip


def says_yes(user: User | None = None) -> Answer:
    answering.say(user_id=(user or ben()).id, is_yes=True, through=Through.ACCOUNT, browser_says_no=False, now=MONDAY)
    return Answer.objects.latest("id")


def says_no(user: User | None = None) -> None:
    answering.say(user_id=(user or ben()).id, is_yes=False, through=Through.ACCOUNT, browser_says_no=False, now=LATER)


def told(world: SandboxWorld, answer: Answer | None = None) -> list[dict[str, Any]]:
    found = world.http.get("/posthog/captured").json()["results"]
    known = [str(one) for one in Answer.objects.exclude(subject=None).values_list("subject", flat=True)]
    return [one for one in found if one["distinct_id"] in ([str(answer.subject)] if answer else known)]


pytestmark = pytest.mark.usefixtures("committed")


def test_nothing_is_told_of_anybody_who_did_not_say_yes(world: SandboxWorld) -> None:
    bens_clip()
    before = len(world.http.get("/posthog/captured").json()["results"])

    assert telling.tell(now=LATER) == 0
    says_no()
    assert telling.tell(now=LATER) == 0
    assert len(world.http.get("/posthog/captured").json()["results"]) == before


def test_of_who_said_yes_exactly_the_catalogues_fields_are_told(world: SandboxWorld) -> None:
    clip = bens_clip()
    answer = says_yes()
    count = telling.tell(now=LATER)
    [event] = told(world, answer)

    assert count == 1
    assert {name: event[name] for name in ("event", "distinct_id", "properties")} == {
        "event": "clip_submitted",
        "distinct_id": str(answer.subject),
        "properties": {"clip": clip.id, "campaign": clip.campaign_id, "platform": "tiktok", "$geoip_disable": True},
    }
    assert set(event) == {"event", "distinct_id", "properties", "timestamp", "uuid"}
    assert event["timestamp"].startswith("2026-11-02T06:10:00")


def test_names_texts_addresses_and_amounts_are_in_no_payload(world: SandboxWorld) -> None:
    bens_clip()
    ada = a_user("Ada")
    Clip.objects.update(decided_by=ada, decided_at=MONDAY + timedelta(minutes=20))
    Deposit.objects.create(
        organisation=adas_organisation(),
        started_by=ada,
        amount_minor=987_654_321,
        currency="USD",
        started_at=MONDAY + timedelta(minutes=30),
        checkout_session_id=f"cs_{CANARY}",
    )
    answers = [says_yes(), says_yes(ada)]
    telling.tell(now=LATER)
    payload = json.dumps([told(world, answer) for answer in answers])

    assert sorted(one["event"] for one in told(world)) == ["clip_decided", "clip_submitted", "deposit_started"]
    forbidden = (CANARY, "987654321", "@", "example.test", "http", "USD", settings.SECRET_KEY, "Ada", "phc_test")
    assert [word for word in forbidden if word in payload] == []


def test_what_was_done_before_the_yes_is_never_told(world: SandboxWorld) -> None:
    bens_clip(submitted_at=MONDAY - timedelta(minutes=1))
    answer = says_yes()
    telling.tell(now=LATER)

    assert told(world, answer) == []


def test_after_a_no_nothing_is_told_and_what_was_told_is_deleted(world: SandboxWorld) -> None:
    bens_clip()
    answer = says_yes()
    telling.tell(now=LATER)
    before = len(told(world, answer))
    says_no()
    Clip.objects.update(submitted_at=LATER + timedelta(minutes=1))
    telling.tell(now=LATER + timedelta(hours=1))
    after = len(told(world, answer))
    too_soon = erasing.erase(now=LATER + timedelta(minutes=1))
    erased = erasing.erase(now=LATER + timedelta(minutes=3))

    assert (before, after, too_soon, erased, told(world, answer)) == (1, 1, 0, 1, [])
    assert {"distinct_id": str(answer.subject)} in world.http.get("/posthog/erased").json()["results"]
    assert erasing.erase(now=LATER + timedelta(hours=1)) == 0


def test_a_no_between_two_happenings_counts_for_the_second(
    world: SandboxWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    bens_clip()
    an_approved_clip(Clip.objects.get().campaign)
    Clip.objects.update(submitted_at=MONDAY + timedelta(minutes=10))
    answer = says_yes()
    asked = queries.still_counts

    def and_then_he_says_no(*, answer_id: int) -> bool:
        counts = asked(answer_id=answer_id)
        says_no()
        return counts

    monkeypatch.setattr(queries, "still_counts", and_then_he_says_no)
    telling.tell(now=LATER)

    assert len(told(world, answer)) == 1


def test_another_yes_is_another_subject(world: SandboxWorld) -> None:
    first = says_yes()
    says_no()
    second = says_yes()

    assert first.subject != second.subject
    assert Answer.objects.filter(is_yes=True, ended_at=None).count() == 1


def test_told_twice_is_told_once(world: SandboxWorld) -> None:
    bens_clip()
    answer = says_yes()
    telling.tell(now=LATER)
    Answer.objects.update(sent_until=MONDAY)
    telling.tell(now=LATER)

    assert len(told(world, answer)) == 1


@pytest.mark.parametrize("kind", ["error_500", "drop_after_effect", "rate_limit_429"])
def test_while_posthog_fails_nobody_notices_and_nothing_is_lost(world: SandboxWorld, kind: str) -> None:
    bens_clip()
    answer = says_yes()
    world.fault("posthog", kind, times=1)
    failed = telling.tell(now=LATER)
    pages = [client_of("creator").get(path).status_code for path in (PAGE, "/creator/")]
    told_then = telling.tell(now=LATER + timedelta(minutes=5))

    assert (failed, pages, told_then, len(told(world, answer))) == (0, [200, 200], 1, 1)


def test_a_deletion_that_was_not_heard_is_asked_for_again(world: SandboxWorld) -> None:
    says_yes()
    says_no()
    world.fault("posthog", "error_500", times=1)

    assert [erasing.erase(now=LATER + timedelta(minutes=minutes)) for minutes in (3, 13)] == [0, 1]


def test_a_browser_that_says_no_ends_a_yes_and_is_not_asked(world: SandboxWorld) -> None:
    for header in ("Sec-GPC", "DNT"):
        says_yes()
        browser = client_of("creator")
        page = browser.get("/creator/", headers={header: "1"}).content.decode()

        assert not queries.is_measured(user_id=ben().id)
        assert "May we count" not in page
        refused = browser.post(PAGE, {"says": "yes", "through": "account"}, headers={header: "1"}, follow=True)
        assert "Your browser asks" in refused.content.decode()
        assert not queries.is_measured(user_id=ben().id)
    assert Answer.objects.filter(ended_through="browser").count() == 2


def test_people_are_asked_once_and_answer_where_they_are(world: SandboxWorld) -> None:
    browser = client_of("creator")
    page = browser.get("/creator/payouts/").content.decode()
    answer = browser.post(PAGE, {"says": "no", "through": "banner", "next": "/creator/payouts/"})
    again = browser.get("/creator/payouts/").content.decode()

    assert ("May we count" in page, "May we count" in again) == (True, False)
    assert (answer.status_code, answer["Location"]) == (302, "/creator/payouts/")
    assert browser.post(PAGE, {"says": "no", "through": "banner", "next": "//evil.example"})["Location"] == PAGE
    assert "May we count" not in Client().get("/campaigns/").content.decode()


def test_a_yes_and_a_no_by_page_and_by_program(world: SandboxWorld) -> None:
    browser = client_of("creator")
    browser.post(PAGE, {"says": "yes", "through": "account"})
    by_page = queries.is_measured(user_id=ben().id)
    said = browser.post("/api/v1/me/measuring", {"yes": False}, content_type="application/json").json()

    assert (by_page, said) == (True, {"is_on": True, "is_measured": False})
    assert browser.post("/api/v1/me/measuring", {"yes": 1}, content_type="application/json").status_code in (400, 422)


def test_without_a_key_nothing_is_asked_told_or_taken(world: SandboxWorld, settings: Any) -> None:
    bens_clip()
    answer = says_yes()
    settings.POSTHOG = {**settings.POSTHOG, "key": ""}
    browser = client_of("creator")

    assert (telling.tell(now=LATER), told(world, answer)) == (0, [])
    assert "Product analytics" not in browser.get("/account/").content.decode()
    says_no()
    with pytest.raises(answering.NothingIsMeasured):
        says_yes()


def test_no_page_has_a_place_for_a_third_party(world: SandboxWorld) -> None:
    answer = client_of("creator").get(PAGE)

    assert "posthog" not in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "posthog.com" not in answer.content.decode()


def a_happening(name: str, **properties: int | str) -> Happening:
    return Happening(name=name, number=1, properties=properties, happened_at=MONDAY)


@pytest.mark.parametrize(
    "happening",
    [
        a_happening("page_viewed", path="/"),
        a_happening("deposit_started", deposit=1, amount=100),
        a_happening("deposit_started"),
        a_happening("deposit_started", deposit="1"),
        a_happening("deposit_started", deposit=True),
        a_happening("deposit_started", deposit=0),
        a_happening("channel_proved", channel=1, platform="ben@example.test"),
    ],
)
def test_what_the_catalogue_does_not_name_never_leaves(happening: Happening) -> None:
    with pytest.raises(NotInCatalogue):
        checked(happening)


def test_the_document_names_the_same_happenings_and_fields() -> None:
    document = (Path(__file__).parents[3] / "docs" / "analytics.md").read_text()

    for name, properties in rules.CATALOGUE.items():
        assert f"| `{name}` | {', '.join(f'`{one}`' for one in properties)} |" in document
