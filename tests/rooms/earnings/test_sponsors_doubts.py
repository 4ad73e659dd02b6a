"""What sponsors see of views in doubt: held, left out, credited; and what is known of creators whose clips wait."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.clips.models import Clip
from cliphaven.earnings.models import CreditNote
from cliphaven.earnings.queries import sponsor_doubts
from cliphaven.fraud.models import RiskCase
from cliphaven.fraud.operations import cases
from cliphaven.fraud.queries import bands
from cliphaven.fraud.rules import sponsor_words
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.identity.models import User
from tests.people import MONDAY, a_user, adas_organisation, an_approved_clip, dot, mallory
from tests.rooms.earnings.test_purges import PAID_AT, a_paid_clip, followed, provided, purged
from tests.rooms.fraud.doubts import BOUGHT, CALM, a_bought_clip, judged

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HELD_VIEWS = BOUGHT[-1] - CALM[-1]
# Words that a sponsor never reads of somebody's clip.
ACCUSING = ("bought", "fraud", "fake", "cheat", "bot ", "suspicious", "people watching")


@pytest.fixture
def clock(tmp_path, settings):
    file = tmp_path / "clock.json"
    settings.CLOCK_FILE = str(file)

    def at(moment):
        file.write_text(json.dumps({"virtual": moment.isoformat(), "wall": 0, "speed": 0}))
        return moment

    at(MONDAY + DAY)
    return at


def ada() -> User:
    adas_organisation()
    return a_user("Ada")


def answer(user: User, name: str, *args: object, query: str = ""):
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, args=args) + query)


def page(user: User, name: str, *args: object) -> str:
    found = answer(user, name, *args)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def main_of(shown: str) -> str:
    return shown[shown.index("<main") : shown.index("</main>")].lower()


def a_credited_clip() -> Clip:
    """3,000 views that were paid and purged, and credited a week later."""
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)
    return clip


def test_the_campaigns_page_says_how_many_views_are_held_what_they_cost_and_until_when(clock):
    clip, _ = a_bought_clip()
    shown = page(ada(), "campaign", clip.campaign_id)

    assert "$40.50" in shown  # 4,050 views, gross
    assert f"{HELD_VIEWS:,} views" in shown
    assert "Views being checked" in shown
    assert "Many views came within a short time" in shown


@pytest.mark.parametrize("name", ["campaign", "clip"])
def test_a_sponsor_reads_nothing_that_accuses_and_nothing_meant_for_the_creator(clock, name):
    clip, _ = a_bought_clip()
    shown = main_of(page(ada(), name, clip.campaign_id if name == "campaign" else clip.id))

    assert [word for word in ACCUSING if word in shown] == []
    assert "appeal" not in shown


def test_the_words_for_sponsors_name_every_signal_and_accuse_nobody():
    said = [sponsor_words.words([signal.value])[0].lower() for signal in Signal]

    assert len(said) == len(Signal)
    assert [words for words in said if any(word in words for word in ACCUSING)] == []


def test_what_was_left_out_and_came_back_is_told(clock):
    clip, now = a_bought_clip()
    cases.decide_against(case_id=RiskCase.objects.get().id, staff_id=dot().id, note="No.", request_key="no", now=now)
    judged(at=now)
    cases.end_due(now=now + 7 * DAY)
    judged(at=now + 7 * DAY)

    found = sponsor_doubts.campaign_doubts(campaign_id=clip.campaign_id)
    assert (found.held.views, found.excluded.views, found.returned_minor) == (0, HELD_VIEWS, HELD_VIEWS)
    assert "does not count" in page(ada(), "clip", clip.id) or "do not count" in page(ada(), "clip", clip.id)


def test_a_credit_note_is_on_the_list_on_its_page_in_the_table_and_in_the_api(clock):
    clip = a_credited_clip()
    clock(PAID_AT + 9 * DAY)
    note = CreditNote.objects.get()

    listed, shown = page(ada(), "credit_notes"), page(ada(), "credit_note", note.id)
    rows = list(csv.DictReader(StringIO(answer(ada(), "credit_notes_csv").content.decode())))
    told = answer(ada(), "api:api_credit_notes").json()["notes"]
    whole = answer(ada(), "api:api_credit_note", note.id).json()

    assert "C-000001" in listed
    assert "$30.00" in listed
    assert f"purge:{note.follow_up.purge_id}" in shown
    assert "7,000 to 10,000" in shown
    assert [(row["number"], row["amount"], row["views"], row["clip"]) for row in rows] == [
        ("C-000001", "30.00", "3000", str(clip.id))
    ]
    assert [(one["number"], one["amount"]) for one in told] == [("C-000001", {"amount": 3_000, "currency": "USD"})]
    assert [(part["views_from"], part["views_to"], part["amount"]["amount"]) for part in whole["entries"]] == [
        (7_000, 10_000, 3_000)
    ]
    assert answer(ada(), "document", note.document_id).content[:5] == b"%PDF-"


def test_the_campaigns_api_says_the_same_as_its_page(clock):
    clip = a_credited_clip()
    told = answer(ada(), "api:api_campaign_doubts", clip.campaign_id).json()

    assert told["credited"] == {"amount": 3_000, "currency": "USD"}
    assert [(one["clip"], one["credited"]["amount"]) for one in told["clips"]] == [(clip.id, 3_000)]


def test_a_purge_that_is_followed_is_told_before_there_is_a_note(clock):
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    followed(at=PAID_AT + DAY)

    assert "Views of 1 clip were taken back" in page(ada(), "credit_notes")


def test_another_sponsor_sees_no_note(clock):
    a_credited_clip()
    note = CreditNote.objects.get()

    assert answer(mallory(), "credit_note", note.id).status_code == 404


def test_the_review_queue_says_what_is_known_of_a_creator_and_that_nothing_is_known_of_a_new_one(clock):
    clip, now = a_bought_clip()
    clock(now)
    waiting = an_approved_clip(clip.campaign)
    new = an_approved_clip(clip.campaign, creator=mallory())
    Clip.objects.filter(id__in=(waiting.id, new.id)).update(state="pending", decided_at=None)

    shown = main_of(page(ada(), "review_queue"))

    assert "views of 1 earlier clip of this creator are being checked" in shown
    assert "no clip of this creator was followed yet" in shown
    found = bands.bands_of_waiting([(waiting.id, waiting.creator_id), (new.id, new.creator_id)], now=now)
    assert [found[one.id].band for one in (waiting, new)] == ["checked", "new"]
    assert [word for word in ACCUSING if word in shown] == []


def test_a_signal_in_shadow_is_nobodys_business(clock):
    clip, now = a_bought_clip()
    RiskCase.objects.update(effect="shadow")
    waiting = an_approved_clip(clip.campaign)

    assert bands.bands_of_clips([clip.id]) == {}
    assert bands.bands_of_waiting([(waiting.id, waiting.creator_id)], now=now)[waiting.id].band == "clear"
