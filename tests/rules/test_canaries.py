"""A canary's count is right within what a platform rounds, jitters, and what the video may have grown."""

from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.tracking.rules.canaries import KnownCount, Verdict, ask_again_at, expected_views, judge

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)


def known(views: int, *, platform: str = "youtube", growth_per_day: int = 0) -> KnownCount:
    return KnownCount(platform=platform, views=views, known_at=MONDAY, growth_per_day=growth_per_day)


@pytest.mark.parametrize(
    ("views", "verdict"),
    [
        (100_000, Verdict.RIGHT),
        (100_000 - 500, Verdict.RIGHT),  # half a per cent of jitter
        (100_000 - 501, Verdict.WRONG),
        (100_000 + 500, Verdict.RIGHT),
        (100_000 + 501, Verdict.WRONG),
        (0, Verdict.WRONG),
        (None, Verdict.UNREAD),
    ],
)
def test_a_count_that_stands_still_may_jitter_and_no_more(views, verdict):
    assert judge(known(100_000), views=views, at=MONDAY) is verdict


def test_what_it_may_have_grown_counts_by_the_day():
    canary = known(100_000, growth_per_day=1_000)

    assert expected_views(canary, at=MONDAY + timedelta(hours=36)) == (99_500, 101_500 + 507)


def test_a_platform_that_rounds_may_be_one_step_off():
    assert expected_views(known(1_200_000, platform="tiktok"), at=MONDAY) == (1_100_000, 1_300_000)
    assert expected_views(known(12_300, platform="tiktok"), at=MONDAY) == (12_200, 12_400)


def test_a_clock_that_is_set_back_makes_nothing_grow_or_shrink():
    assert expected_views(known(1_000, growth_per_day=24), at=MONDAY - timedelta(days=9)) == (995, 1_005)


def test_a_vendor_that_goes_on_being_wrong_is_asked_ever_less_often():
    waits = [ask_again_at(MONDAY, in_quarantine=number) - MONDAY for number in (1, 2, 3, 20)]

    assert waits == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40), timedelta(hours=6)]
