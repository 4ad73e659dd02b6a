"""The audience: growth, its noise, its falls, its frauds, and the platforms' ways of showing them."""

import cmath
import math
import statistics
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from sandbox.audience import ids
from sandbox.audience.display import rounded_subscribers, tiktok_rounded
from sandbox.audience.growth import Growth, drawn_final_views
from sandbox.audience.reading import reading

HOUR = 3_600.0
POSTED = datetime(2026, 10, 5, 14, 0, tzinfo=UTC).timestamp()
PLATFORMS = ("tiktok", "instagram", "youtube")

Json = dict[str, Any]


def growth(seed: int, *, platform: str = "youtube", views: int = 100_000, **changes: Any) -> Growth:
    return Growth(seed, platform, POSTED, views, **{"steady": True, "attack": "none", **changes})


def hourly(life: Growth, hours: int) -> list[int]:
    return [life.counts(POSTED + hour * HOUR).views for hour in range(hours + 1)]


def stored(seed: int, **changes: Any) -> Json:
    """A video as the store keeps it."""
    video = {
        "platform": "tiktok",
        "posted_unix": POSTED,
        "seed": seed,
        "final_views": 50_000,
        "fate": "natural",
        "attack": "none",
        "events": [],
    }
    return {**video, **changes}


def shown(video: Json, hour: float, disorder: float = 0.0) -> int | None:
    state = reading(video, POSTED + hour * HOUR, disorder)
    return None if state is None else state.views


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_steady_video_has_exactly_its_ordered_views_at_30_days(platform: str) -> None:
    assert [growth(seed, platform=platform).counts(POSTED + 720 * HOUR).views for seed in range(20)] == [100_000] * 20


def test_nothing_is_counted_before_the_video_is_posted() -> None:
    assert growth(1).counts(POSTED - 1).views == 0
    assert reading(stored(1), POSTED - 1) is None


def test_every_count_only_grows() -> None:
    for seed in range(60):
        life = growth(seed, platform=PLATFORMS[seed % 3], steady=False, attack=("none", "burst", "drip")[seed % 3])
        previous = life.counts(POSTED)
        for step in range(1, 24 * 40):
            now = life.counts(POSTED + step * HOUR)
            assert now.views >= previous.views
            assert now.likes >= previous.likes
            assert now.comments >= previous.comments
            assert now.shares >= previous.shares
            assert now.saves >= previous.saves
            previous = now


def test_the_same_video_and_moment_give_the_same_counts_in_any_order() -> None:
    forwards, backwards = growth(7, steady=False), growth(7, steady=False)
    moments = [POSTED + hour * HOUR for hour in (1, 50, 3, 700, 20_000, 5)]
    there = {moment: forwards.counts(moment) for moment in moments}
    assert there == {moment: backwards.counts(moment) for moment in reversed(moments)}


def test_final_views_are_log_normal_around_six_thousand() -> None:
    drawn = [drawn_final_views(seed) for seed in range(4_000)]
    assert 5_000 < statistics.median(drawn) < 7_200
    assert 1.8 < statistics.pstdev(math.log(views) for views in drawn) < 2.0


def test_about_one_video_in_eight_takes_off_late() -> None:
    lives = [growth(seed, steady=False) for seed in range(600)]
    late = sum(life.counts(POSTED + 12 * HOUR).views < 0.12 * life.counts(POSTED + 720 * HOUR).views for life in lives)
    assert 0.08 < late / 600 < 0.17


def test_days_are_busier_than_nights_by_about_a_third() -> None:
    """The amplitude of the 24-hour wave in hourly views over their daily mean, between the 4th and the 20th day."""
    amplitudes = []
    for seed in range(40):
        views = hourly(growth(seed, views=10_000_000), 24 * 21)
        wave = 0j
        for hour in range(24 * 4, 24 * 20):
            daily_mean = (views[hour + 12] - views[hour - 12]) / 24
            wave += (views[hour + 1] - views[hour]) / daily_mean * cmath.exp(-2j * math.pi * hour / 24)
        amplitudes.append(2 * abs(wave) / (24 * 16))
    assert 0.28 < statistics.median(amplitudes) < 0.42


def test_rates_decay_like_a_power_of_age() -> None:
    """On average a day's views fall from day 2 to day 16 by 8 to the slope, within the wandering."""
    ratios = []
    for seed in range(300):
        views = hourly(growth(seed, platform="youtube", views=10_000_000), 24 * 17)
        ratios.append(math.log((views[48] - views[24]) / (views[24 * 17] - views[24 * 16])))
    slope = statistics.mean(ratios) / math.log((16.5 * 24 + 4) / (1.5 * 24 + 4))
    assert 0.9 < slope < 1.2


def test_likes_are_about_one_in_forty_views() -> None:
    shares = []
    for seed in range(500):
        counts = growth(seed).counts(POSTED + 720 * HOUR)
        shares.append(counts.likes / counts.views)
    assert 0.021 < statistics.median(shares) < 0.031


def test_early_viewers_like_more() -> None:
    for seed in range(50):
        life = growth(seed, views=1_000_000)
        early, final = life.counts(POSTED + 6 * HOUR), life.counts(POSTED + 720 * HOUR)
        assert early.likes / early.views > final.likes / final.views


def test_a_burst_brings_most_of_its_views_within_three_hours_and_no_likes() -> None:
    for seed in range(30):
        bought, honest = growth(seed, views=6_000, attack="burst"), growth(seed, views=6_000)
        views = hourly(bought, 100)
        steps = [later - earlier for earlier, later in pairwise(views[12:])]
        assert max(sum(steps[hour : hour + 4]) for hour in range(len(steps))) >= 1_500
        assert bought.counts(POSTED + 100 * HOUR).likes == honest.counts(POSTED + 100 * HOUR).likes


def test_a_drip_is_constant_by_day_and_night_and_then_stops() -> None:
    for seed in range(30):
        [delivery] = growth(seed, views=6_000, attack="drip").purchases
        first, last = math.ceil(delivery.from_age), math.floor(delivery.to_age)
        steps = {delivery.views_at(hour + 1) - delivery.views_at(hour) for hour in range(first, last)}
        assert max(steps) - min(steps) <= 1
        assert delivery.views_at(last + 100) == delivery.views
        assert last - first >= 58


def test_packages_come_with_the_same_round_number_of_likes() -> None:
    for seed in range(30):
        deliveries = growth(seed, attack="packages").purchases
        assert 3 <= len(deliveries) <= 8
        assert len({delivery.likes for delivery in deliveries}) == 1
        assert deliveries[0].likes in (25, 50, 100)


def test_a_purge_takes_the_bought_views_and_keeps_the_honest_ones() -> None:
    purge = {"at": POSTED + 200 * HOUR, "action": "purge", "share": 1.0}
    attacked = stored(3, attack="burst", fate="steady")
    honest, purged = stored(3, fate="steady"), {**attacked, "events": [purge]}
    assert shown(attacked, 199) == shown(purged, 199)
    assert shown(purged, 201) == shown(honest, 201)


def test_many_attacks_are_purged_later_and_some_are_not() -> None:
    falls = 0
    for seed in range(300):
        views = [shown(stored(seed, attack="burst"), hour) for hour in range(24, 24 * 14, 6)]
        seen = [one for one in views if one is not None]
        falls += any(later < 0.95 * earlier for earlier, later in pairwise(seen))
    assert 0.3 < falls / 300 < 0.6


def test_honest_videos_are_rarely_purged() -> None:
    falls = 0
    for seed in range(1_000):
        seen = [one for day in range(1, 28) if (one := shown(stored(seed), 24 * day)) is not None]
        falls += any(later < earlier for earlier, later in pairwise(seen))
    assert 0.003 < falls / 1_000 < 0.03


def test_jitter_is_rare_small_and_gone_at_the_next_step() -> None:
    """About 0.15 % of ten-minute steps show less than before, by less than 0.5 %."""
    lower = steps = 0
    for seed in range(40):
        video = stored(seed, fate="steady")
        for step in range(1_000):
            hour = 24 + step / 6
            calm, rough = shown(video, hour), shown(video, hour, disorder=1.0)
            assert calm is not None
            assert rough is not None
            assert 0.995 * calm - 1 <= rough <= calm
            lower, steps = lower + (rough < calm), steps + 1
    assert 0.0008 < lower / steps < 0.0022


def test_counters_sometimes_stand_still_for_hours_and_then_catch_up() -> None:
    """A week at 20 times the usual 2 % a day: of 80 videos about 80 * (1 - 0.6 ** 7) = 78 stand still at least once."""
    stalled = 0
    for seed in range(80):
        video = stored(seed, platform="youtube", final_views=5_000_000)
        shows = [shown(video, hour, disorder=20.0) for hour in range(24, 24 * 8)]
        stalled += any(earlier == later is not None for earlier, later in pairwise(shows))
    assert stalled >= 60


@pytest.mark.parametrize(("platform", "gone"), [("tiktok", 0.25), ("instagram", 0.42), ("youtube", 0.08)])
def test_some_videos_disappear_for_good(platform: str, gone: float) -> None:
    missing = sum(shown(stored(seed, platform=platform), 24 * 365) is None for seed in range(1_000))
    assert missing / 1_000 == pytest.approx(gone, abs=0.05)


def test_a_steady_video_never_disappears_by_itself() -> None:
    assert all(shown(stored(seed, fate="steady"), 24 * 365) is not None for seed in range(300))


def test_asking_25_videos_takes_less_than_five_milliseconds() -> None:
    videos = [stored(seed) for seed in range(25)]
    for video in videos:
        shown(video, 1)
    started = datetime.now(UTC)
    for _ in range(20):
        for video in videos:
            shown(video, 500)
    assert (datetime.now(UTC) - started).total_seconds() / 20 < 0.005


@pytest.mark.parametrize(
    ("count", "displayed"),
    [
        (9_999, 9_999),
        (10_049, 10_000),
        (22_609, 22_600),
        (999_949, 999_900),
        (1_049_999, 1_000_000),
        (1_776_621, 1_800_000),
    ],
)
def test_tiktok_rounds_to_hundreds_and_hundred_thousands(count: int, displayed: int) -> None:
    assert tiktok_rounded(count) == displayed


def test_youtube_shows_three_digits_of_its_subscribers() -> None:
    assert [rounded_subscribers(count) for count in (999, 1_927_873, 12_345)] == [999, 1_920_000, 12_300]


def test_a_tiktok_id_carries_the_second_of_its_upload() -> None:
    assert int(ids.tiktok_video_id(1_792_490_400, seed=5)) >> 32 == 1_792_490_400


def test_an_instagram_code_is_the_media_id_in_base64() -> None:
    """A real pair: DNNlfk8yu6o is media 3696775766840372904."""
    assert ids.instagram_shortcode(3_696_775_766_840_372_904) == "DNNlfk8yu6o"
    assert ids.instagram_media_number("DNNlfk8yu6o") == 3_696_775_766_840_372_904


def test_an_instagram_media_id_carries_the_millisecond_of_its_upload() -> None:
    media_id = ids.instagram_media_id(1_792_490_400_123, seed=5)
    assert (media_id >> 23) + 1_314_220_021_721 == 1_792_490_400_123


def test_youtube_ids_end_in_one_of_sixteen_characters() -> None:
    assert {ids.youtube_video_id(seed)[-1] for seed in range(500)} == set("AEIMQUYcgkosw048")


def test_the_other_spellings_of_a_youtube_id_have_one_canonical_form() -> None:
    assert {ids.youtube_canonical(f"DJztXj2GPf{last}") for last in "klmn"} == {"DJztXj2GPfk"}


def test_channel_ids_are_uc_and_22_characters() -> None:
    assert all(len(ids.youtube_channel_id(seed)) == 24 for seed in range(50))
    assert {ids.youtube_channel_id(seed)[:2] for seed in range(50)} == {"UC"}
