"""Who somebody is: one place says it, and a creator who acts for an organisation has both faces."""

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns.queries import CampaignNotOpen, terms_for_submission
from cliphaven.clips.models import Clip
from cliphaven.clips.operations import decisions
from cliphaven.identity import operations, queries
from cliphaven.identity.models import Membership, Role, User
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, an_approved_clip, ben, dot
from tests.rooms.identity.programs import Program


def both() -> User:
    """Ben creates, and reviews for Ada's organisation."""
    User.objects.filter(id=ben().id).update(is_creator=True)
    Membership.objects.get_or_create(organisation=adas_organisation(), user=ben(), role=Role.REVIEWER)
    return ben()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_who_has_both_faces_reaches_the_pages_of_both():
    page = browser(both())

    assert [page.get(reverse(name)).status_code for name in ("creator_home", "sponsor_home")] == [200, 200]


@pytest.mark.django_db
def test_the_menu_leads_from_one_face_to_the_other_and_goes_on_with_the_last():
    page = browser(both())

    as_creator = page.get(reverse("creator_home")).content.decode()
    account = page.get(reverse("account")).content.decode()
    as_sponsor = page.get(reverse("sponsor_home")).content.decode()

    assert "Go on as Ada Ltd" in as_creator
    assert "As Creator" in as_creator
    assert reverse("channels") in account
    assert "Go on as Creator" in as_sponsor
    assert reverse("review_queue") in as_sponsor


@pytest.mark.django_db
def test_who_has_one_face_is_offered_no_other():
    assert "Go on as" not in browser(a_user("Mallory")).get(reverse("creator_home")).content.decode()


@pytest.mark.django_db
def test_a_member_becomes_a_creator_by_a_press_of_the_button():
    adas_organisation()
    page = browser(a_user("Cleo"))
    assert "Become a creator" in page.get(reverse("account")).content.decode()
    assert page.get(reverse("creator_home")).status_code == 404

    page.post(reverse("begin_creating"))

    assert page.get(reverse("creator_home")).status_code == 200
    assert page.get(reverse("sponsor_home")).status_code == 200


@pytest.mark.django_db
def test_staff_never_create():
    operations.begin_creating(user_id=dot().id)

    assert queries.faces_of(dot()).all == (queries.Face.STAFF,)


def test_the_api_tells_both_faces(committed, site):
    program = Program(site, email=both().email).sign_in()
    _, me = program.get("/me")

    assert (me["role"], me["faces"]) == ("sponsor", ["sponsor", "creator"])
    assert (me["organisation"], me["member_role"]) == ("Ada Ltd", "reviewer")
    assert [program.get(path)[0] for path in ("/clips", "/sponsor/wallets")] == [200, 200]


@pytest.mark.django_db
def test_nobody_is_paid_by_the_organisation_for_which_they_act():
    with pytest.raises(CampaignNotOpen, match="your own organisation's"):
        terms_for_submission(campaign_id=a_campaign().id, creator_id=both().id, now=MONDAY)


@pytest.mark.django_db
def test_nobody_decides_about_their_own_clip():
    clip = an_approved_clip(a_campaign(), creator=ben())
    Clip.objects.filter(id=clip.id).update(state="pending", decided_at=None)

    with pytest.raises(decisions.MayNotDecide, match="your own"):
        decisions.approve_clip(
            clip_id=clip.id, organisation_id=adas_organisation().id, reviewer_id=both().id, now=MONDAY
        )


@pytest.mark.django_db
def test_a_sponsors_question_to_the_api_asks_for_their_organisation_once(django_assert_max_num_queries):
    adas_organisation()
    page = browser(a_user("Ada"))
    with django_assert_max_num_queries(50) as asked:
        page.get("/api/v1/sponsor/organisation")

    assert len([one for one in asked.captured_queries if "LIMIT 1" in one["sql"] and "membership" in one["sql"]]) == 1
