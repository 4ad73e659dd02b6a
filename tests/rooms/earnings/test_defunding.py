"""A sponsor takes unspent money out of a campaign, or ends it; nobody who earned loses by it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns import queries as campaign_queries
from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.operations import campaigns
from cliphaven.earnings import operations
from cliphaven.earnings.operations import crediting, defunding
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import Organisation
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.tracking.operations import lifecycle
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_user, adas_organisation, an_approved_clip, seen
from tests.rooms.earnings.earners import a_plain_campaign, balance, broken, budget_of, earned

HOUR = timedelta(hours=1)


def wallet() -> int:
    return balance(AccountKind.SPONSOR_WALLET, adas_organisation().id)


def a_paused_campaign(*, budget_minor: int = 1_000) -> Campaign:
    campaign = a_plain_campaign(budget_minor=budget_minor)
    campaigns.pause_campaign(campaign_id=campaign.id, organisation_id=campaign.organisation_id, now=MONDAY)
    return campaign


def take_out(
    campaign: Campaign, amount: int, *, key: str = "the-first-form", organisation_id: int | None = None
) -> bool:
    return defunding.defund_campaign(
        campaign_id=campaign.id,
        organisation_id=organisation_id or campaign.organisation_id,
        user_id=a_user("Ada").id,
        amount_minor=amount,
        request_key=key,
        now=MONDAY,
    )


@pytest.mark.django_db
def test_unspent_money_of_a_paused_campaign_comes_back():
    campaign = a_paused_campaign(budget_minor=1_000)

    assert take_out(campaign, 400)
    assert (budget_of(campaign), wallet()) == (600, 400)
    assert broken() == {}


@pytest.mark.django_db
def test_one_form_sent_twice_takes_money_out_once():
    campaign = a_paused_campaign(budget_minor=1_000)
    take_out(campaign, 800)

    assert take_out(campaign, 800) is False
    assert wallet() == 800


@pytest.mark.django_db
def test_one_form_with_two_amounts_is_refused():
    campaign = a_paused_campaign()
    take_out(campaign, 400)

    with pytest.raises(campaigns.DefundingRefused, match="sent before"):
        take_out(campaign, 300)


@pytest.mark.django_db
def test_what_seen_views_are_worth_stays():
    campaign = a_paused_campaign(budget_minor=1_000)
    seen(an_approved_clip(campaign), 300)

    with pytest.raises(campaigns.DefundingRefused, match=r"\$7.00 at most: \$3.00 of what is unspent are for views"):
        take_out(campaign, 701)
    take_out(campaign, 700)
    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY + HOUR)
    assert budget_of(campaign) == 0
    assert balance(AccountKind.PLATFORM_FEES) == 30


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [0, -1, 1_001])
def test_what_is_not_there_is_not_taken_out(amount):
    campaign = a_paused_campaign(budget_minor=1_000)

    with pytest.raises(campaigns.DefundingRefused):
        take_out(campaign, amount)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "what_to_do"), [("active", "Pause"), ("completed", "close the campaign"), ("closed", "in the wallet")]
)
def test_money_stays_in_a_campaign_in_which_creators_count_on_it(state, what_to_do):
    campaign = a_paused_campaign()
    Campaign.objects.update(state=state)

    with pytest.raises(campaigns.DefundingRefused, match=what_to_do):
        take_out(campaign, 1)


@pytest.mark.django_db
def test_nobody_takes_money_out_of_anothers_campaign():
    campaign = a_paused_campaign()
    stranger = Organisation.objects.create(name="Eve Ltd", created_at=MONDAY)

    with pytest.raises(campaign_queries.NoSuchCampaign):
        take_out(campaign, 1, organisation_id=stranger.id)


def test_taking_out_and_earning_at_once_never_touch_the_same_money(committed):
    campaign = a_paused_campaign(budget_minor=1_000)
    for number in range(5):
        seen(an_approved_clip(campaign, creator=a_user(f"Creator{number}")), 100)

    def act(number: int) -> str:
        if number % 2:
            operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
            return "earned"
        try:
            take_out(campaign, 100, key=f"form-number-{number}")
        except campaigns.DefundingRefused:
            return "refused"
        return "taken out"

    answers = at_once(act)

    # 5 * 100 are for the views, whoever comes first: five of ten get their 100.
    assert answers == {"earned": 10, "taken out": 5, "refused": 5}
    assert (budget_of(campaign), wallet()) == (0, 500)
    assert broken() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["active", "paused"])
def test_a_sponsor_ends_a_campaign_and_closes_it_a_month_later(state):
    campaign = a_plain_campaign(budget_minor=1_000)
    Campaign.objects.update(state=state)
    whose = {"campaign_id": campaign.id, "organisation_id": campaign.organisation_id}

    campaigns.end_campaign(**whose, now=MONDAY)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.completed_at) == ("completed", MONDAY)
    with pytest.raises(campaigns.StateChangeRefused):
        campaigns.close_campaign(**whose, user_id=a_user("Ada").id, now=MONDAY + timedelta(days=29))
    assert campaigns.close_campaign(**whose, user_id=a_user("Ada").id, now=MONDAY + timedelta(days=30)) == 1_000


@pytest.mark.django_db
def test_the_last_views_of_a_campaign_that_was_ended_are_read_and_paid():
    campaign = a_plain_campaign(budget_minor=1_000)
    clip = an_approved_clip(campaign)
    campaigns.end_campaign(campaign_id=campaign.id, organisation_id=campaign.organisation_id, now=MONDAY)

    assert lifecycle.start_tracking(now=MONDAY) == 1
    seen(clip, 400, at=MONDAY)
    assert operations.accrue_all(now=MONDAY + HOUR) == 1


@pytest.mark.django_db
def test_a_campaign_that_was_ended_takes_no_money_and_does_not_go_on():
    campaign = a_plain_campaign(budget_minor=1_000)
    campaigns.end_campaign(campaign_id=campaign.id, organisation_id=campaign.organisation_id, now=MONDAY)

    with pytest.raises(campaigns.FundingRefused):
        campaigns.fund_campaign(
            campaign_id=campaign.id,
            organisation_id=campaign.organisation_id,
            user_id=a_user("Ada").id,
            amount_minor=1,
            request_key="late-money",
            now=MONDAY,
        )


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "completed", "closed"])
def test_only_a_running_campaign_can_be_ended(state):
    campaign = a_plain_campaign()
    Campaign.objects.update(state=state)

    with pytest.raises(campaigns.StateChangeRefused):
        campaigns.end_campaign(campaign_id=campaign.id, organisation_id=campaign.organisation_id, now=MONDAY)


@pytest.mark.django_db
def test_a_sponsor_ends_and_takes_out_on_the_page():
    campaign = a_paused_campaign(budget_minor=1_000)
    client = Client()
    client.force_login(a_user("Ada"))
    page = client.get(reverse("campaign", args=[campaign.id])).content.decode()
    assert reverse("campaign_defund", args=[campaign.id]) in page
    assert reverse("campaign_end", args=[campaign.id]) in page

    told = client.post(
        reverse("campaign_defund", args=[campaign.id]), {"amount": "4.00", "request_key": "a-form-shown"}, follow=True
    )
    assert "$4.00 is in the wallet again." in told.content.decode()
    told = client.post(
        reverse("campaign_defund", args=[campaign.id]), {"amount": "7", "request_key": "another-form"}, follow=True
    )
    assert "$6.00 is unspent" in told.content.decode()
    client.post(reverse("campaign_end", args=[campaign.id]))
    campaign.refresh_from_db()
    assert (campaign.state, budget_of(campaign), wallet()) == ("completed", 600, 400)


@own_transaction
def provide(minor: int) -> None:
    losses, reserve = (
        Account(kind=kind, currency="USD") for kind in (AccountKind.PLATFORM_LOSSES, AccountKind.INVALID_VIEW_RESERVE)
    )
    leg = ledger.Leg(debit=losses, credit=reserve, amount_minor=minor)
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.PROVISION, external_id="correction:1", legs=(leg,), occurred_at=MONDAY, cause="test"
            )
        ]
    )


@own_transaction
def credit(campaign: Campaign, minor: int, *, correction_id: int = 2, reason: str = "Purged in March.") -> None:
    crediting.credit_invalid_views(
        correction_id=correction_id,
        campaign_id=campaign.id,
        amount_minor=minor,
        reason=reason,
        actor="user:7",
        now=MONDAY,
    )


def a_closed_campaign() -> Campaign:
    campaign = a_plain_campaign()
    earned(1_000, campaign=campaign)
    Campaign.objects.update(state="closed")
    return campaign


@pytest.mark.django_db
def test_a_sponsor_of_a_closed_campaign_is_credited_from_the_reserve_once():
    campaign = a_closed_campaign()
    provide(500)
    credit(campaign, 300)
    credit(campaign, 300)

    assert (wallet(), balance(AccountKind.INVALID_VIEW_RESERVE)) == (300, 200)
    assert broken() == {}


@pytest.mark.django_db
def test_a_reserve_that_holds_too_little_asks_for_a_provision():
    campaign = a_closed_campaign()
    provide(500)

    with pytest.raises(crediting.CreditRefused, match=r"holds \$5.00: make a provision first"):
        credit(campaign, 501)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "reason"), [("completed", "Purged."), ("active", "Purged."), ("closed", " ")])
def test_a_credit_needs_a_closed_campaign_and_a_reason(state, reason):
    campaign = a_closed_campaign()
    Campaign.objects.update(state=state)
    provide(500)

    with pytest.raises(crediting.CreditRefused):
        credit(campaign, 300, reason=reason)
