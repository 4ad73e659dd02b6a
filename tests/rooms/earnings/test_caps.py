"""What one creator may earn in a campaign, and how many clips they may hand in on a day."""

from datetime import timedelta

import pytest

from cliphaven.campaigns.models import Campaign, Terms
from cliphaven.clips.models import Clip
from cliphaven.clips.operations import submission
from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.operations import accruing
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_channel, a_user, an_approved_clip, ben, seen
from tests.rooms.earnings.earners import a_plain_campaign, broken, earned, money_of
from tests.rooms.earnings.test_proofs import forged

NOON = MONDAY.replace(hour=12)


def a_clip_under(campaign: Campaign, *, cap: int | None) -> Clip:
    """A clip of Ben's under a new version of the terms."""
    latest = Terms.objects.filter(campaign=campaign).order_by("-version")[0]
    version = Terms.objects.create(
        campaign=campaign,
        version=latest.version + 1,
        fee_bp=latest.fee_bp,
        cap_per_creator_minor=cap,
        created_at=MONDAY,
    )
    for rate in latest.rates.all():
        version.rates.create(platform=rate.platform, cpm_minor=rate.cpm_minor)
    number = Clip.objects.count() + 1
    return Clip.objects.create(
        campaign=campaign,
        terms=version,
        creator=ben(),
        channel=a_channel(ben()),
        platform="tiktok",
        video_id=f"80000000000000{number:05d}",
        submitted_at=MONDAY,
        state="approved",
        author_checked_at=MONDAY,
        auto_approves_at=MONDAY,
    )


@pytest.mark.django_db
def test_all_clips_of_a_creator_together_stay_below_the_cap():
    campaign = a_plain_campaign(cap_per_creator_minor=1_000)
    one, other = an_approved_clip(campaign), an_approved_clip(campaign)
    theirs = an_approved_clip(campaign, creator=a_user("Eve"))
    for clip, views in ((one, 1_000), (other, 3_000), (theirs, 900)):
        seen(clip, views)

    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY)

    assert queries.gross_by_clip([one.id, other.id, theirs.id]) == {one.id: 250, other.id: 750, theirs.id: 900}
    assert queries.clip_earnings(clip_id=other.id).capped_minor == 3_000 - 750
    assert broken() == {}


@pytest.mark.django_db
def test_a_cap_that_is_reached_lets_nothing_more_be_earned():
    campaign = a_plain_campaign(cap_per_creator_minor=1_000)
    first = earned(1_200, campaign=campaign)
    seen(first.clip, 5_000, at=NOON)

    assert operations.accrue_all(now=NOON) == 0
    assert money_of() == {"clearing": 900}


@pytest.mark.django_db
def test_a_new_cap_does_not_take_back_what_was_earned_and_binds_new_clips_by_all_that_was():
    campaign = a_plain_campaign()
    earned(1_500, campaign=campaign)
    tight, wide = a_clip_under(campaign, cap=1_000), a_clip_under(campaign, cap=2_000)
    seen(tight, 700), seen(wide, 700)

    operations.accrue_campaign(campaign_id=campaign.id, now=NOON)

    assert queries.gross_by_clip([tight.id, wide.id]) == {wide.id: 2_000 - 1_500}
    assert broken() == {}


@pytest.mark.django_db
def test_an_old_clip_goes_on_under_its_own_terms():
    campaign = a_plain_campaign()
    old = earned(1_500, campaign=campaign)
    a_clip_under(campaign, cap=1_000)
    seen(old.clip, 4_000, at=NOON)
    operations.accrue_campaign(campaign_id=campaign.id, now=NOON)

    assert queries.clip_earnings(clip_id=old.clip_id).gross_minor == 4_000


@pytest.mark.django_db
def test_the_proofs_notice_earnings_above_a_cap():
    campaign = a_plain_campaign(cap_per_creator_minor=1_000)
    accrual = earned(900, campaign=campaign)
    found = forged("update campaigns_terms set cap_per_creator_minor = 500")

    assert found == {
        "creators stay below their caps": (f"accrual {accrual.name} brings its creator to 900, above the cap of 500",)
    }


@pytest.mark.django_db
def test_a_large_campaign_is_paid_in_parts_without_tearing_a_creators_share_apart(monkeypatch):
    monkeypatch.setattr(accruing, "CLIPS_AT_ONCE_MAX", 3)
    campaign = a_plain_campaign(cap_per_creator_minor=1_000)
    for creator in ("Ben", "Eve", "Kim"):
        for _ in range(2):
            seen(an_approved_clip(campaign, creator=a_user(creator)), 2_000)

    assert operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY) == 4
    assert operations.accrue_all(now=MONDAY) == 2
    assert list(Accrual.objects.values_list("gross_minor", flat=True)) == [500] * 6
    assert broken() == {}


@pytest.mark.django_db
def test_a_short_budget_is_shared_among_all_however_many_there_are(monkeypatch):
    monkeypatch.setattr(accruing, "CLIPS_AT_ONCE_MAX", 1)
    campaign = a_plain_campaign(budget_minor=600)
    for creator in ("Ben", "Eve", "Kim"):
        seen(an_approved_clip(campaign, creator=a_user(creator)), 1_000)

    operations.accrue_all(now=MONDAY)

    assert list(Accrual.objects.values_list("gross_minor", flat=True)) == [200] * 3


def submitted(campaign: Campaign, number: int, *, now=NOON) -> submission.LineResult:
    [result] = submission.submit_clips(
        creator_id=ben().id,
        campaign_id=campaign.id,
        text=f"https://www.tiktok.com/@ben/video/{7_300_000_000_000_000_000 + number}",
        now=now,
    )
    return result


def a_campaign_for_two_clips_a_day() -> Campaign:
    a_channel(ben())
    return a_plain_campaign(clips_per_creator_daily=2, freshness_days=90)


@pytest.fixture
def any_age(monkeypatch):
    """The made-up numbers of these videos tell no day."""
    monkeypatch.setattr(submission.intake, "told_by_id", lambda **_: None)


@pytest.mark.django_db
def test_the_clip_over_the_daily_limit_is_refused_and_told_when_to_come_again(any_age):
    campaign = a_campaign_for_two_clips_a_day()

    results = [submitted(campaign, number) for number in range(3)]

    assert [result.state for result in results] == ["accepted", "accepted", "refused"]
    assert results[-1].code == "daily_limit"
    assert results[-1].sentence == (
        "This campaign takes 2 clips a day from each creator. Submit this one again after 03 November, 00:00 UTC."
    )


@pytest.mark.django_db
def test_the_next_day_takes_clips_again(any_age):
    campaign = a_campaign_for_two_clips_a_day()
    for number in range(2):
        submitted(campaign, number)

    assert submitted(campaign, 3, now=MONDAY.replace(hour=23, minute=59)).state == "refused"
    assert submitted(campaign, 3, now=MONDAY.replace(hour=0) + timedelta(days=1)).state == "accepted"


def test_twenty_submissions_at_once_do_not_pass_the_daily_limit(committed, any_age):
    campaign = a_campaign_for_two_clips_a_day()

    answers = at_once(lambda number: submitted(campaign, number).state)

    assert answers == {"accepted": 2, "refused": 18}
