"""The pure decisions about ownership, profiles and intake."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.clips.rules import intake, ownership, profiles

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
MINE = intake.OwnChannel(channel_id=7, author_id="111", handle="Ben.Runs")


@pytest.mark.parametrize(
    "bio",
    [
        "ABCDEFGH23",
        "runs | abcdefgh23 | miles",
        "ＡＢＣＤＥＦＧＨ２３",
        "ABCD\u200bEFGH\u00ad2\ufeff3",
        "\u2068ABCDEFGH23\u2069",
    ],
)
def test_a_code_is_found_however_it_was_typed(bio):
    assert ownership.carries_code(bio, "ABCDEFGH23")


@pytest.mark.parametrize("bio", ["", "ABCDEFGH2", "ABCD EFGH23", "ABCDEFGH24"])
def test_another_text_is_not_the_code(bio):
    assert not ownership.carries_code(bio, "ABCDEFGH23")


def test_an_empty_code_is_found_nowhere():
    assert not ownership.carries_code("anything", "")


@pytest.mark.parametrize(
    ("platform", "text", "name"),
    [
        ("tiktok", "@ben.runs", "ben.runs"),
        ("tiktok", " https://www.tiktok.com/@ben.runs?lang=en ", "ben.runs"),
        ("tiktok", "tiktok.com/@ben/video/7106798200794926362", "ben"),
        ("instagram", "https://www.instagram.com/ben_runs/", "ben_runs"),
        ("youtube", "https://youtube.com/@ben-runs/shorts", "ben-runs"),
        ("youtube", "https://www.youtube.com/channel/UC0123456789abcdefghijkl", "UC0123456789abcdefghijkl"),
    ],
)
def test_a_handle_is_read_from_what_people_paste(platform, text, name):
    assert profiles.profile_name(platform=platform, text=text) == name


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("tiktok", ""),
        ("tiktok", "ben runs"),
        ("tiktok", "https://tiktok.com.evil.example/@ben"),
        ("tiktok", "https://www.instagram.com/ben/"),
        ("instagram", "https://www.instagram.com/p/DDexAp2RvVT/"),
        ("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("instagram", "b" * 301),
    ],
)
def test_what_names_no_account_is_refused(platform, text):
    with pytest.raises(profiles.UnreadableProfile):
        profiles.profile_name(platform=platform, text=text)


def finding(*, channel: intake.OwnChannel = MINE, **said: object) -> intake.Finding:
    facts = {"author_id": "111", "coauthor_handles": (), "posted_at": NOW, "is_video": True} | said
    return intake.finding(
        said=intake.Said(**facts),  # type: ignore[arg-type]
        channels=[channel],
        submitted_at=NOW,
        freshness_days=7,
    )


def test_the_author_id_confirms_the_clip():
    assert finding() == intake.Finding(channel_id=7)


def test_another_author_is_held_against_the_clip():
    assert finding(author_id="222").fix == intake.FixCode.NOT_YOUR_CHANNEL


@pytest.mark.parametrize(
    ("keeps_handle", "found"),
    [
        (True, intake.Finding(channel_id=7)),
        (False, intake.Finding(fix=intake.FixCode.NOT_YOUR_CHANNEL)),
        (None, intake.Finding()),
    ],
)
def test_a_co_author_made_the_clip_too_while_the_handle_is_still_theirs(keeps_handle, found):
    channel = replace(MINE, keeps_handle=keeps_handle)

    assert finding(channel=channel, author_id="222", coauthor_handles=("someone", "ben.runs")) == found


def test_no_handle_is_doubted_where_the_author_id_tells():
    said = intake.Said(author_id="111", coauthor_handles=("ben.runs",), posted_at=NOW, is_video=True)

    assert intake.known_by_handle(said, [MINE]) == []


def test_without_an_author_nothing_can_be_told():
    assert finding(author_id=None) == intake.Finding()


def test_a_picture_has_no_view_count():
    assert finding(is_video=False).fix == intake.FixCode.NO_VIEW_COUNT


def test_a_clip_may_be_as_old_as_the_campaign_accepts():
    assert finding(posted_at=NOW - timedelta(days=7)).fix is None


def test_a_clip_older_than_the_campaign_accepts_is_too_old():
    assert finding(posted_at=NOW - timedelta(days=7, hours=2)).fix == intake.FixCode.TOO_OLD
