"""Numbers, amounts and moments are said the way people read them, and what nobody measured is never said as 0."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from cliphaven.config.templatetags import formats
from cliphaven.config.templatetags.states import LOOKS, look_of

NOW = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "said"),
    [
        (123456, "USD", "$1,234.56"),
        (5, "USD", "$0.05"),
        (0, "USD", "$0.00"),
        (-50000, "USD", "\N{MINUS SIGN}$500.00"),
        (500, "JPY", "¥500"),
        (10**13, "USD", "$100,000,000,000.00"),
        (None, "USD", "not measured"),
    ],
)
def test_minor_units_are_said_in_the_currency(amount_minor: int | None, currency: str, said: str) -> None:
    assert formats.money(amount_minor, currency) == said


def test_money_that_was_not_measured_is_not_zero() -> None:
    assert formats.money(None, "JPY") == "not measured"


@pytest.mark.parametrize("say", [formats.money, formats.signed_money, formats.plain_amount])
def test_no_amount_is_shown_without_its_currency(say: Callable[[int, str], str]) -> None:
    with pytest.raises(KeyError):
        say(1234, "")


def test_money_in_two_pieces_is_the_whole_amount() -> None:
    assert formats.money_parts(123456, "USD") == ("$1,234", ".56")
    assert formats.money_parts(500, "JPY") == ("¥500", "")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1K"),
        (1299, "1.2K"),
        (99_999, "99.9K"),
        (1_289_345, "1.2M"),
        (250_000_000, "250M"),
    ],
)
def test_a_short_count_never_promises_more_than_was_seen(count: int, said: str) -> None:
    assert formats.views_short(count) == said


@pytest.mark.parametrize("say", [formats.views, formats.views_short, formats.day, formats.moment])
def test_nothing_measured_is_not_zero(say: object) -> None:
    assert callable(say)
    assert say(None) == "not measured"


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=35), "35 h ago"),
        (timedelta(hours=36), "1 day ago"),
        (timedelta(hours=48), "2 days ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=14), "Mon 19 Oct 2026"),
    ],
)
def test_how_long_ago_is_said_ever_more_roughly(gone: timedelta, said: str) -> None:
    assert formats.since(NOW - gone, NOW) == said


@pytest.mark.parametrize(
    ("left", "said", "pressing"),
    [
        (timedelta(days=5), "5 days", "calm"),
        (timedelta(hours=31, minutes=20), "31 h 20 min", "calm"),
        (timedelta(hours=24), "24 h 0 min", "soon"),
        (timedelta(hours=6), "6 h 0 min", "urgent"),
        (timedelta(seconds=5), "1 min", "urgent"),
        (timedelta(0), "now", "over"),
    ],
)
def test_a_deadline_says_what_is_left_and_how_pressing_it_is(left: timedelta, said: str, pressing: str) -> None:
    assert (formats.until(NOW + left, NOW), formats.hurry(NOW + left, NOW)) == (said, pressing)


def test_moments_are_said_in_utc() -> None:
    east = datetime.fromisoformat("2026-11-02T07:30:00+02:00")
    assert formats.moment(east) == "Mon 2 Nov 2026, 05:30 UTC"
    assert formats.day(date(2026, 11, 9)) == "Mon 9 Nov 2026"


@pytest.mark.parametrize(("part", "whole", "said"), [(1, 3, "33.33"), (3, 2, "100.00"), (0, 5, "0"), (5, 0, "0")])
def test_a_share_stays_within_its_bar(part: int, whole: int, said: str) -> None:
    assert formats.share(part, whole) == said


def test_a_state_nobody_taught_us_shows_its_own_name() -> None:
    assert look_of("clip", "brand_new").label == "Brand new"


def test_every_state_has_a_known_tone_and_a_glyph() -> None:
    looks = [look for kind in LOOKS.values() for look in kind.values()]
    assert {look.tone for look in looks} <= {"quiet", "wait", "good", "move", "done", "stop", "hold"}
    assert {look.glyph for look in looks} <= {
        "st-open",
        "st-wait",
        "st-move",
        "st-done",
        "st-stop",
        "st-hold",
        "st-ask",
    }
