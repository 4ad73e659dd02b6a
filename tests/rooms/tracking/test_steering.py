"""Polls keep to the day's budget: the price follows the spending, and what is spent is spent."""

from datetime import datetime, timedelta

import pytest

from cliphaven.clips.models import Lookup, VendorPause
from cliphaven.tracking import queries
from cliphaven.tracking.models import PriceStep, VendorCall, VendorPrice
from cliphaven.tracking.operations import steering
from cliphaven.tracking.queries import prices
from cliphaven.tracking.rules.policies import PRICE
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import approved, poll_at
from tests.rooms.tracking.tracked import WEDNESDAY, a_polled_campaign, a_tracked_clip

pytestmark = pytest.mark.django_db
MIDNIGHT = WEDNESDAY.replace(hour=0)


def a_call(*, at: datetime, platform: str = "tiktok", usd: float = 0) -> VendorCall:
    return VendorCall.objects.create(
        platform=platform, source="test", asked=25, started_at=at, ended_at=at, cost_microusd=round(usd * 1_000_000)
    )


def price(vendor: str = "apify") -> VendorPrice:
    return VendorPrice.objects.get(vendor=vendor)


def test_an_hour_that_cost_more_than_its_part_makes_polls_dearer(settings):
    settings.APIFY_BUDGET_USD = 24
    steering.steer(now=WEDNESDAY)
    a_call(at=WEDNESDAY + timedelta(minutes=5), usd=2)

    steering.steer(now=WEDNESDAY + timedelta(hours=1))

    assert price().price == pytest.approx(PRICE * 1.105, rel=0.001)  # e^(0.1 · (2 - 1) / 1)
    assert prices.current_price("instagram") == price().price


def test_the_price_takes_one_step_an_hour_however_often_spending_is_counted(settings):
    settings.APIFY_BUDGET_USD = 24
    steering.steer(now=WEDNESDAY)
    a_call(at=WEDNESDAY, usd=2)
    for minutes in (60, 70, 80):
        steering.steer(now=WEDNESDAY + timedelta(minutes=minutes))

    assert price().price == pytest.approx(PRICE * 1.105, rel=0.001)


def test_a_paid_poll_is_never_worth_less_than_it_was_found_to_be():
    steering.steer(now=WEDNESDAY)
    steering.steer(now=WEDNESDAY + timedelta(hours=1))

    assert price().price == PRICE


def test_at_youtube_units_of_quota_are_counted(settings):
    settings.YOUTUBE_BUDGET_UNITS = 9_000
    a_call(at=WEDNESDAY, platform="youtube"), a_call(at=MIDNIGHT - timedelta(minutes=1), platform="youtube")

    steering.steer(now=WEDNESDAY + timedelta(minutes=1))

    assert (price("youtube").spent, price("youtube").budget) == (1, 9_000)
    assert price("youtube").used_up_until is None


def test_a_vendor_whose_budget_is_spent_is_left_alone_until_the_next_day(world, settings):
    settings.APIFY_BUDGET_USD = 2
    campaign, now = a_polled_campaign(), world.now()
    approved(an_account(world), campaign), approved(an_account(world, platform="youtube"), campaign)
    a_call(at=now - timedelta(minutes=1), usd=2)

    steering.steer(now=now)

    assert poll_at(now).asked == 1  # the clip at YouTube
    midnight = now.replace(hour=0, minute=0) + timedelta(days=1)
    assert price().used_up_until == midnight
    assert poll_at(midnight).asked == 2  # hourly


def test_a_budget_that_is_raised_opens_the_vendor_at_once(world, settings):
    settings.APIFY_BUDGET_USD = 2
    now = world.now()
    approved(an_account(world), a_polled_campaign())
    a_call(at=now - timedelta(minutes=1), usd=2)
    steering.steer(now=now)
    assert poll_at(now).asked == 0

    settings.APIFY_BUDGET_USD = 3
    steering.steer(now=now)

    assert poll_at(now).asked == 1


def test_clips_that_wait_for_the_next_days_budget_are_not_forgotten():
    clip = a_tracked_clip(a_polled_campaign(), due_at=WEDNESDAY, overdue_at=WEDNESDAY)
    later = WEDNESDAY + timedelta(hours=1)
    assert queries.forgotten_clips(due_before=later) == [(clip.clip_id, WEDNESDAY)]

    VendorPause.objects.create(
        vendor="apify", reason="budget", begun_at=WEDNESDAY, ends_at=later + timedelta(minutes=1)
    )

    assert queries.forgotten_clips(due_before=later) == []


def a_question(*, at: datetime, platform: str = "tiktok", usd: float = 0) -> Lookup:
    return Lookup.objects.create(
        platform=platform, subject="profile", asked=1, asked_at=at, cost_microusd=round(usd * 1_000_000)
    )


def test_what_is_asked_beside_polls_is_spent_of_the_same_budget(settings):
    settings.APIFY_BUDGET_USD, settings.YOUTUBE_BUDGET_UNITS = 2, 2
    for platform in ("instagram", "youtube"):
        a_call(at=WEDNESDAY, platform=platform, usd=1.5 if platform == "instagram" else 0)
        a_question(at=WEDNESDAY, platform=platform, usd=0.5 if platform == "instagram" else 0)

    steering.steer(now=WEDNESDAY + timedelta(minutes=1))

    assert (price().spent, price("youtube").spent) == (2_000_000, 2)  # 1.5 + 0.5 USD; a call and a question
    next_day = MIDNIGHT + timedelta(days=1)
    assert (price().used_up_until, price("youtube").used_up_until) == (next_day, next_day)


def test_each_step_of_a_price_is_kept_for_a_year(settings):
    settings.APIFY_BUDGET_USD = 24
    steering.steer(now=WEDNESDAY)
    a_call(at=WEDNESDAY + timedelta(minutes=5), usd=2)
    steering.steer(now=WEDNESDAY + timedelta(hours=1))
    steering.steer(now=WEDNESDAY + timedelta(hours=1, minutes=10))

    [step] = PriceStep.objects.filter(vendor="apify")
    assert (step.stepped_at, step.spent, step.planned) == (WEDNESDAY + timedelta(hours=1), 2_000_000, 1_000_000)
    assert step.price == price().price

    assert steering.forget_steps(now=step.stepped_at + steering.STEPS_KEPT) == 0
    assert (
        steering.forget_steps(now=step.stepped_at + steering.STEPS_KEPT + timedelta(seconds=1)) == 2
    )  # YouTube's, too
