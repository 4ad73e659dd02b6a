"""What a campaign asks of clips is part of a version of its terms."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cliphaven.campaigns import queries
from cliphaven.campaigns.models import Campaign, Terms
from cliphaven.campaigns.operations import campaigns, versions
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.campaigns.rules.clip_rules import ClipRule, phrases_typed, problems_of_rules, words_typed
from tests.people import MONDAY, a_campaign, adas_organisation
from tests.rooms.campaigns.test_pages import DRAFT, signed_in

RULES = (ClipRule("mention", "trailco"), ClipRule("hashtag", "shoes"), ClipRule("min_seconds", "15"))


def changed(campaign: Campaign, rules: tuple[ClipRule, ...], *, freshness_days: int = 7) -> int:
    return versions.change_rules(
        campaign_id=campaign.id,
        organisation_id=adas_organisation().id,
        clip_rules=rules,
        freshness_days=freshness_days,
        now=MONDAY + timedelta(days=1),
    )


@pytest.mark.parametrize(
    "rules",
    [
        [ClipRule("mention", "two words")],
        [ClipRule("hashtag", "a-b")],
        [ClipRule("phrase", " ")],
        [ClipRule("phrase", "x" * 101)],
        [ClipRule("min_seconds", "0")],
        [ClipRule("max_seconds", "12.5")],
        [ClipRule("max_seconds", "\u0661\u0662")],
        [ClipRule("min_seconds", "60"), ClipRule("max_seconds", "30")],
        [ClipRule("min_seconds", "15"), ClipRule("min_seconds", "20")],
        [ClipRule("language", "xx")],
        [ClipRule("colour", "red")],
        [ClipRule("hashtag", f"tag{number}") for number in range(11)],
    ],
)
def test_rules_that_nobody_could_keep_are_refused(rules):
    assert len(problems_of_rules(rules)) == 1


def test_sound_rules_have_no_problem():
    assert problems_of_rules([*RULES, ClipRule("phrase", "code TRAIL10"), ClipRule("language", "en")]) == []


def test_handles_and_tags_are_typed_with_or_without_their_signs():
    assert words_typed("@a, b;@a\n@c", sign="@") == ("a", "b", "c")
    assert phrases_typed(" code  TRAIL10 \n\ncode TRAIL10") == ("code TRAIL10",)


@pytest.mark.django_db
def test_other_rules_are_another_version_and_the_money_of_the_terms_stays():
    campaign = a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 150}, hold_days=3, clip_rules=RULES))
    before = queries.campaign(campaign_id=campaign.id).terms

    assert changed(campaign, (ClipRule("hashtag", "boots"),), freshness_days=14) == 2

    after = queries.campaign(campaign_id=campaign.id).terms
    assert after.clip_rules == (ClipRule("hashtag", "boots"),)
    assert (after.rates, after.hold_days, after.fee_bp, after.freshness_days) == (
        before.rates,
        before.hold_days,
        before.fee_bp,
        14,
    )
    assert queries.clip_rules([before.terms_id, after.terms_id])[before.terms_id] == before.clip_rules


@pytest.mark.django_db
def test_the_same_rules_make_no_version():
    campaign = a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 150}, clip_rules=RULES))

    assert (changed(campaign, tuple(reversed(RULES))), Terms.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_campaign_that_is_over_keeps_its_rules():
    campaign = a_campaign()
    campaigns.end_campaign(campaign_id=campaign.id, organisation_id=adas_organisation().id, now=MONDAY)

    with pytest.raises(versions.TermsRefused, match="takes no more clips"):
        changed(campaign, RULES)


@pytest.mark.django_db
def test_a_draft_is_written_with_its_rules():
    typed = {"mentions": "@trailco", "hashtags": "#shoes #trail", "max_seconds": "60", "language": "en"}
    page = signed_in().post(reverse("campaign_create"), {**DRAFT, **typed}, follow=True).content.decode()

    [facts] = queries.campaigns_of(organisation_id=adas_organisation().id)
    assert facts.terms.clip_rules == (
        ClipRule("mention", "trailco"),
        ClipRule("hashtag", "shoes"),
        ClipRule("hashtag", "trail"),
        ClipRule("max_seconds", "60"),
        ClipRule("language", "en"),
    )
    assert "The caption mentions @trailco" in page


@pytest.mark.django_db
def test_the_page_of_rules_shows_them_and_saves_others():
    campaign, client = a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 150}, clip_rules=RULES)), signed_in()
    address = reverse("campaign_rules", args=[campaign.id])

    assert 'value="@trailco"' in client.get(address).content.decode()
    page = client.post(address, {"hashtags": "boots", "freshness_days": "3"}, follow=True).content.decode()
    assert "Version 2 holds for clips that come from now on." in page
    assert "The caption carries #boots" in page


@pytest.mark.django_db
def test_rules_that_contradict_each_other_are_explained():
    answer = signed_in().post(
        reverse("campaign_rules", args=[a_campaign().id]), {"min_seconds": "60", "max_seconds": "30"}
    )

    assert (answer.status_code, "The shortest length is longer" in answer.content.decode()) == (422, True)
