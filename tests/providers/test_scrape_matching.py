"""From hostile items to one poll per clip: tables of everything vendors were seen to send, and properties."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.providers.items import instagram_profile, tiktok_profile, youtube_profile
from cliphaven.providers.readings import Platform, PollOutcome, RequestedClip, ScrapeResult
from cliphaven.providers.scrapes import match_items

TIKTOK = [f"70000000000000000{n:02}" for n in range(25)]
INSTAGRAM = [f"DZN3mhZB{n:02}Q" for n in range(25)]
YOUTUBE = [f"18NGQq7p{n:02}Y" for n in range(25)]
CHANNEL = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
Item = dict[str, Any]


def clips(platform: Platform, ids: list[str]) -> list[RequestedClip]:
    address = {
        "tiktok": "https://www.tiktok.com/@demo/video/{}",
        "instagram": "https://www.instagram.com/p/{}/",
        "youtube": "https://www.youtube.com/watch?v={}",
    }[platform]
    return [RequestedClip(platform=platform, video_id=video_id, url=address.format(video_id)) for video_id in ids]


def tiktok_item(video_id: str = TIKTOK[0], **changed: Any) -> Item:
    return {
        "id": video_id,
        "text": "a clip",
        "createTime": 1756403075,
        "authorMeta": {"id": "6733984297591636998", "name": "demo", "signature": "hello"},
        "webVideoUrl": f"https://www.tiktok.com/@demo/video/{video_id}",
        "submittedVideoUrl": f"https://www.tiktok.com/@demo/video/{video_id}",
        "diggCount": 20,
        "shareCount": 3,
        "playCount": 1000,
        "collectCount": 4,
        "commentCount": 5,
        **changed,
    }


def instagram_item(code: str = INSTAGRAM[0], **changed: Any) -> Item:
    return {
        "inputUrl": f"https://www.instagram.com/p/{code}/",
        "id": "3913028191006298064",
        "type": "Video",
        "shortCode": code,
        "url": f"https://www.instagram.com/p/{code}/",
        "caption": "a reel",
        "commentsCount": 5,
        "likesCount": 20,
        "videoViewCount": 300,
        "videoPlayCount": 1000,
        "timestamp": "2026-06-05T19:58:30.000Z",
        "ownerUsername": "demo",
        "ownerId": "549313808",
        "coauthorProducers": [{"id": "1", "username": "second"}, "[Object]"],
        **changed,
    }


def youtube_item(video_id: str = YOUTUBE[0], **changed: Any) -> Item:
    return {
        "id": video_id,
        "snippet": {"publishedAt": "2026-01-02T03:04:05Z", "channelId": CHANNEL, "title": "a short"},
        "status": {"uploadStatus": "processed", "privacyStatus": "public"},
        "statistics": {"viewCount": "1000", "likeCount": "20", "favoriteCount": "0", "commentCount": "5"},
        **changed,
    }


ITEM = {"tiktok": tiktok_item, "instagram": instagram_item, "youtube": youtube_item}
IDS = {"tiktok": TIKTOK, "instagram": INSTAGRAM, "youtube": YOUTUBE}
PLATFORMS: list[Platform] = ["tiktok", "instagram", "youtube"]


def matched(platform: Platform, items: list[Any], asked: int = 1) -> ScrapeResult:
    return match_items(clips(platform, IDS[platform][:asked]), items, source="test")


def outcome(platform: Platform, item: Any) -> PollOutcome:
    return matched(platform, [item]).polls[0].outcome


def views(result: ScrapeResult) -> list[int | None]:
    return [poll.reading.views if poll.reading else None for poll in result.polls]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_good_item_is_a_measurement(platform: Platform) -> None:
    result = matched(platform, [ITEM[platform]()])
    assert (result.polls[0].outcome, views(result)) == (PollOutcome.MEASURED, [1000])


@pytest.mark.parametrize(
    ("platform", "posted_at", "author_id"),
    [
        ("tiktok", datetime(2025, 8, 28, 17, 44, 35, tzinfo=UTC), "6733984297591636998"),
        ("instagram", datetime(2026, 6, 5, 19, 58, 30, tzinfo=UTC), "549313808"),
        ("youtube", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), CHANNEL),
    ],
)
def test_a_reading_names_the_author_and_the_moment(platform: Platform, posted_at: datetime, author_id: str) -> None:
    reading = matched(platform, [ITEM[platform]()]).polls[0].reading
    assert reading is not None
    assert (reading.posted_at, reading.author_id, reading.source) == (posted_at, author_id, "test")


def test_counts_are_read_from_the_right_fields() -> None:
    reading = matched("tiktok", [tiktok_item()]).polls[0].reading
    assert reading is not None
    assert (reading.likes, reading.comments, reading.shares, reading.saves) == (20, 5, 3, 4)


def test_coauthors_of_a_shared_post_are_read() -> None:
    reading = matched("instagram", [instagram_item()]).polls[0].reading
    assert reading is not None
    assert reading.coauthor_handles == ("second",)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_order_of_the_items_does_not_matter(platform: Platform) -> None:
    items = [ITEM[platform](video_id) for video_id in IDS[platform]]
    shuffled = items[:]
    random.Random(7).shuffle(shuffled)
    assert matched(platform, shuffled, asked=25) == matched(platform, items, asked=25)


@pytest.mark.parametrize("bad", [None, True, False, 1.5, 1000.0, math.nan, "1000", "3.3M", -1, 2**70, [1000], {"n": 1}])
@pytest.mark.parametrize(("platform", "field"), [("tiktok", "playCount"), ("instagram", "videoPlayCount")])
def test_a_count_that_is_no_plain_number_is_no_measurement(platform: Platform, field: str, bad: Any) -> None:
    assert outcome(platform, ITEM[platform](**{field: bad})) is PollOutcome.NO_METRIC


@pytest.mark.parametrize(
    "bad", [None, 1000, True, "-1", "1.5", "1e3", "", "1_000", " 1", "\u0661", "9" * 20, "9" * 5000]
)
def test_a_youtube_count_that_is_no_string_of_digits_is_no_measurement(bad: Any) -> None:
    assert outcome("youtube", youtube_item(statistics={"viewCount": bad})) is PollOutcome.NO_METRIC


def test_a_missing_youtube_count_is_no_measurement_and_hidden_likes_are_unknown() -> None:
    result = matched("youtube", [youtube_item(statistics={"commentCount": "0"})])
    reading = result.polls[0].reading
    assert reading is not None
    assert (result.polls[0].outcome, reading.likes, reading.comments) == (PollOutcome.NO_METRIC, None, 0)


def test_the_old_instagram_counter_is_never_taken_for_views() -> None:
    item = instagram_item()
    del item["videoPlayCount"]
    assert outcome("instagram", item) is PollOutcome.NO_METRIC


def test_plays_on_facebook_are_in_the_count_and_no_part_of_it_stands_for_the_whole() -> None:
    shared = instagram_item(videoPlayCount=781, igPlayCount=769, fbPlayCount=12)
    reading = matched("instagram", [shared]).polls[0].reading
    assert reading is not None
    assert reading.views == 781

    del shared["videoPlayCount"]
    assert outcome("instagram", shared) is PollOutcome.NO_METRIC


def test_a_channels_rounded_subscribers_are_nobodys_views() -> None:
    item = youtube_item()
    of_channel = youtube_item(statistics={"subscriberCount": "1230000", "viewCount": item["statistics"]["viewCount"]})

    readings = [matched("youtube", [one]).polls[0].reading for one in (item, of_channel)]
    assert readings[0] is not None
    assert readings[1] is not None
    assert readings[0].views == readings[1].views


@pytest.mark.parametrize("kind", ["Image", "Sidecar"])
def test_a_picture_has_no_views_even_if_the_item_says_zero(kind: str) -> None:
    poll = matched("instagram", [instagram_item(type=kind, videoPlayCount=0)]).polls[0]
    assert poll.reading is not None
    assert (poll.outcome, poll.reading.is_video) == (PollOutcome.NO_METRIC, False)


def test_zero_plays_of_a_video_are_a_measurement() -> None:
    assert outcome("instagram", instagram_item(videoPlayCount=0)) is PollOutcome.MEASURED


@pytest.mark.parametrize(
    ("platform", "item", "expected"),
    [
        (
            "tiktok",
            {"error": "Post not found or private.", "errorCode": "NOT_FOUND", "url": clips("tiktok", TIKTOK)[0].url},
            PollOutcome.GONE_HINT,
        ),
        ("tiktok", {"error": "Blocked", "url": clips("tiktok", TIKTOK)[0].url}, PollOutcome.PROVIDER_ERROR),
        ("tiktok", tiktok_item(error="Blocked"), PollOutcome.PROVIDER_ERROR),
        (
            "instagram",
            {"error": "not_found", "username": "p", "url": f"https://www.instagram.com/p/{INSTAGRAM[0]}/"},
            PollOutcome.GONE_HINT,
        ),
        (
            "instagram",
            {"error": "restricted_page", "url": f"https://www.instagram.com/reel/{INSTAGRAM[0]}/", "likesCount": 71},
            PollOutcome.RESTRICTED,
        ),
        (
            "instagram",
            {"error": "no_items", "inputUrl": f"https://www.instagram.com/p/{INSTAGRAM[0]}/"},
            PollOutcome.PROVIDER_ERROR,
        ),
        ("instagram", instagram_item(error="something_new"), PollOutcome.PROVIDER_ERROR),
        ("youtube", youtube_item(status={"uploadStatus": "deleted"}), PollOutcome.GONE_HINT),
        ("youtube", youtube_item(status={"privacyStatus": "private"}), PollOutcome.RESTRICTED),
    ],
)
def test_an_error_item_is_never_a_measurement(platform: Platform, item: Item, expected: PollOutcome) -> None:
    assert outcome(platform, item) is expected


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("item", [None, "text", 7, [], {}, {"id": None}, {"id": True}, {"error": "x"}, {"noise": 1}])
def test_an_item_that_names_no_clip_is_counted_and_dropped(platform: Platform, item: Any) -> None:
    result = matched(platform, [item])
    assert (result.polls[0].outcome, result.unreadable_items) == (PollOutcome.MISSING, 1)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_clip_nobody_asked_for_is_counted_and_dropped(platform: Platform) -> None:
    result = matched(platform, [ITEM[platform](IDS[platform][5])])
    assert (result.polls[0].outcome, result.unrequested_items) == (PollOutcome.MISSING, 1)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_case_makes_a_different_id(platform: Platform) -> None:
    result = matched(platform, [ITEM[platform](IDS[platform][0].swapcase())])
    expected = PollOutcome.MEASURED if platform == "tiktok" else PollOutcome.MISSING  # only digits have no case
    assert result.polls[0].outcome is expected


@pytest.mark.parametrize(
    ("platform", "item"),
    [
        ("tiktok", tiktok_item(id="none")),
        ("tiktok", tiktok_item(id=7)),
        ("instagram", instagram_item(shortCode="no code!")),
        ("instagram", instagram_item(shortCode=["DZN3mhZB00Q"])),
    ],
)
def test_an_item_whose_id_is_none_is_not_believed_although_it_answers_our_address(
    platform: Platform, item: Item
) -> None:
    assert outcome(platform, item) is PollOutcome.MISMATCH


def test_an_exported_table_is_no_answer() -> None:
    flat = {**tiktok_item(), "authorMeta.name": "demo"}
    assert outcome("tiktok", flat) is PollOutcome.PROVIDER_ERROR


def test_a_number_for_an_id_is_read_as_its_digits() -> None:
    assert outcome("tiktok", tiktok_item(id=int(TIKTOK[0]))) is PollOutcome.MEASURED


def test_an_item_without_an_id_is_matched_by_the_address_it_answers() -> None:
    assert outcome("tiktok", tiktok_item(id=None, webVideoUrl=None)) is PollOutcome.MEASURED


def test_a_slideshow_is_matched_although_its_address_says_photo() -> None:
    item = tiktok_item(id=None, submittedVideoUrl=None, webVideoUrl=f"https://www.tiktok.com/@demo/photo/{TIKTOK[0]}")
    assert outcome("tiktok", item) is PollOutcome.MEASURED


@pytest.mark.parametrize(
    ("platform", "item"),
    [
        ("tiktok", tiktok_item(TIKTOK[1], submittedVideoUrl=f"https://www.tiktok.com/@demo/video/{TIKTOK[0]}")),
        ("instagram", instagram_item(INSTAGRAM[1], inputUrl=f"https://www.instagram.com/p/{INSTAGRAM[0]}/")),
    ],
)
def test_an_item_that_answers_one_clip_with_another_is_believed_for_neither(platform: Platform, item: Item) -> None:
    result = matched(platform, [item], asked=2)
    assert [poll.outcome for poll in result.polls] == [PollOutcome.MISMATCH, PollOutcome.MISMATCH]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_of_two_items_for_one_clip_one_is_kept_whatever_their_order(platform: Platform) -> None:
    low = ITEM[platform]()
    high = youtube_item(statistics={"viewCount": "5000"}) if platform == "youtube" else {**low, "text": "again"}
    if platform == "tiktok":
        high["playCount"] = 5000
    if platform == "instagram":
        high["videoPlayCount"] = 5000
    one, other = matched(platform, [low, high]), matched(platform, [high, low])
    assert one == other
    assert (views(one), one.duplicate_items) == ([1000], 1)


def test_a_measurement_beats_an_error_for_the_same_clip() -> None:
    error = {"error": "Post not found or private.", "url": clips("tiktok", TIKTOK)[0].url}
    assert matched("tiktok", [error, tiktok_item()]).polls[0].outcome is PollOutcome.MEASURED


def gone(video_id: str) -> Item:
    return {"error": "Post not found or private.", "url": f"https://www.tiktok.com/@demo/video/{video_id}"}


@pytest.mark.parametrize(
    ("failed", "asked", "doubtful"),
    [
        (8, 25, True),  # 8 of 25 = 32 %
        (7, 25, False),  # 7 of 25 = 28 %
        (4, 4, False),  # fewer than five
        (5, 5, True),
        (6, 20, False),  # 6 of 20 = 30 %, not more
    ],
)
def test_when_many_clips_fail_at_once_none_is_called_gone(failed: int, asked: int, doubtful: bool) -> None:
    items = [gone(video_id) for video_id in TIKTOK[:failed]] + [tiktok_item(v) for v in TIKTOK[failed:asked]]
    result = matched("tiktok", items, asked=asked)
    expected = PollOutcome.PROVIDER_ERROR if doubtful else PollOutcome.GONE_HINT
    assert [poll.outcome for poll in result.polls[:failed]] == [expected] * failed
    assert result.negatives_doubtful is doubtful
    assert all(poll.outcome is PollOutcome.MEASURED for poll in result.polls[failed:])


def test_a_youtube_answer_with_many_gaps_is_doubtful() -> None:
    result = matched("youtube", [youtube_item(video_id) for video_id in YOUTUBE[5:12]], asked=12)  # 5 of 12 = 41 %
    assert result.negatives_doubtful


def test_clips_of_two_platforms_cannot_be_asked_for_together() -> None:
    with pytest.raises(ValueError, match="one platform"):
        match_items(clips("tiktok", TIKTOK[:1]) + clips("youtube", YOUTUBE[:1]), [], source="test")


def test_a_clip_that_is_asked_for_twice_has_two_polls_alike() -> None:
    [clip] = clips("tiktok", TIKTOK[:1])
    first, second = match_items([clip, clip], [tiktok_item()], source="test").polls
    assert first == second
    assert first.outcome is PollOutcome.MEASURED


def test_text_is_made_fit_for_the_database() -> None:
    reading = matched("tiktok", [tiktok_item(text="a\0b\ud800c" + "x" * 9000)]).polls[0].reading
    assert reading is not None
    assert reading.caption.startswith("abcx")
    assert len(reading.caption) <= 5000


@pytest.mark.parametrize("moment", ["soon", "2026-06-05", "0001-01-01T00:00:00+14:00", 5, None, "9999-12-31T23:59:59Z"])
def test_a_moment_that_cannot_be_is_unknown(moment: Any) -> None:
    reading = matched("instagram", [instagram_item(timestamp=moment)]).polls[0].reading
    assert reading is not None
    assert reading.posted_at is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        *("id", "shortCode", "url", "inputUrl", "submittedVideoUrl", "webVideoUrl", "error", "playCount", "type"),
        *(
            "videoPlayCount",
            "authorMeta",
            "statistics",
            "snippet",
            "status",
            "timestamp",
            "createTime",
            "createTimeISO",
        ),
        *("ownerId", "coauthorProducers", "text", "caption"),
    ]
)


@given(st.sampled_from(PLATFORMS), st.lists(st.dictionaries(FIELDS, JSON) | JSON, max_size=4), st.data())
def test_every_requested_clip_gets_exactly_one_poll_whatever_comes(
    platform: Platform, junk: list[Any], data: st.DataObject
) -> None:
    good = [ITEM[platform](video_id) for video_id in IDS[platform][:3]]
    spoilt = [{**item, **data.draw(st.dictionaries(FIELDS, JSON, max_size=3))} for item in good]
    result = matched(platform, [*junk, *spoilt], asked=3)
    assert [poll.clip.video_id for poll in result.polls] == IDS[platform][:3]
    assert all(
        (poll.outcome is PollOutcome.MEASURED) == (count is not None)
        for poll, count in zip(result.polls, views(result), strict=True)
    )


PROFILE: Mapping[str, Any] = {"id": "242598499", "username": "Demo", "biography": "code CH-1234ABCD"}


def test_an_instagram_profile_is_read_by_its_handle() -> None:
    profile = instagram_profile("@demo", [{"error": "not_found", "username": "demo"}, PROFILE])
    assert profile is not None
    assert (profile.author_id, profile.handle, profile.bio) == ("242598499", "Demo", "code CH-1234ABCD")


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"error": "not_found", "url": "https://www.instagram.com/demo/", "username": "demo"}],
        [{**PROFILE, "username": "other"}],
        [{**PROFILE, "biography": None}],
        [{**PROFILE, "id": None}],
        [None, "demo"],
    ],
)
def test_an_instagram_profile_that_is_not_there_could_not_be_read(items: list[Any]) -> None:
    assert instagram_profile("demo", items) is None


def test_a_tiktok_profile_is_read_from_its_videos() -> None:
    profile = tiktok_profile("demo", [tiktok_item(TIKTOK[0]), tiktok_item(TIKTOK[1])])
    assert profile is not None
    assert (profile.author_id, profile.bio) == ("6733984297591636998", "hello")


def test_two_accounts_under_one_handle_could_not_be_read() -> None:
    other = tiktok_item(TIKTOK[1], authorMeta={"id": "6733984297591636999", "name": "demo", "signature": "x"})
    assert tiktok_profile("demo", [tiktok_item(), other]) is None


@pytest.mark.parametrize("wanted", ["@Demo", "demo", CHANNEL])
def test_a_channel_is_read_by_its_handle_or_its_id(wanted: str) -> None:
    item = {"id": CHANNEL, "snippet": {"customUrl": "@demo", "description": "code CH-1234ABCD"}}
    profile = youtube_profile(wanted, [item])
    assert profile is not None
    assert (profile.author_id, profile.bio) == (CHANNEL, "code CH-1234ABCD")


@pytest.mark.parametrize("item", [{}, {"id": CHANNEL}, {"id": "x", "snippet": {"customUrl": "@demo"}}, None])
def test_another_channel_could_not_be_read(item: Any) -> None:
    assert youtube_profile("@demo", [item]) is None
