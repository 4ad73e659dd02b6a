"""Views become money owed, once, under the pinned terms, and never more than there is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.queries import budget_account
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, ben, deposited, fund, read_again, seen

pytestmark = pytest.mark.django_db

FEES = Account(kind=AccountKind.PLATFORM_FEES, currency="USD")


def accrue(campaign: Campaign, *, hours: int = 1) -> int:
    return operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY + timedelta(hours=hours))


def budget(campaign: Campaign) -> int:
    return books.balance(budget_account(campaign_id=campaign.id, currency="USD"))


def clearing(user_id: int) -> int:
    return books.balance(Account(kind=AccountKind.CREATOR_CLEARING, owner_id=user_id, currency="USD"))


def test_seen_views_earn_their_rate_less_the_fee():
    campaign = a_campaign(budget_minor=100_000)
    seen(an_approved_clip(campaign), 10_000)

    assert accrue(campaign) == 1

    gross = 10_000 * 150 // 1000
    fee = gross * 1_000 // 10_000
    assert clearing(ben().id) == gross - fee
    assert books.balance(FEES) == fee
    assert budget(campaign) == 100_000 - gross


def test_views_that_were_counted_earn_nothing_again():
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    accrue(campaign)

    assert accrue(campaign, hours=2) == 0


def test_more_views_earn_the_difference():
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    first = seen(clip, 10_000)
    accrue(campaign)
    second = seen(clip, 25_000, at=MONDAY + timedelta(hours=1))
    accrue(campaign, hours=2)

    latest = Accrual.objects.get(clip=clip, number=2)
    assert latest.gross_minor == (25_000 - 10_000) * 150 // 1000
    assert (latest.from_observation_id, latest.to_observation_id) == (first.id, second.id)
    assert (latest.views_from, latest.views_to) == (10_000, 25_000)


def test_what_is_earned_is_earned_from_an_observation_that_there_is():
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    accrue(campaign)
    earned = Accrual.objects.get()
    earned.pk, earned.number, earned.to_observation_id = None, 2, earned.to_observation_id + 1

    earned.save()

    with pytest.raises(IntegrityError, match="to_observation"):
        connection.check_constraints()


def test_nothing_is_earned_below_the_minimum_and_everything_at_it():
    campaign = a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 100}, min_views=1_000))
    clip = an_approved_clip(campaign)
    seen(clip, 999)
    assert accrue(campaign) == 0

    seen(clip, 1_000, at=MONDAY + timedelta(hours=1))
    accrue(campaign, hours=2)

    assert queries.clip_earnings(clip_id=clip.id).gross_minor == 1_000 * 100 // 1000


def test_a_budget_that_ends_is_shared_and_completes_the_campaign_at_zero():
    campaign = a_campaign(budget_minor=1_000)
    one, other = an_approved_clip(campaign), an_approved_clip(campaign, creator=a_user("Eve"))
    seen(one, 10_000)
    seen(other, 30_000)

    accrue(campaign)

    # wants: 1,500 and 4,500 of 1,000: a quarter and three quarters
    assert queries.gross_by_clip([one.id, other.id]) == {one.id: 250, other.id: 750}
    assert queries.clip_earnings(clip_id=one.id).unfunded_minor == 1_500 - 250
    assert budget(campaign) == 0
    campaign.refresh_from_db()
    assert campaign.state == "completed"


def test_a_top_up_lets_a_completed_campaign_pay_what_it_could_not():
    campaign = a_campaign(budget_minor=1_000)
    clip = an_approved_clip(campaign)
    seen(clip, 10_000)
    accrue(campaign)

    deposited(campaign.organisation, 5_000, payment="pi_top_up")
    fund(campaign.id, 5_000, key="second-money")
    accrue(campaign, hours=2)

    assert queries.clip_earnings(clip_id=clip.id).gross_minor == 10_000 * 150 // 1000
    campaign.refresh_from_db()
    assert campaign.state == "active"


def test_earnings_clear_when_their_hold_period_is_over_and_not_before():
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    accrue(campaign)
    accrued_at = MONDAY + timedelta(hours=1)
    read_again(at=accrued_at + timedelta(days=6, hours=13))

    assert operations.clear_all(now=accrued_at + timedelta(days=7) - timedelta(seconds=1)) == 0
    assert operations.clear_all(now=accrued_at + timedelta(days=7)) == 1

    payable = Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=ben().id, currency="USD")
    assert books.balances([payable])[payable] == 1_350
    assert clearing(ben().id) == 0


def test_what_is_shown_is_what_can_be_paid_plus_named_blockers():
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    seen(clip, 10_000)
    accrue(campaign)
    read_again(at=MONDAY + timedelta(days=8))
    operations.clear_all(now=MONDAY + timedelta(days=8))
    seen(clip, 30_000, at=MONDAY + timedelta(days=8))
    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY + timedelta(days=8))

    balance = queries.explained_balance(creator_id=ben().id, currency="USD", now=MONDAY + timedelta(days=8))

    assert balance.owed_minor == balance.payable_minor + sum(blocker.amount_minor for blocker in balance.blockers)
    assert balance.payable_minor == 1_350
    assert balance.clearing_minor == 3_000 - 300


def test_no_clip_ever_counts_more_than_was_believed():
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    accrue(campaign)

    assert queries.anomalies() == []


def test_a_counted_total_above_the_believed_one_is_flagged():
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    seen(clip, 10_000)
    accrue(campaign)
    seen(clip, 9_000, at=MONDAY + timedelta(hours=2))  # what must never happen

    assert queries.anomalies() == [clip.id]
