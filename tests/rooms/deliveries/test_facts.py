"""What happens in the rooms is told, to the right programs, in the words of the catalogue."""

import json
from datetime import timedelta

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.operations import campaigns
from cliphaven.clips.models import Clip
from cliphaven.clips.operations import decisions
from cliphaven.deliveries.models import Event
from cliphaven.deliveries.rules import catalogue
from cliphaven.earnings.operations import holding, reversing
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, an_approved_clip, ben, deposited, fund
from tests.rooms.deliveries.hooks import adas_endpoint, an_endpoint
from tests.rooms.earnings.earners import LATER, cleared, earned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]
NOWHERE = "http://127.0.0.1:9/"


def told(**whom: object) -> list[tuple[str, dict]]:
    """Type and data of what was told, in order, to Ben or to Ada's organisation."""
    rows = Event.objects.filter(**whom).order_by("deliveries__id")
    letters = [json.loads(row.body) for row in rows]
    return [(letter["type"], letter["data"]) for letter in letters]


def usd(amount_minor: int) -> dict:
    return catalogue.money(amount_minor, "USD")


def test_a_campaigns_life():
    adas_endpoint(NOWHERE)
    campaign = a_campaign(budget_minor=10_000)
    whose = {"campaign_id": campaign.id, "organisation_id": campaign.organisation_id}
    deposited(adas_organisation(), 500, payment="pi_more")
    for _ in range(2):
        fund(campaign.id, 500, key="the-same-form")
    campaigns.pause_campaign(**whose, now=MONDAY)
    campaigns.end_campaign(**whose, now=MONDAY)
    Campaign.objects.filter(id=campaign.id).update(completed_at=MONDAY - timedelta(days=31))
    campaigns.close_campaign(**whose, user_id=a_user("Ada").id, now=MONDAY)

    its = {"campaign_id": campaign.id}
    assert told(organisation=campaign.organisation_id) == [
        ("campaign.funded", {**its, "amount": usd(10_000)}),
        ("campaign.activated", its),
        ("campaign.funded", {**its, "amount": usd(500)}),
        ("campaign.paused", its),
        ("campaign.completed", {**its, "because": "ended"}),
        ("campaign.closed", {**its, "returned": usd(10_500)}),
    ]


def test_campaigns_that_end_by_themselves():
    adas_endpoint(NOWHERE, "campaign.completed")
    over, other = a_campaign(title="Over"), a_campaign(title="Goes on")
    Campaign.objects.filter(id=over.id).update(ends_on=MONDAY.date() - timedelta(days=1))
    campaigns.complete_ended_campaigns(now=MONDAY)
    campaigns.complete_ended_campaigns(now=MONDAY)

    assert told(organisation=other.organisation_id) == [
        ("campaign.completed", {"campaign_id": over.id, "because": "last_day"})
    ]


def test_a_budget_that_is_used_up():
    adas_endpoint(NOWHERE, "campaign.completed")
    campaign = a_campaign(budget_minor=150)
    earned(1_000, campaign=campaign)

    assert told(organisation=campaign.organisation_id) == [
        ("campaign.completed", {"campaign_id": campaign.id, "because": "budget_used"})
    ]


def test_decisions_on_clips_are_told_to_both_sides():
    an_endpoint(NOWHERE), adas_endpoint(NOWHERE, "clip.approved", "clip.needs_fix", "clip.rejected", "clip.submitted")
    campaign = a_campaign()
    approved, late, fixed, refused = (an_approved_clip(campaign) for _ in range(4))
    Clip.objects.update(state="pending", decided_at=None, auto_approves_at=MONDAY + timedelta(days=2))
    judge = {"organisation_id": campaign.organisation_id, "reviewer_id": a_user("Cleo").id, "now": MONDAY}
    no = {"rejection_code": "off_brief", "note": "Show the sole."}
    decisions.approve_clip(clip_id=approved.id, **judge)
    decisions.reject_clip(clip_id=fixed.id, **judge, **no, outcome="needs_fix")
    decisions.reject_clip(clip_id=refused.id, **judge, **no)
    decisions.resubmit_clip(clip_id=fixed.id, creator_id=ben().id, note="Done", now=MONDAY)
    Clip.objects.filter(id=late.id).update(auto_approves_at=MONDAY)
    decisions.auto_approve_due(now=MONDAY)

    def of(clip: Clip) -> dict:
        return {"clip_id": clip.id, "campaign_id": campaign.id, "platform": "tiktok"}

    both = [
        ("clip.approved", {**of(approved), "by": "reviewer"}),
        ("clip.needs_fix", {**of(fixed), "code": "off_brief"}),
        ("clip.rejected", {**of(refused), "code": "off_brief", "is_final": False}),
        ("clip.approved", {**of(late), "by": "clock"}),
    ]
    again = {**of(fixed), "url": fixed.canonical_url, "approves_at": "2026-11-04T06:00:00Z"}
    assert told(user=ben()) == both
    assert told(organisation=campaign.organisation_id) == [*both[:3], ("clip.submitted", again), both[3]]
    assert "ben@" not in "".join(Event.objects.values_list("body", flat=True))


def test_earnings_that_clear_are_held_let_go_and_reversed():
    an_endpoint(NOWHERE)
    first, second = earned(1_000), earned(2_000)
    hold = {"clip_id": first.clip_id, "actor": "user:7", "note": "Have a look.", "now": MONDAY}
    holding.hold_earnings(
        accrual_ids=[first.id], reason="under_review", releases_at=MONDAY + timedelta(days=14), **hold
    )
    holding.release_holds(hold_ids=[first.holds.get().id], **hold)
    cleared()
    reversing.reverse_earnings(
        clip_id=second.clip_id,
        accrual_ids=[second.id],
        reason="bought_views",
        note="They came from one place.",
        actor="user:7",
        claw_back=False,
        now=LATER,
    )

    its = {"clip_id": first.clip_id, "campaign_id": first.campaign_id, "amount": usd(900)}
    assert told(user=ben()) == [
        ("earnings.held", {**its, "reason": "under_review", "releases_at": "2026-11-16T06:00:00Z"}),
        ("earnings.released", its),
        ("earnings.cleared", {"amount": usd(2_700), "entries": 2}),
        (
            "earnings.reversed",
            {
                "clip_id": second.clip_id,
                "campaign_id": second.campaign_id,
                "amount": usd(1_800),
                "reason": "bought_views",
            },
        ),
    ]
