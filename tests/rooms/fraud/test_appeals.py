"""A creator appeals, once, with what only they can see; another person answers, or the clock does."""

import hashlib
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from cliphaven.fraud.models import Appeal, RiskCase
from cliphaven.fraud.operations import appeals, cases
from cliphaven.fraud.operations.appeals import Upload
from cliphaven.fraud.queries import own_cases
from cliphaven.notifications.models import Message
from tests.people import a_user, ben, dot, mallory
from tests.rooms.earnings.earners import money_of
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
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def fay():
    return a_user("Fay", is_staff=True)


def appealed(*, now, key="a-1", by=None, text="A newspaper wrote about it.", upload=None) -> int:
    return appeals.appeal(
        case_id=RiskCase.objects.get().id,
        creator_id=(by or ben()).id,
        text=text,
        upload=upload,
        request_key=key,
        now=now,
    )


def answered(appeal_id, *, granted, by, now, key="d-1", note="The analytics show a newspaper."):
    appeals.decide_appeal(appeal_id=appeal_id, is_granted=granted, staff_id=by.id, note=note, request_key=key, now=now)


def decided_against(*, now):
    cases.decide_against(case_id=RiskCase.objects.get().id, staff_id=dot().id, note="Bought.", request_key="k", now=now)


def ended(*, at):
    appeals.grant_overdue(now=at)
    cases.end_due(now=at)
    judged(at=at)


def test_a_granted_appeal_releases_the_money_and_tells_the_creator_why():
    _, now = a_bought_clip()
    appeal_id = appealed(now=now)
    answered(appeal_id, granted=True, by=fay(), now=now + HOUR)
    ended(at=now + HOUR)

    assert money_of() == {"clearing": ALL}
    assert RiskCase.objects.get().state == "released"
    assert "a newspaper" in Message.objects.get(key=f"appeal:{appeal_id}:decided").text
    assert broken() == []


def test_when_nobody_answers_in_72_hours_the_creator_is_right():
    _, now = a_bought_clip()
    decided_against(now=now)
    judged(at=now)
    appeal_id = appealed(now=now + 6 * DAY + 20 * HOUR)
    clock = now + 6 * DAY + 20 * HOUR + 72 * HOUR

    ended(at=clock - HOUR)
    assert money_of()["held"] == NET_OF_BOUGHT
    ended(at=clock)

    assert Appeal.objects.get(id=appeal_id).outcome == "out_of_time"
    assert RiskCase.objects.get().decided_by == "clock"
    assert money_of() == {"clearing": ALL}
    assert broken() == []


def test_after_a_refused_appeal_the_decision_is_carried_out():
    _, now = a_bought_clip()
    decided_against(now=now)
    judged(at=now)
    answered(appealed(now=now), granted=False, by=fay(), now=now + HOUR)

    ended(at=now + 7 * DAY)

    assert RiskCase.objects.get().state == "voided"
    assert money_of() == {"clearing": NET_OF_CALM}


def test_whoever_decided_does_not_answer_the_appeal():
    _, now = a_bought_clip()
    decided_against(now=now)
    appeal_id = appealed(now=now)

    with pytest.raises(appeals.NotAnother):
        answered(appeal_id, granted=False, by=dot(), now=now)


def test_the_hold_and_the_decision_can_each_be_appealed_once_and_by_another_person():
    _, now = a_bought_clip()
    first = appealed(now=now)
    answered(first, granted=False, by=fay(), now=now)
    with pytest.raises(appeals.AppealRefused):
        appealed(now=now, key="a-2")

    decided_against(now=now)
    second = appealed(now=now, key="a-3")

    assert [one.against for one in Appeal.objects.order_by("id")] == ["hold", "void"]
    with pytest.raises(appeals.NotAnother):
        answered(second, granted=True, by=fay(), now=now, key="d-2")


def test_the_same_request_is_one_appeal_and_an_answer_is_given_once():
    _, now = a_bought_clip()
    appeal_id = appealed(now=now)

    assert appealed(now=now) == appeal_id
    answered(appeal_id, granted=False, by=fay(), now=now)
    answered(appeal_id, granted=False, by=fay(), now=now)
    with pytest.raises(appeals.AppealIsDecided):
        answered(appeal_id, granted=True, by=dot(), now=now, key="d-2")


def test_nobody_appeals_for_somebody_else_or_after_the_end():
    _, now = a_bought_clip()
    with pytest.raises(cases.NoSuchCase):
        appealed(now=now, by=mallory())

    cases.end_due(now=now + 30 * DAY)
    with pytest.raises(appeals.AppealRefused):
        appealed(now=now + 30 * DAY)


def test_of_a_shadow_the_creator_knows_nothing_until_they_are_asked_and_then_they_answer():
    a_policy(modes={})
    clip = a_clip()
    now = live(clip, CALM + BOUGHT)
    with pytest.raises(cases.NoSuchCase):
        appealed(now=now)
    assert own_cases.own_doubts(clip_id=clip.id, creator_id=ben().id, now=now) == []

    cases.ask_for_analytics(
        case_id=RiskCase.objects.get().id, staff_id=dot().id, note="Where from?", request_key="k", now=now
    )
    [doubt] = own_cases.own_doubts(clip_id=clip.id, creator_id=ben().id, now=now)
    assert doubt.can_appeal
    appealed(now=now, upload=Upload(name="x.png", content=PNG))
    ended(at=now + 72 * HOUR)

    assert RiskCase.objects.get().state == "released"
    assert money_of() == {"clearing": ALL}


def test_an_unanswered_appeal_keeps_a_case_from_ending():
    a_bought_clip()
    expires_at = RiskCase.objects.get().expires_at
    appealed(now=expires_at - HOUR)

    assert cases.end_due(now=expires_at) == 0


def test_a_file_is_kept_as_it_came_with_its_digest_and_what_it_is():
    _, now = a_bought_clip()
    appealed(now=now, upload=Upload(name="../../Mein Bild.csv", content=PNG))

    kept = Appeal.objects.get()
    assert (bytes(kept.file), kept.file_size, kept.file_kind) == (PNG, len(PNG), "png")
    assert bytes(kept.file_sha256) == hashlib.sha256(PNG).digest()
    assert kept.file_name == "Mein Bild.png"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "jpeg"),
        (b"%PDF-1.7\n", "pdf"),
        ("date,views\n2026-11-01,12\n".encode("utf-8-sig"), "csv"),
    ],
)
def test_pictures_documents_and_tables_are_taken(content, kind):
    _, now = a_bought_clip()
    appealed(now=now, upload=Upload(name="x", content=content))

    assert Appeal.objects.get().file_kind == kind


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00", b"<html>,<script>\na,b", b"PK\x03\x04", PNG + b"0" * 2**21, b"a,b\n\x00,1"]
)
def test_any_other_file_is_refused_and_nothing_is_kept(content):
    _, now = a_bought_clip()

    with pytest.raises(appeals.FileRefused):
        appealed(now=now, upload=Upload(name="x.png", content=content))
    assert not Appeal.objects.exists()


def test_the_database_lets_nobody_change_what_was_appealed():
    _, now = a_bought_clip()
    appealed(now=now)

    with pytest.raises(DatabaseError), transaction.atomic():
        Appeal.objects.update(text="Something else.")
    with pytest.raises(DatabaseError), transaction.atomic():
        Appeal.objects.all().delete()
