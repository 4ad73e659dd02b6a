"""A campaign ends: nothing more goes in, the last views are paid, and what nobody earned comes back."""

from datetime import timedelta

import pytest

from cliphaven.campaigns import queries
from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.operations import campaigns
from cliphaven.earnings import operations as earnings
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, an_approved_clip, deposited, fund, seen

pytestmark = pytest.mark.django_db

AFTER_ITS_LAST_DAY = MONDAY + timedelta(days=2)


def an_ended_campaign(*, budget_minor: int) -> Campaign:
    campaign = a_campaign(budget_minor=budget_minor)
    Campaign.objects.filter(id=campaign.id).update(ends_on=MONDAY.date())
    assert campaigns.complete_ended_campaigns(now=AFTER_ITS_LAST_DAY) == 1
    campaign.refresh_from_db()
    return campaign


def close(campaign: Campaign, *, now) -> int:
    return campaigns.close_campaign(
        campaign_id=campaign.id, organisation_id=campaign.organisation_id, user_id=a_user("Ada").id, now=now
    )


def test_a_campaign_whose_last_day_is_over_takes_no_more_money():
    campaign = an_ended_campaign(budget_minor=10_000)
    deposited(adas_organisation(), 5_000, payment="pi_late")

    with pytest.raises(campaigns.FundingRefused):
        campaigns.fund_campaign(
            campaign_id=campaign.id,
            organisation_id=campaign.organisation_id,
            user_id=a_user("Ada").id,
            amount_minor=5_000,
            request_key="too-late",
            now=AFTER_ITS_LAST_DAY,
        )


def test_a_form_that_is_sent_again_after_the_end_says_what_it_said_before_and_moves_nothing():
    campaign = a_campaign(budget_minor=10_000)
    deposited(adas_organisation(), 5_000, payment="pi_more")
    fund(campaign.id, 5_000, key="one-form")
    campaigns.end_campaign(campaign_id=campaign.id, organisation_id=campaign.organisation_id, now=MONDAY)

    fund(campaign.id, 5_000, key="one-form")

    budget = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=campaign.id, currency="USD")
    assert books.balance(budget) == 10_000 + 5_000


def test_a_campaign_that_was_ended_is_not_opened_again_so_that_what_waits_for_its_last_views_stays():
    campaign = a_campaign(budget_minor=10_000)
    whose = {"campaign_id": campaign.id, "organisation_id": campaign.organisation_id}
    campaigns.end_campaign(**whose, now=MONDAY)

    with pytest.raises(campaigns.StateChangeRefused, match="is over"):
        campaigns.activate_campaign(**whose, now=MONDAY)

    assert Campaign.objects.get(id=campaign.id).state == "completed"


def test_its_clips_are_paid_for_their_last_views():
    campaign = an_ended_campaign(budget_minor=10_000)
    seen(an_approved_clip(campaign), 10_000, at=AFTER_ITS_LAST_DAY)

    assert earnings.accrue_campaign(campaign_id=campaign.id, now=AFTER_ITS_LAST_DAY) == 1


def test_it_cannot_be_closed_while_last_clips_may_be_undecided_or_unread():
    campaign = an_ended_campaign(budget_minor=10_000)

    with pytest.raises(campaigns.StateChangeRefused, match="last clips"):
        close(campaign, now=AFTER_ITS_LAST_DAY + timedelta(days=29))


def test_closing_returns_what_nobody_earned():
    campaign = an_ended_campaign(budget_minor=10_000)
    seen(an_approved_clip(campaign), 10_000, at=AFTER_ITS_LAST_DAY)
    earnings.accrue_campaign(campaign_id=campaign.id, now=AFTER_ITS_LAST_DAY)

    assert close(campaign, now=AFTER_ITS_LAST_DAY + timedelta(days=30)) == 10_000 - 1_500

    wallet = queries.wallet(organisation_id=campaign.organisation_id, currency="USD")
    assert (wallet.balance_minor, wallet.in_campaigns_minor) == (8_500, 0)
    campaign.refresh_from_db()
    assert campaign.state == "closed"


def test_a_draft_that_was_funded_can_be_closed_at_once():
    campaign = a_campaign(budget_minor=10_000)
    Campaign.objects.filter(id=campaign.id).update(state="draft")

    assert close(campaign, now=MONDAY) == 10_000


def test_a_running_campaign_cannot_be_closed():
    with pytest.raises(campaigns.StateChangeRefused):
        close(a_campaign(), now=MONDAY)


def test_a_closed_campaign_takes_no_money():
    campaign = a_campaign(budget_minor=10_000)
    Campaign.objects.filter(id=campaign.id).update(state="draft")
    close(campaign, now=MONDAY)

    with pytest.raises(campaigns.FundingRefused):
        fund(campaign.id, 100, key="after-the-end")


def test_a_statement_is_read_in_pages(monkeypatch):
    campaign = a_campaign(budget_minor=10_000)
    deposited(adas_organisation(), 3_000, payment="pi_more")
    for number in range(3):
        fund(campaign.id, 1_000, key=f"a-thousand-{number}")
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=campaign.organisation_id, currency="USD")

    first = books.statement(wallet, limit=2)
    second = books.statement(wallet, before=first[-1].leg_id, limit=2)

    assert [line.balance_minor for line in [*first, *second]] == [0, 1_000, 2_000, 3_000]


def test_a_form_that_is_sent_again_does_not_reopen_a_campaign_that_is_used_up():
    campaign = a_campaign(budget_minor=1_000)
    seen(an_approved_clip(campaign), 10_000)
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY)

    fund(campaign.id, 1_000, key="first-money")

    campaign.refresh_from_db()
    assert campaign.state == "completed"
