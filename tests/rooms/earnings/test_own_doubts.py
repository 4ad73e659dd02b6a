"""What a creator sees of a doubt, and does about it, on pages and through the API: the same."""

import json
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cliphaven.clips.models import Clip
from cliphaven.earnings.queries import own_doubts
from cliphaven.fraud.models import Appeal, RiskCase
from cliphaven.fraud.operations import appeals, cases
from cliphaven.identity.models import User
from tests.people import a_user, an_approved_clip, ben, dot, mallory
from tests.rooms.earnings.earners import explained, money_of
from tests.rooms.fraud.doubts import BOUGHT, CALM, NET_OF_BOUGHT, NET_OF_CALM, a_bought_clip, judged

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
HELD = "$36.45"  # NET_OF_BOUGHT


class Clock:
    """The product's clock, in a test's hands."""

    def __init__(self, file, settings) -> None:
        self.file = file
        settings.CLOCK_FILE = str(file)

    def at(self, moment: datetime) -> datetime:
        self.file.write_text(json.dumps({"virtual": moment.isoformat(), "wall": 0, "speed": 0}))
        return moment


@pytest.fixture
def clock(tmp_path, settings) -> Clock:
    return Clock(tmp_path / "clock.json", settings)


@pytest.fixture
def bought(clock) -> Clip:
    clip, now = a_bought_clip()
    clock.at(now)
    return clip


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def page(user: User, name: str, *args: object) -> str:
    answer = client(user).get(reverse(name, args=args))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def told(clip: Clip) -> dict[str, object]:
    [doubt] = client(ben()).get(reverse("api:api_doubts", kwargs={"clip_id": clip.id})).json()["doubts"]
    return doubt


def appealed(clip: Clip, *, text: str = "A newspaper wrote about it.", key: str = "the-form-shown", file=None):
    body = {"text": text, "request_key": key} | ({"file": file} if file else {})
    case_id = RiskCase.objects.get().id
    return client(ben()).post(reverse("clip_appeal", args=[clip.id, case_id]), body, follow=False)


def test_the_clips_page_says_why_which_views_how_much_and_until_when(bought):
    shown = page(ben(), "clip", bought.id)

    assert f"{HELD} is held, and comes back by itself" in shown
    assert "4,000 views came in" in shown
    assert f"{CALM[-1]:,} to {BOUGHT[-1]:,}" in shown
    assert "Mon 9 Nov 2026" in shown  # seven days after the hold of 2 November
    assert reverse("clip_appeal", args=[bought.id, RiskCase.objects.get().id]) in shown


def test_the_api_says_the_same_as_the_page(bought):
    doubt = told(bought)

    assert doubt["money"]["held"] == {"amount": NET_OF_BOUGHT, "currency": "USD"}
    assert doubt["money"]["views"] == [{"views_from": CALM[-1], "views_to": BOUGHT[-1]}]
    assert doubt["money"]["releases_at"].startswith("2026-11-09")
    assert (doubt["can_appeal"], doubt["appeal_against"], doubt["state"]) == (True, "hold", "open")
    everything = client(ben()).get(reverse("api:api_doubts_all")).json()["doubts"]
    assert everything == [doubt]


def test_home_list_and_payouts_lead_to_the_clip_and_say_how_much_is_held(bought):
    home, payouts = page(ben(), "creator_home"), page(ben(), "payouts")

    assert f"{HELD} of a clip is held" in home
    assert "held until Mon 9 Nov" in home
    assert "you can appeal there" in payouts
    assert f'href="{reverse("clip", args=[bought.id])}"' in payouts
    [blocker] = [one for one in explained().blockers if one.clip_id]
    assert (blocker.clip_id, blocker.amount_minor) == (bought.id, NET_OF_BOUGHT)


def test_what_is_held_on_the_page_is_what_the_books_hold(bought):
    [doubt] = own_doubts.doubts_of_clip(clip_id=bought.id, creator_id=ben().id, now=RiskCase.objects.get().opened_at)

    assert doubt.money is not None
    assert money_of() == {"clearing": NET_OF_CALM, "held": doubt.money.held_minor}
    assert doubt.money.views_held == BOUGHT[-1] - CALM[-1]


def test_a_creator_appeals_on_the_page_with_a_file_and_sees_the_clock(bought):
    answer = appealed(bought, file=SimpleUploadedFile("views by source.png", PNG))

    assert answer.status_code == 302
    one = Appeal.objects.get()
    assert (one.against, one.file_kind, bytes(one.file)) == ("hold", "png", PNG)
    shown = page(ben(), "clip", bought.id)
    assert "A newspaper wrote about it." in shown
    assert "views by source.png" in shown
    assert "If nobody does, you are right." in shown
    assert "Send the appeal" not in shown


def test_the_same_form_sent_twice_is_one_appeal(bought):
    statuses = [appealed(bought).status_code for _ in range(2)]

    assert (statuses, Appeal.objects.count()) == ([302, 302], 1)


def test_a_file_that_is_none_is_said_at_its_field_and_the_text_stays(bought):
    answer = appealed(bought, text="Look at my analytics.", file=SimpleUploadedFile("a.png", b"<html>"))

    assert answer.status_code == 422
    assert "this file is none of them" in answer.content.decode()
    assert "Look at my analytics." in answer.content.decode()
    assert not Appeal.objects.exists()


def test_a_file_above_two_megabytes_is_refused(bought):
    answer = appealed(bought, file=SimpleUploadedFile("a.png", PNG + b"0" * 2 * 1024 * 1024))

    assert (answer.status_code, Appeal.objects.count()) == (422, 0)
    assert "at most two megabytes" in answer.content.decode()


def test_a_decision_is_told_with_its_reason_and_can_be_appealed_until_it_takes(bought, clock):
    now = clock.at(RiskCase.objects.get().opened_at + DAY)
    cases.decide_against(
        case_id=RiskCase.objects.get().id, staff_id=dot().id, note="All from one network.", request_key="no", now=now
    )
    judged(at=now)

    shown, doubt = page(ben(), "clip", bought.id), told(bought)
    assert f"{HELD} will not count" in shown
    assert "All from one network." in shown
    assert (doubt["state"], doubt["appeal_against"], doubt["decision_note"]) == (
        "voiding",
        "void",
        "All from one network.",
    )


def test_an_answer_is_shown_with_its_reason_and_what_came_back(bought, clock):
    appealed(bought)
    now = clock.at(RiskCase.objects.get().opened_at + DAY)
    appeals.decide_appeal(
        appeal_id=Appeal.objects.get().id,
        is_granted=True,
        staff_id=a_user("Fay", is_staff=True).id,
        note="The article is real.",
        request_key="yes",
        now=now,
    )
    judged(at=now)

    shown = page(ben(), "clip", bought.id)
    assert "Released: you were right" in shown
    assert "The article is real." in shown
    assert f"{HELD}" in shown
    assert told(bought)["money"]["released"]["amount"] == NET_OF_BOUGHT
    assert money_of() == {"clearing": NET_OF_CALM + NET_OF_BOUGHT}


def test_a_case_is_appealed_against_on_the_page_of_its_own_clip(bought):
    other = an_approved_clip(bought.campaign)
    body = {"text": "No.", "request_key": "the-form-shown"}
    answer = client(ben()).post(reverse("clip_appeal", args=[other.id, RiskCase.objects.get().id]), body)

    assert (answer.status_code, Appeal.objects.count()) == (404, 0)


def test_nobody_else_appeals_and_a_case_of_another_clip_is_not_there(bought):
    case_id = RiskCase.objects.get().id
    foreign = client(mallory()).post(reverse("clip_appeal", args=[bought.id, case_id]), {"text": "Mine."})
    body = {"text": "No.", "request_key": "the-form-shown"}
    missing = client(ben()).post(reverse("clip_appeal", args=[bought.id, case_id + 1]), body)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert not Appeal.objects.exists()
