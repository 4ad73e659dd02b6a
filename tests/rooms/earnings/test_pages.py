"""Money on pages: the sponsor's home and campaign, and a clip as its creator and its sponsor see it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns.rules import TermsDraft
from cliphaven.clips.models import Clip
from cliphaven.clips.queries import clip_of_creator
from cliphaven.earnings import operations
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.operations import holding, reversing
from cliphaven.earnings.queries import overviews
from cliphaven.identity.models import Membership, Organisation, Role, User
from tests.people import (
    MONDAY,
    a_campaign,
    a_user,
    adas_organisation,
    an_approved_clip,
    ben,
    deposited,
    dot,
    mallory,
    read_again,
    seen,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

BUDGET = 1_000_00
FIRST, SECOND = 20_000, 50_000
GROSS = SECOND * 150 // 1000
FEE = GROSS * 1_000 // 10_000


@pytest.fixture
def monday(tmp_path, settings):
    """The product's clock stands on the test's Monday."""
    clock = tmp_path / "clock.json"
    clock.write_text(f'{{"virtual": "{(MONDAY + timedelta(hours=2)).isoformat()}", "wall": 0, "speed": 0}}')
    settings.CLOCK_FILE = str(clock)


def page_for(user: User, name: str, *args: object, query: str = "") -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def status_for(user: User, name: str, *args: object) -> int:
    client = Client()
    client.force_login(user)
    return int(client.get(reverse(name, args=args)).status_code)


def ada() -> User:
    adas_organisation()
    return a_user("Ada")


def eve() -> User:
    organisation = Organisation.objects.create(name="Eve Ltd", created_at=MONDAY)
    Membership.objects.create(organisation=organisation, user=a_user("Eve"), role=Role.OWNER)
    return a_user("Eve")


def a_clip_that_earns() -> Clip:
    """20,000 views, then 50,000: 75.00 gross of a budget of 1,000.00."""
    campaign = a_campaign(budget_minor=BUDGET)
    clip = an_approved_clip(campaign)
    for hour, views in enumerate((FIRST, SECOND)):
        at = MONDAY + timedelta(hours=hour)
        seen(clip, views, at=at)
        operations.accrue_campaign(campaign_id=campaign.id, now=at)
    return clip


def test_the_sponsors_home_shows_wallet_spend_and_what_is_left():
    clip = a_clip_that_earns()
    deposited(adas_organisation(), 123_45, payment="pi_more")
    page = page_for(ada(), "sponsor_home")

    assert clip.campaign.title in page
    assert "$123.45" in page
    assert "$75.00" in page  # today
    assert "$925.00" in page  # 1,000.00 - 75.00
    assert (BUDGET - GROSS, GROSS) == (925_00, 75_00)


def test_the_home_of_a_new_sponsor_says_where_to_begin():
    page = page_for(ada(), "sponsor_home")

    assert "No campaign yet" in page
    assert reverse("campaign_create") in page


def test_waiting_clips_are_on_the_sponsors_home():
    clip = an_approved_clip(a_campaign())
    Clip.objects.update(state="pending", decided_at=None)

    home = overviews.sponsor_home(organisation_id=adas_organisation().id, now=MONDAY)
    assert (home.clips_waiting, [line.creator for line in home.waiting]) == (1, ["Ben"])
    assert [line.clips_waiting for line in home.campaigns] == [1]
    assert clip.creator.name in page_for(ada(), "sponsor_home")


def test_a_budget_bar_adds_up():
    clip = a_clip_that_earns()
    read_again(at=MONDAY + timedelta(days=7))
    operations.clear_all(now=MONDAY + timedelta(days=7))
    overview = overviews.campaign_overview(
        campaign_id=clip.campaign_id, organisation_id=adas_organisation().id, now=MONDAY + timedelta(days=7)
    )

    first = FIRST * 150 // 1000
    budget = overview.budget
    assert (budget.paid_minor, budget.reserved_minor, budget.available_minor) == (first, GROSS - first, BUDGET - GROSS)
    assert budget.total_minor == BUDGET
    assert overview.views_counted == SECOND


def test_the_runway_is_the_rest_at_the_pace_of_three_days():
    clip = a_clip_that_earns()
    now = MONDAY + timedelta(hours=2)
    overview = overviews.campaign_overview(
        campaign_id=clip.campaign_id, organisation_id=adas_organisation().id, now=now
    )

    a_day = GROSS // 3
    assert overview.runway_at == now + timedelta(minutes=(BUDGET - GROSS) * 24 * 60 // a_day)


def test_a_campaigns_page_lists_its_clips_with_views_and_cost():
    clip = a_clip_that_earns()
    page = page_for(ada(), "campaign", clip.campaign_id)

    assert reverse("clip", args=[clip.id]) in page
    assert "50,000" in page
    assert "$75.00" in page


def test_a_campaign_nobody_measured_does_not_say_zero_views():
    campaign = a_campaign()
    an_approved_clip(campaign)
    page = page_for(ada(), "campaign", campaign.id)

    assert "not measured" in page
    assert "Nothing spent yet" in page


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [("30000", "300.00"), ("5", "0.05"), ("x", ""), ("-1", ""), ("9" * 40, ""), ("１", ""), ("1.5", ""), ('"><b>', "")],
)
def test_the_budget_of_the_draft_stands_in_the_form(wanted, shown):
    campaign = a_campaign()
    client = Client()
    client.force_login(ada())
    answer = client.get(reverse("campaign", args=[campaign.id]), {"fund": wanted})

    assert (answer.context["fund_form"]["amount"].value() or "") == shown


def test_a_creator_sees_what_a_clip_earned():
    clip = a_clip_that_earns()
    page = page_for(ben(), "clip", clip.id)

    assert f"${(GROSS - FEE) // 100}.{(GROSS - FEE) % 100:02d}" in page
    assert "20,000 to 50,000" in page
    assert reverse("public_campaigns") in page


def test_a_sponsor_sees_the_clip_and_the_way_to_its_campaign():
    clip = a_clip_that_earns()
    page = page_for(ada(), "clip", clip.id)

    assert reverse("campaign", args=[clip.campaign_id]) in page
    assert reverse("clip_resubmit", args=[clip.id]) not in page


def test_a_clip_that_was_never_read_is_not_measured_and_has_no_curve():
    clip = an_approved_clip(a_campaign())
    page = page_for(ben(), "clip", clip.id)

    assert "not measured" in page
    assert "Not read yet" in page


@pytest.mark.parametrize("state", ["rejected", "needs_fix"])
def test_a_refused_clip_tells_its_creator_why_and_how_to_mend_it(state):
    clip = an_approved_clip(a_campaign())
    Clip.objects.update(state=state, decision_code="off_brief", decision_note="Show <the> sole.")
    page = page_for(ben(), "clip", clip.id)

    assert "Show &lt;the&gt; sole." in page
    assert reverse("clip_resubmit", args=[clip.id]) in page


@pytest.mark.parametrize("who", [mallory, dot, eve])
def test_a_clip_is_not_there_for_strangers(who):
    assert status_for(who(), "clip", a_clip_that_earns().id) == 404


@pytest.mark.parametrize("who", [ben, mallory, dot, eve])
def test_a_campaign_is_not_there_for_strangers(who):
    assert status_for(who(), "campaign", a_campaign().id) == 404


@pytest.mark.parametrize("id_", [0, 2**31, 2**63, 10**30])
def test_numbers_that_nothing_has_are_not_found(id_):
    assert [status_for(ada(), "campaign", id_), status_for(ada(), "clip", id_), status_for(ben(), "clip", id_)] == [
        404
    ] * 3


def test_a_clips_page_says_what_is_held_why_and_until_when():
    clip = a_clip_that_earns()
    accruals = list(Accrual.objects.filter(clip=clip).order_by("number"))
    holding.hold_earnings(
        clip_id=clip.id,
        accrual_ids=[accruals[1].id],
        reason="suspicious_views",
        note="Many came in one hour.",
        actor="user:7",
        releases_at=MONDAY + timedelta(days=14),
        now=MONDAY + timedelta(hours=2),
    )
    held = accruals[1]

    creators, sponsors = (page_for(reader, "clip", clip.id) for reader in (ben(), ada()))
    assert f"${held.net_minor / 100:.2f} held until Mon 16 Nov 2026" in creators
    assert "The views do not look like people watching. Many came in one hour." in creators
    assert "answer the mail" in creators
    # What it cost them, until when, and nothing that accuses.
    assert f"{held.views_to - held.views_from:,} views are being checked" in sponsors
    assert f"${held.gross_minor / 100:.2f}, is kept apart until Mon 16 Nov 2026" in sponsors
    assert "answer the mail" not in sponsors
    assert "people watching" not in sponsors


def test_a_clips_page_says_what_does_not_count_and_why():
    clip = a_clip_that_earns()
    first, second = Accrual.objects.filter(clip=clip).order_by("number")
    reversing.reverse_earnings(
        clip_id=clip.id,
        accrual_ids=[first.id],
        reason="bought_views",
        note="They came from one place.",
        actor="user:7",
        claw_back=False,
        now=MONDAY + timedelta(hours=2),
    )
    page = page_for(ben(), "clip", clip.id)

    assert f"${first.net_minor / 100:.2f} does not count" in page
    assert "The views were not made by people. They came from one place." in page
    found = overviews.clip_overview(clip_of_creator(clip_id=clip.id, creator_id=ben().id))
    assert (found.earnings.net_minor, found.reversals[0].amount_minor) == (second.net_minor, first.net_minor)


def test_the_sponsors_campaign_has_back_what_did_not_count():
    clip = a_clip_that_earns()
    first, second = Accrual.objects.filter(clip=clip).order_by("number")
    reversing.reverse_earnings(
        clip_id=clip.id,
        accrual_ids=[first.id],
        reason="bought_views",
        note="They came from one place.",
        actor="user:7",
        claw_back=False,
        now=MONDAY + timedelta(hours=2),
    )
    budget = overviews.campaign_overview(
        campaign_id=clip.campaign_id, organisation_id=adas_organisation().id, now=MONDAY + timedelta(hours=2)
    ).budget

    assert (budget.total_minor, budget.available_minor) == (BUDGET, BUDGET - second.gross_minor)


def test_a_creator_sees_the_caps_they_are_bound_by():
    campaign = a_campaign(
        budget_minor=BUDGET, terms=TermsDraft(cpm_minor={"tiktok": 1_000}, cap_per_creator_minor=5_00)
    )
    clip = an_approved_clip(campaign)
    seen(clip, 9_00)
    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    page = page_for(ben(), "clip", clip.id)

    assert "Above the cap" in page
    assert "$4.00" in page  # 9.00 of views, at most 5.00
    assert "At most per creator" in page
    assert "all clips together" in page_for(ada(), "campaign", campaign.id)
