"""What the API tells of doubt, and what people do through it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cliphaven.earnings.operations import suspecting
from cliphaven.foundation import clock
from cliphaven.fraud.models import Appeal, RiskCase
from cliphaven.fraud.operations import cases
from tests.people import a_user, ben, dot, mallory
from tests.rooms.earnings.earners import money_of
from tests.rooms.fraud.doubts import NET_OF_BOUGHT, NET_OF_CALM, a_bought_clip

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture
def bought(tmp_path, settings):
    """A clip with a case, on a clock that stands still at its last reading."""
    clip, now = a_bought_clip()
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"virtual": now.isoformat(), "wall": 0, "speed": 0}))
    settings.CLOCK_FILE = str(file)
    return clip


def client(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


def asked(user, name: str, **numbers: int):
    answer = client(user).get(reverse(f"api:{name}", kwargs=numbers))
    assert answer.status_code == 200, answer.content
    return answer.json()


def sent(user, name: str, body: dict[str, object], *, key: str = "a-key-of-a-test", **numbers: int):
    return client(user).post(
        reverse(f"api:{name}", kwargs=numbers),
        data=json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


def test_the_queue_and_the_case_say_why_since_when_and_what_is_at_stake(bought):
    [line] = asked(dot(), "api_risk_cases")["cases"]
    case = asked(dot(), "api_risk_case", case_id=line["case"])

    assert (line["clip"], line["state"], line["effect"]) == (bought.id, "open", "hold")
    assert line["at_stake"]["currency"] == "USD"
    assert "4,000 views came in" in line["reasons"][0]["sentence"]
    assert (case["onset_views"], case["onset_at"]) == (1_000, "2026-11-02T16:00:00Z")
    assert len(case["input_digest"]) == 64
    assert [event["deed"] for event in case["events"]] == ["opened"]


def test_staff_releases_a_case_once_and_the_money_follows(bought):
    [case_id] = RiskCase.objects.values_list("id", flat=True)
    body = {"note": "All is well."}

    released = {"case": case_id, "state": "released"}
    assert sent(dot(), "api_risk_release", body, case_id=case_id).json() == released
    assert sent(dot(), "api_risk_release", body, case_id=case_id).json() == released
    again = sent(dot(), "api_risk_against", body, key="another-key", case_id=case_id)
    suspecting.settle_cases(now=clock.now())

    assert (again.status_code, again.json()["code"]) == (409, "case_is_over")
    assert money_of() == {"clearing": NET_OF_CALM + NET_OF_BOUGHT}


def test_a_creator_reads_why_and_appeals_with_a_picture(bought):
    [doubt] = asked(ben(), "api_doubts", clip_id=bought.id)["doubts"]
    assert doubt["can_appeal"]
    assert "4,000 views came in" in doubt["sentences"][0]

    answer = client(ben()).post(
        reverse("api:api_appeal", kwargs={"case_id": doubt["case"]}),
        data={"text": "A newspaper wrote about it.", "file": SimpleUploadedFile("a.png", PNG)},
        headers={"Idempotency-Key": "appeal-1"},
    )

    assert answer.status_code == 200, answer.content
    [appeal] = asked(dot(), "api_appeals")["appeals"]
    assert (appeal["appeal"], appeal["file_kind"]) == (answer.json()["appeal"], "png")
    file = client(dot()).get(reverse("api:api_appeal_file", kwargs={"appeal_id": appeal["appeal"]}))
    assert (file.content, file["Content-Type"]) == (PNG, "image/png")
    assert file["Content-Disposition"] == 'attachment; filename="a.png"'
    [doubt] = asked(ben(), "api_doubts", clip_id=bought.id)["doubts"]
    assert not doubt["can_appeal"]


def test_another_creator_neither_reads_nor_appeals(bought):
    case_id = RiskCase.objects.get().id

    read = client(mallory()).get(reverse("api:api_doubts", kwargs={"clip_id": bought.id}))
    appealed = client(mallory()).post(
        reverse("api:api_appeal", kwargs={"case_id": case_id}),
        data={"text": "Mine."},
        headers={"Idempotency-Key": "appeal-1"},
    )

    assert (read.status_code, appealed.status_code) == (404, 404)
    assert not Appeal.objects.exists()


def test_an_appeal_is_answered_by_somebody_else(bought):
    case_id = RiskCase.objects.get().id
    sent(dot(), "api_risk_against", {"note": "Bought."}, case_id=case_id)
    client(ben()).post(
        reverse("api:api_appeal", kwargs={"case_id": case_id}),
        data={"text": "No."},
        headers={"Idempotency-Key": "appeal-1"},
    )
    appeal_id = Appeal.objects.get().id
    body = {"granted": True, "note": "Right."}

    own = sent(dot(), "api_appeal_answer", body, key="answer-1", appeal_id=appeal_id)
    other = sent(a_user("Fay", is_staff=True), "api_appeal_answer", body, key="answer-2", appeal_id=appeal_id)

    assert (own.json()["code"], other.status_code) == ("not_another", 200)
    assert RiskCase.objects.get().state == "released"


def test_a_policy_is_tried_and_then_saved_with_what_it_was_said_to_do(bought):
    now = asked(dot(), "api_risk_policy")
    settings = {"modes": {}, "bypass_basis_points": 0, "peer_table": now["peer_table"]}

    tried = sent(dot(), "api_risk_policy_preview", settings).json()
    saved = sent(dot(), "api_risk_policy_save", {**settings, "after": now["number"], "reason": "Too many."})

    assert tried["no_longer_held"]["clips"] == 1
    assert saved.status_code == 200, saved.content
    after = asked(dot(), "api_risk_policy")
    assert (after["number"], after["modes"]) == (saved.json()["number"], {})
    stale = sent(dot(), "api_risk_policy_save", {**settings, "after": now["number"], "reason": "No."}, key="other-key")
    assert stale.json()["code"] == "policy_moved"


def test_everybody_may_know_how_fair_the_house_is(bought):
    cases.end_due(now=clock.now())
    answer = Client().get(reverse("api:api_fairness"))

    assert answer.status_code == 200
    assert answer.json()["cases"] == 1


def test_the_scorecard_names_every_signal(bought):
    signals = asked(dot(), "api_scorecard")["signals"]

    assert signals[0] | {"precision": None} == signals[0]
    assert (signals[0]["signal"], signals[0]["fired"], signals[0]["mode"]) == ("burst", 1, "live")


def test_peer_tables_that_are_not_there_are_refused_in_words(bought):
    answer = sent(dot(), "api_risk_policy_preview", {"modes": {}, "peer_table": 4_711})

    assert (answer.status_code, answer.json()["code"]) == (409, "no_such_peer_table")
