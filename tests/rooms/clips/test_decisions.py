"""Sponsors decide, the clock decides when they do not, and a refusal always says why."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from cliphaven.clips import queries
from cliphaven.clips.models import Clip
from cliphaven.clips.operations import decisions
from cliphaven.identity.models import Membership, Organisation, Role
from cliphaven.notifications.models import Message
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, an_approved_clip, ben, mallory

pytestmark = pytest.mark.django_db


def a_waiting_clip() -> Clip:
    clip = an_approved_clip(a_campaign())
    clip.state, clip.decided_at = "pending", None
    clip.save()
    return clip


def approve(clip: Clip, *, by: str = "Cleo", organisation_id: int | None = None, at: datetime = MONDAY) -> Clip:
    decisions.approve_clip(
        clip_id=clip.id,
        organisation_id=organisation_id or adas_organisation().id,
        reviewer_id=a_user(by).id,
        now=at,
    )
    clip.refresh_from_db()
    return clip


def reject(
    clip: Clip,
    *,
    code: str = "off_brief",
    note: str = "The sole is not in the picture.",
    outcome: str = "rejected",
) -> Clip:
    decisions.reject_clip(
        clip_id=clip.id,
        organisation_id=adas_organisation().id,
        reviewer_id=a_user("Cleo").id,
        rejection_code=code,
        note=note,
        outcome=outcome,
        now=MONDAY,
    )
    clip.refresh_from_db()
    return clip


@pytest.mark.parametrize("member", ["Ada", "Cleo"])
def test_owners_and_reviewers_approve(member):
    clip = approve(a_waiting_clip(), by=member)

    assert (clip.state, clip.decided_by) == ("approved", a_user(member))
    assert Message.objects.get(user=ben()).key == f"clip:{clip.id}:approved:0"


def test_finance_members_decide_nothing():
    clip = a_waiting_clip()
    Membership.objects.create(organisation=adas_organisation(), user=a_user("Finn"), role=Role.FINANCE)

    with pytest.raises(decisions.MayNotDecide):
        approve(clip, by="Finn")


def test_a_member_of_another_organisation_finds_no_such_clip():
    clip = a_waiting_clip()
    other = Organisation.objects.create(name="Mallory Ltd", created_at=MONDAY)
    Membership.objects.create(organisation=other, user=mallory(), role=Role.OWNER)

    with pytest.raises(queries.NoSuchClip):
        approve(clip, by="Mallory", organisation_id=other.id)


def test_naming_another_organisation_does_not_help():
    clip = a_waiting_clip()
    other = Organisation.objects.create(name="Mallory Ltd", created_at=MONDAY)
    Membership.objects.create(organisation=other, user=mallory(), role=Role.OWNER)

    with pytest.raises(decisions.MayNotDecide):
        approve(clip, by="Mallory", organisation_id=adas_organisation().id)


def test_a_clip_is_decided_once():
    clip = approve(a_waiting_clip())

    with pytest.raises(decisions.AlreadyDecided):
        reject(clip)


def test_a_rejection_keeps_its_rule_and_note_and_tells_the_creator():
    clip = reject(a_waiting_clip())

    assert (clip.state, clip.decision_code) == ("rejected", "off_brief")
    assert "The sole is not in the picture." in Message.objects.get(user=ben()).text


@pytest.mark.parametrize(("code", "note"), [("", "A note"), ("made_up", "A note"), ("off_brief", "  ")])
def test_a_rejection_without_a_rule_and_a_note_is_refused(code, note):
    clip = a_waiting_clip()

    with pytest.raises(decisions.ReasonMissing):
        reject(clip, code=code, note=note)


def test_the_database_refuses_a_rejection_without_a_reason():
    clip = a_waiting_clip()

    with pytest.raises(IntegrityError, match="a_refusal_has_a_reason"), transaction.atomic():
        Clip.objects.filter(id=clip.id).update(state="rejected")


def test_a_clip_approves_itself_after_48_hours():
    clip = a_waiting_clip()

    assert decisions.auto_approve_due(now=MONDAY + timedelta(hours=48)) == 1
    clip.refresh_from_db()
    assert (clip.state, clip.decided_by) == ("approved", None)


def test_a_clip_does_not_approve_itself_before_48_hours():
    a_waiting_clip()

    assert decisions.auto_approve_due(now=MONDAY + timedelta(hours=48, seconds=-1)) == 0


def test_a_rejected_clip_does_not_approve_itself():
    reject(a_waiting_clip())

    assert decisions.auto_approve_due(now=MONDAY + timedelta(hours=49)) == 0


def test_a_fixed_clip_waits_again_with_a_new_clock():
    clip = reject(a_waiting_clip())
    later = MONDAY + timedelta(days=3)
    decisions.resubmit_clip(clip_id=clip.id, creator_id=ben().id, note="The sole is in it now.", now=later)

    clip.refresh_from_db()
    assert (clip.state, clip.fix_note) == ("pending", "The sole is in it now.")
    assert (clip.auto_approves_at, clip.author_checked_at) == (later + timedelta(hours=48), None)


def test_a_clip_is_sent_again_three_times_at_most():
    clip = a_waiting_clip()
    for _ in range(3):
        decisions.resubmit_clip(clip_id=reject(clip).id, creator_id=ben().id, note="Again", now=MONDAY)
        clip.refresh_from_db()

    with pytest.raises(decisions.NothingToFix):
        decisions.resubmit_clip(clip_id=reject(clip).id, creator_id=ben().id, note="Again", now=MONDAY)


@pytest.mark.parametrize(("fixes", "can_fix"), [(0, True), (2, True), (3, False)])
def test_the_creator_is_told_whether_a_refused_clip_can_be_sent_again(fixes, can_fix):
    clip = a_waiting_clip()
    Clip.objects.update(fixes=fixes)
    reject(clip)

    assert queries.clip_of_creator(clip_id=clip.id, creator_id=ben().id).can_fix is can_fix
    assert ("submit it again" in Message.objects.get(user=ben()).text) is can_fix


def test_a_clip_that_waits_cannot_be_fixed():
    clip = a_waiting_clip()

    assert queries.clip_of_creator(clip_id=clip.id, creator_id=ben().id).can_fix is False


def test_no_change_is_asked_for_that_could_not_be_sent():
    clip = a_waiting_clip()
    Clip.objects.update(fixes=3)

    with pytest.raises(decisions.NoFixLeft):
        reject(clip, outcome="needs_fix")


def test_only_its_creator_sends_a_clip_again():
    clip = reject(a_waiting_clip())

    with pytest.raises(queries.NoSuchClip):
        decisions.resubmit_clip(clip_id=clip.id, creator_id=mallory().id, note="Mine", now=MONDAY)


def test_the_queue_shows_the_most_urgent_clip_first_with_the_time_left():
    second, first = a_waiting_clip(), a_waiting_clip()
    Clip.objects.filter(id=first.id).update(auto_approves_at=MONDAY + timedelta(hours=1))

    waiting = queries.review_queue(organisation_id=adas_organisation().id, now=MONDAY)

    assert [item.clip.clip_id for item in waiting] == [first.id, second.id]
    assert waiting[0].time_left == timedelta(hours=1)


def test_the_queue_is_paged_and_counts_all_that_wait(monkeypatch):
    monkeypatch.setattr(queries, "REVIEWS_SHOWN_MAX", 2)
    clips = [a_waiting_clip() for _ in range(3)]
    Clip.objects.filter(id=clips[0].id).update(auto_approves_at=MONDAY + timedelta(hours=72))
    ada = adas_organisation().id

    first = queries.review_page(organisation_id=ada, now=MONDAY)
    second = queries.review_page(organisation_id=ada, now=MONDAY, after=first.next_after)

    assert [item.clip.clip_id for item in first.items + second.items] == [clips[1].id, clips[2].id, clips[0].id]
    assert (first.waiting, second.waiting, second.next_after) == (3, 3, None)


def test_a_decision_moves_no_clip_past_the_reader(monkeypatch):
    monkeypatch.setattr(queries, "REVIEWS_SHOWN_MAX", 2)
    clips = [a_waiting_clip() for _ in range(3)]
    first = queries.review_page(organisation_id=adas_organisation().id, now=MONDAY)
    approve(clips[0]), approve(clips[1])

    second = queries.review_page(organisation_id=adas_organisation().id, now=MONDAY, after=first.next_after)

    assert [item.clip.clip_id for item in second.items] == [clips[2].id]


def test_a_place_in_the_queue_is_read_as_it_was_written():
    place = queries.QueuePlace(auto_approves_at=MONDAY + timedelta(microseconds=1), clip_id=17)

    assert queries.QueuePlace.read(str(place)) == place


@pytest.mark.parametrize("text", ["", "17", "-17", "x-1", "1-", "９-1", "1-1 ", "9" * 17 + "-1", "1-" + "9" * 19])
def test_another_text_is_no_place_in_the_queue(text):
    assert queries.QueuePlace.read(text) is None


def test_another_organisation_sees_no_clip_of_the_queue():
    a_waiting_clip()
    other = Organisation.objects.create(name="Mallory Ltd", created_at=MONDAY)

    assert queries.review_queue(organisation_id=other.id, now=MONDAY) == []
