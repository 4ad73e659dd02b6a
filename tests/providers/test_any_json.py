"""Whatever JSON stands in whatever field of a vendor's item: it is read without a crash, and no count is absurd."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cliphaven.providers import vendor_calls
from cliphaven.providers.items import MAX_COUNT, MAX_TEXT, instagram_profile, tiktok_profile, youtube_profile
from cliphaven.providers.readings import ClipReading, Platform, PollOutcome
from tests.providers.test_scrape_matching import IDS, ITEM, PLATFORMS, Item, matched

ODD_NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**53 + 1, 2**63, 10**11, 10**11 - 1, -(2**63), 10**400, 1e308, -0.0])
ODD_TEXTS = st.sampled_from(
    ["", "0", "007", "-1", "+1", "1e9", "9" * 400, "١٢", "1\0002", "\ud800", "null", "NaN", "0001-01-01T00:00:00+23:59"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | ODD_NUMBERS | ODD_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def places(item: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to each field of an item, also to those that hold others."""
    for name, value in item.items() if isinstance(item, dict) else ():
        yield (*path, name)
        yield from places(value, (*path, name))


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names of fields too."""
    if isinstance(value, str):
        yield value
    for inner in [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


def with_value(item: Item, place: tuple[str, ...], value: Any) -> Item:
    changed = deepcopy(item)
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return changed


def counts(reading: ClipReading) -> list[int]:
    found = (reading.views, reading.likes, reading.comments, reading.shares, reading.saves)
    return [count for count in found if count is not None]


@settings(deadline=None)
@given(st.sampled_from(PLATFORMS), JSON, st.data())
def test_any_value_in_any_field_makes_no_crash_and_no_absurd_count(
    platform: Platform, value: Any, data: st.DataObject
) -> None:
    item = ITEM[platform]()
    spoilt = with_value(item, data.draw(st.sampled_from(list(places(item)))), value)
    # The whole way: written out as a vendor would, read as its answer is.
    body = vendor_calls.parsed(json.dumps([spoilt]).encode())

    result = matched(platform, body if isinstance(body, list) else [])

    [poll] = result.polls
    assert poll.clip.video_id == IDS[platform][0]
    assert (poll.outcome is PollOutcome.MEASURED) == (poll.reading is not None and poll.reading.views is not None)
    if poll.reading is not None:
        assert all(type(count) is int and 0 <= count < MAX_COUNT for count in counts(poll.reading))
        assert len(poll.reading.caption.encode()) <= 4 * MAX_TEXT
        assert "\0" not in poll.reading.caption
        assert poll.reading.posted_at is None or 2005 <= poll.reading.posted_at.year < 2100


@settings(deadline=None)
@given(st.sampled_from([tiktok_profile, instagram_profile, youtube_profile]), st.lists(JSON, max_size=3), st.data())
def test_any_value_in_any_field_of_a_profile_makes_no_crash(read: Any, junk: list[Any], data: st.DataObject) -> None:
    profile = {
        "id": "242598499",
        "username": "demo",
        "biography": "hello",
        "authorMeta": {"id": "6733984297591636998", "name": "demo", "signature": "hello"},
        "snippet": {"customUrl": "@demo", "description": "hello"},
    }
    place = data.draw(st.sampled_from(list(places(profile))))

    reading = read("demo", [*junk, with_value(profile, place, data.draw(JSON))])

    assert reading is None or (reading.author_id.isalnum() and "\0" not in reading.bio + reading.handle)


@settings(deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_answer_that_a_database_can_hold_or_none(content: bytes) -> None:
    body = vendor_calls.parsed(content)

    assert json.loads(json.dumps(body, allow_nan=False)) == body
    assert not any("\0" in text or text != text.encode("utf-8", "replace").decode() for text in texts(body))
