"""Campaigns from draft to pause: terms that hold, money that moves once, states that follow their table."""

import itertools
from datetime import timedelta

import pytest

from cliphaven.campaigns import queries, rules
from cliphaven.campaigns.models import Campaign, Terms
from cliphaven.campaigns.operations import campaigns
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.foundation.money import AMOUNT_MINOR_MAX, CPM_MINOR_MAX, VIEWS_MAX
from cliphaven.identity.models import Organisation
from cliphaven.ledger.chart import AccountKind
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, ben, deposited
from tests.rooms.campaigns.conftest import balance

TODAY = MONDAY.date()
SOUND = TermsDraft(cpm_minor={"tiktok": 150})
ALL_STATES = tuple(rules.NEXT_STATES)


def draft(*, terms: TermsDraft = SOUND, **changes: object) -> int:
    fields = {
        "organisation_id": adas_organisation().id,
        "title": "Trail shoes",
        "brief": "Show the sole.",
        "currency": "USD",
        "starts_on": TODAY,
        "ends_on": None,
        **changes,
    }
    return campaigns.create_campaign(terms=terms, now=MONDAY, **fields)


def set_aside(
    campaign_id: int, amount_minor: int, *, key: str = "first-money", organisation_id: int | None = None
) -> None:
    campaigns.fund_campaign(
        campaign_id=campaign_id,
        organisation_id=organisation_id or adas_organisation().id,
        user_id=a_user("Ada").id,
        amount_minor=amount_minor,
        request_key=key,
        now=MONDAY,
    )


def a_funded_draft(*, wallet_minor: int = 100_00, budget_minor: int = 60_00) -> int:
    campaign_id = draft()
    deposited(adas_organisation(), wallet_minor)
    if budget_minor:
        set_aside(campaign_id, budget_minor)
    return campaign_id


def money(campaign_id: int) -> tuple[int, int]:
    """What is free in the wallet and what the campaign holds, in cents."""
    return (
        balance(AccountKind.SPONSOR_WALLET, adas_organisation().id),
        balance(AccountKind.CAMPAIGN_BUDGET, campaign_id),
    )


def state(campaign_id: int) -> str:
    return Campaign.objects.get(id=campaign_id).state


def terms(**changes: object) -> TermsDraft:
    return TermsDraft(**{"cpm_minor": {"tiktok": 150}, **changes})


TERMS = [
    (terms(), 0),
    (terms(cpm_minor={"tiktok": 1, "instagram": CPM_MINOR_MAX, "youtube": 150}), 0),
    (terms(cpm_minor={}), 1),
    (terms(cpm_minor={"tiktok": 0}), 1),
    (terms(cpm_minor={"tiktok": -1}), 1),
    (terms(cpm_minor={"tiktok": CPM_MINOR_MAX + 1}), 1),
    (terms(cpm_minor={"myspace": 150}), 1),
    (terms(cpm_minor={"myspace": 0}), 2),
    (terms(min_views=0), 0),
    (terms(min_views=VIEWS_MAX), 0),
    (terms(min_views=-1), 1),
    (terms(min_views=VIEWS_MAX + 1), 1),
    (terms(max_payout_per_clip_minor=1), 0),
    (terms(max_payout_per_clip_minor=0), 1),
    (terms(max_payout_per_clip_minor=AMOUNT_MINOR_MAX + 1), 1),
    (terms(hold_days=0), 0),
    (terms(hold_days=60), 0),
    (terms(hold_days=61), 1),
    (terms(hold_days=-1), 1),
    (terms(review_hours=1), 0),
    (terms(review_hours=168), 0),
    (terms(review_hours=0), 1),
    (terms(review_hours=169), 1),
    (terms(freshness_days=1), 0),
    (terms(freshness_days=90), 0),
    (terms(freshness_days=0), 1),
    (terms(freshness_days=91), 1),
    (TermsDraft(cpm_minor={}, min_views=-1, max_payout_per_clip_minor=0, hold_days=-1, review_hours=0), 5),
]


@pytest.mark.parametrize(("proposed", "problems"), TERMS, ids=str)
def test_terms_are_judged_by_every_rule(proposed, problems):
    assert len(rules.problems_of_terms(proposed)) == problems


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"title": "  "},
        {"currency": "XXX"},
        {"ends_on": TODAY - timedelta(days=1)},
        {"starts_on": TODAY + timedelta(days=9), "ends_on": TODAY + timedelta(days=8)},
        {"terms": TermsDraft(cpm_minor={})},
    ],
    ids=str,
)
def test_an_unsound_draft_is_refused_and_leaves_nothing(changes):
    with pytest.raises(campaigns.TermsRefused):
        draft(**changes)
    assert (Campaign.objects.count(), Terms.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_draft_keeps_its_terms_and_the_fee_of_its_day(settings):
    settings.PLATFORM_FEE_BP = 750
    campaign_id = draft(terms=TermsDraft(cpm_minor={"youtube": 90, "tiktok": 150}, min_views=1_000, hold_days=3))

    facts = queries.campaign_of(campaign_id=campaign_id, organisation_id=adas_organisation().id)
    assert [(rate.platform, rate.cpm_minor) for rate in facts.terms.rates] == [("tiktok", 150), ("youtube", 90)]
    assert (facts.terms.version, facts.terms.fee_bp, facts.terms.min_views, facts.terms.hold_days) == (1, 750, 1_000, 3)
    assert (facts.state, facts.budget_left_minor) == ("draft", 0)


@pytest.mark.django_db
def test_money_goes_from_the_wallet_to_the_campaign():
    assert money(a_funded_draft(wallet_minor=100_00, budget_minor=60_00)) == (100_00 - 60_00, 60_00)


@pytest.mark.django_db
def test_one_form_sent_twice_moves_money_once():
    campaign_id = a_funded_draft(budget_minor=30_00)
    set_aside(campaign_id, 30_00)
    assert money(campaign_id) == (100_00 - 30_00, 30_00)

    set_aside(campaign_id, 30_00, key="another-form")
    assert money(campaign_id) == (100_00 - 2 * 30_00, 2 * 30_00)


@pytest.mark.django_db
def test_one_form_with_two_amounts_is_refused():
    campaign_id = a_funded_draft(budget_minor=30_00)

    with pytest.raises(campaigns.FundingRefused):
        set_aside(campaign_id, 31_00)


def test_one_form_sent_twenty_times_at_once_moves_money_once(committed):
    campaign_id = a_funded_draft(budget_minor=0)

    assert at_once(lambda _: str(set_aside(campaign_id, 30_00))) == {"None": 20}
    assert money(campaign_id) == (100_00 - 30_00, 30_00)


@pytest.mark.django_db
@pytest.mark.parametrize("amount_minor", [100_01, AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX + 1, 0, -1])
def test_what_the_wallet_does_not_hold_is_refused(amount_minor):
    campaign_id = a_funded_draft(wallet_minor=100_00, budget_minor=0)

    with pytest.raises(campaigns.FundingRefused):
        set_aside(campaign_id, amount_minor)


def test_twenty_forms_at_once_never_spend_more_than_the_wallet(committed):
    campaign_id = a_funded_draft(wallet_minor=100_00, budget_minor=0)

    def try_to(number: int) -> str:
        try:
            set_aside(campaign_id, 15_00, key=f"form-number-{number}")
        except campaigns.FundingRefused:
            return "refused"
        return "moved"

    assert at_once(try_to) == {"moved": 6, "refused": 14}  # 6 * 15.00 fit in 100.00
    assert money(campaign_id) == (100_00 - 6 * 15_00, 6 * 15_00)


@pytest.mark.django_db
def test_nobody_moves_another_organisations_money_or_campaigns():
    campaign_id = a_funded_draft()
    stranger = Organisation.objects.create(name="Eve Ltd", created_at=MONDAY)
    deposited(stranger, 100_00)

    with pytest.raises(queries.NoSuchCampaign):
        set_aside(campaign_id, 1_00, organisation_id=stranger.id)
    for act in (campaigns.activate_campaign, campaigns.pause_campaign):
        with pytest.raises(queries.NoSuchCampaign):
            act(campaign_id=campaign_id, organisation_id=stranger.id, now=MONDAY)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(ALL_STATES, ALL_STATES)))
def test_states_follow_each_other_as_declared(one, other):
    declared = {
        ("draft", "active"),
        ("draft", "closed"),
        ("active", "paused"),
        ("active", "completed"),
        ("paused", "active"),
        ("paused", "completed"),
        ("completed", "active"),
        ("completed", "closed"),
    }

    assert rules.can_become(one, other) is ((one, other) in declared)


@pytest.mark.django_db
def test_a_campaign_opens_pauses_and_opens_again():
    campaign_id, organisation_id = a_funded_draft(), adas_organisation().id
    seen = []
    for act in (campaigns.activate_campaign, campaigns.pause_campaign, campaigns.activate_campaign):
        act(campaign_id=campaign_id, organisation_id=organisation_id, now=MONDAY)
        seen.append(state(campaign_id))

    assert seen == ["active", "paused", "active"]


@pytest.mark.django_db
def test_a_campaign_without_money_does_not_open():
    campaign_id = draft()

    with pytest.raises(campaigns.StateChangeRefused):
        campaigns.activate_campaign(campaign_id=campaign_id, organisation_id=adas_organisation().id, now=MONDAY)


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["draft", "paused", "completed", "closed"])
def test_only_an_open_campaign_can_be_paused(before):
    campaign_id = a_funded_draft()
    Campaign.objects.update(state=before)

    with pytest.raises(campaigns.StateChangeRefused):
        campaigns.pause_campaign(campaign_id=campaign_id, organisation_id=adas_organisation().id, now=MONDAY)


@pytest.mark.django_db
def test_a_closed_campaign_takes_no_money():
    campaign_id = a_funded_draft()
    Campaign.objects.update(state="closed")

    with pytest.raises(campaigns.FundingRefused):
        set_aside(campaign_id, 1_00, key="late-money")


@pytest.mark.django_db
@pytest.mark.parametrize("last_day", [None, TODAY])
def test_money_reopens_a_used_up_campaign(last_day):
    campaign_id = a_funded_draft()
    Campaign.objects.update(state="completed", completed_at=MONDAY, ends_on=last_day)
    set_aside(campaign_id, 1_00, key="second-money")

    assert state(campaign_id) == "active"


@pytest.mark.django_db
def test_a_campaign_whose_last_day_is_over_takes_no_money():
    campaign_id = a_funded_draft()
    Campaign.objects.update(ends_on=TODAY - timedelta(days=1))

    with pytest.raises(campaigns.FundingRefused):
        set_aside(campaign_id, 1_00, key="late-money")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "last_day", "after"),
    [
        ("active", TODAY, "active"),
        ("active", TODAY - timedelta(days=1), "completed"),
        ("paused", TODAY - timedelta(days=1), "completed"),
        ("draft", TODAY - timedelta(days=1), "draft"),
        ("closed", TODAY - timedelta(days=1), "closed"),
        ("active", None, "active"),
    ],
)
def test_running_campaigns_complete_when_their_last_day_is_over(before, last_day, after):
    campaign_id = a_funded_draft()
    Campaign.objects.update(state=before, ends_on=last_day)
    campaigns.complete_ended_campaigns(now=MONDAY)

    assert state(campaign_id) == after


@pytest.mark.django_db
def test_creators_see_open_campaigns_with_money_best_funded_first():
    poor, rich, paused = (
        a_campaign(title=title, budget_minor=budget)
        for title, budget in (("Poor", 10_00), ("Rich", 90_00), ("Paused", 50_00))
    )
    campaigns.pause_campaign(campaign_id=paused.id, organisation_id=adas_organisation().id, now=MONDAY)

    assert [found.campaign_id for found in queries.open_campaigns()] == [rich.id, poor.id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"state": "paused"},
        {"state": "draft"},
        {"ends_on": TODAY - timedelta(days=1)},
        {"starts_on": TODAY + timedelta(days=1)},
    ],
    ids=str,
)
def test_clips_are_taken_only_while_a_campaign_runs(changes):
    campaign = a_campaign()
    assert queries.terms_for_submission(campaign_id=campaign.id, creator_id=ben().id, now=MONDAY).rates["tiktok"] == 150

    Campaign.objects.update(**changes)
    with pytest.raises(queries.CampaignNotOpen):
        queries.terms_for_submission(campaign_id=campaign.id, creator_id=ben().id, now=MONDAY)
