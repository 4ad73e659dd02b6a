"""Which clip an address means: a table of real addresses, hostile ones, and properties over generated ones."""

import contextlib
import json
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cliphaven.clips.rules.urls import (
    MAX_LENGTH,
    UnreadableUrl,
    instagram_posted_at,
    parse_clip_url,
    tiktok_posted_at,
    youtube_canonical_id,
)
from cliphaven.config.commands import url as command

TABLE = json.loads(Path(__file__).with_name("clip_urls.json").read_text())
READABLE = [row for row in TABLE if "refused" not in row]
REFUSED = [row["url"] for row in TABLE if "refused" in row]
TIKTOK_ID = "6748451240264420610"
WITH_IDS = [row["url"] for row in READABLE if row["id"] is not None]


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row["url"])
def test_a_real_address_means_its_clip(row: dict[str, str | None]) -> None:
    clip = parse_clip_url(str(row["url"]))
    assert (clip.platform, clip.id, clip.kind, clip.canonical) == (
        row["platform"],
        row["id"],
        row["kind"],
        row["canonical"],
    )
    assert clip.needs_redirect == (row["id"] is None)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_no_clip_is_refused(address: str) -> None:
    with pytest.raises(UnreadableUrl):
        parse_clip_url(address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.tiktok.com/@/video/6748451240264420610", TIKTOK_ID),
        ("HTTPS://WWW.TikTok.com/@a.b_c/video/6748451240264420610", TIKTOK_ID),
        ("https://lite.tiktok.com/@a/video/6748451240264420610/", TIKTOK_ID),
        ("https://www.tiktok.com/%40a/video/6748451240264420610?q=%E2%9C%93", TIKTOK_ID),
        ("https://www.tiktokv.com/share/video/6748451240264420610/", TIKTOK_ID),
        ("https://www.tiktok.com/embed/v2/6748451240264420610", TIKTOK_ID),
        ("https://www.tiktok.com/@a/video/6748451240264420610#ignored-7300000000000000001", TIKTOK_ID),
        ("  https://www.tiktok.com/@a/video/6748451240264420610\r\n", TIKTOK_ID),
        ("https://www.tiktok.com//@a//video/6748451240264420610", TIKTOK_ID),
        ("https://www.tiktok.com/@a/video/67484512402644206", "67484512402644206"),
        ("https://www.instagram.com/some.user/p/DZN3mhZBQ_Q/", "DZN3mhZBQ_Q"),
        ("https://www.instagram.com/some.user/reels/DZN3mhZBQ_Q", "DZN3mhZBQ_Q"),
        ("https://www.instagram.com/p/DZN3mhZBQ_Q/c/18185100808388160/", "DZN3mhZBQ_Q"),
        ("https://www.instagram.com/p/DZN3mhZBQ_Qabcdefghijklmnopqrstuvwxyz12/", "DZN3mhZBQ_Q"),
        ("https://www.youtube.com/watch/?v=18NGQq7p3LY", "18NGQq7p3LY"),
        ("https://music.youtube.com/shorts/18NGQq7p3LY", "18NGQq7p3LY"),
        ("https://m.youtube.com/live/18NGQq7p3LY", "18NGQq7p3LY"),
        ("https://youtu.be/18NGQq7p3LY?si=AbCdEfGhIjKlMnOp&t=10", "18NGQq7p3LY"),
        ("https://www.youtube.com/watch?v=18NGQq7p3LY?si=x", "18NGQq7p3LY"),
    ],
)
def test_other_spellings_of_an_address_mean_the_same_clip(address: str, expected: str) -> None:
    assert parse_clip_url(address).id == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("www.tiktok.com/@x/video/6748451240264420610", TIKTOK_ID),
        ("tiktok.com/@x/video/6748451240264420610?is_from_webapp=1", TIKTOK_ID),
        ("M.TikTok.com/v/6748451240264420610.html", TIKTOK_ID),
        ("youtu.be/18NGQq7p3LY", "18NGQq7p3LY"),
        ("youtube.com/watch?v=18NGQq7p3LY", "18NGQq7p3LY"),
        ("youtube.com?v=18NGQq7p3LY", "18NGQq7p3LY"),
        (" instagram.com/reel/DZN3mhZBQ_Q/ ", "DZN3mhZBQ_Q"),
    ],
)
def test_an_address_may_be_pasted_without_its_scheme(address: str, expected: str) -> None:
    assert parse_clip_url(address).id == expected


def test_a_short_link_without_a_scheme_is_followed_over_https() -> None:
    assert parse_clip_url("vm.tiktok.com/ZTR45GpSF").follow == "https://vm.tiktok.com/ZTR45GpSF/"


@pytest.mark.parametrize("last", ["k", "l", "m", "n"])
def test_four_spellings_of_a_youtube_id_are_one_clip(last: str) -> None:
    assert parse_clip_url(f"https://youtu.be/DJztXj2GPf{last}").id == "DJztXj2GPfk"


def test_a_short_link_is_followed_over_https_without_its_query() -> None:
    clip = parse_clip_url("http://WWW.tiktok.com/t/ZTAY5tAxx?_r=1#x")
    assert clip.follow == "https://www.tiktok.com/t/ZTAY5tAxx/"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "tiktok.com",
        "tiktok.com.evil.example/@a/video/6748451240264420610",
        "evil.example/www.tiktok.com/@a/video/6748451240264420610",
        "www.tiktok.com@evil.example/@a/video/6748451240264420610",
        "www.tiktok.com:443/@a/video/6748451240264420610",
        "www.tiktok.com\\@evil.example/@a/video/6748451240264420610",
        "user@youtu.be/18NGQq7p3LY",
        "/youtu.be/18NGQq7p3LY",
        "://youtu.be/18NGQq7p3LY",
        "169.254.169.254/watch?v=18NGQq7p3LY",
        "localhost/watch?v=18NGQq7p3LY",
        "ftp://www.tiktok.com/@a/video/6748451240264420610",
        "javascript://www.tiktok.com/@a/video/6748451240264420610",
        "file:///etc/passwd",
        "data:text/html,https://youtu.be/18NGQq7p3LY",
        "https:///@a/video/6748451240264420610",
        "https:www.tiktok.com/@a/video/6748451240264420610",
        "//169.254.169.254/@a/video/6748451240264420610",
        "http://127.1/watch?v=18NGQq7p3LY",
        "http://2130706433/watch?v=18NGQq7p3LY",
        "http://[::1]/watch?v=18NGQq7p3LY",
        "https://www.tiktok.com:443/@a/video/6748451240264420610",
        "https://www.tiktok.com:/@a/video/6748451240264420610",
        "https://user:word@www.tiktok.com/@a/video/6748451240264420610",
        "https://@www.tiktok.com/@a/video/6748451240264420610",
        "https://www.tiktok.com./@a/video/6748451240264420610",
        "https://evil.example\\@www.tiktok.com/@a/video/6748451240264420610",
        "https://www.tiktok.com\\.evil.example/@a/video/6748451240264420610",
        "https://evil.example#@www.tiktok.com/@a/video/6748451240264420610",
        "https://evil-tiktok.com/@a/video/6748451240264420610",
        "https://vm.tiktok.com.evil.example/ZTR45GpSF/",
        "https://vm.tiktok.com/",
        "https://vm.tiktok.com/ZTR45GpSF/../x",
        "https://www.tiktok.com/t/",
        "https://www.t\u0456ktok.com/@a/video/6748451240264420610",
        "https://www.tiktok.com/@a/video/\uff16\uff17\uff14\uff18\uff14\uff15\uff11\uff12\uff14\uff10\uff12\uff16\uff14\uff14\uff12\uff10\uff16\uff11\uff10",
        "https://www.tiktok.com/@a/video/\u0666\u0667\u0664\u0668\u0664\u0665\u0661\u0662\u0664\u0660\u0662\u0666\u0664\u0664\u0662\u0660\u0666\u0661\u0660",
        "https://www.tiktok.com/@a/video/0748451240264420610",
        "https://www.tiktok.com/@a/video/674845124026442061000",
        "https://www.tiktok.com/@a/video/6748451240264420610%00",
        "https://www.tiktok.com/@a/video%2F6748451240264420610",
        "https://www.tiktok.com/@a/%76ideo/6748451240264420610",
        "https://www.tiktok.com/@a/video/6748451240264420610/../../live",
        "https://www.tiktok.com/@a/video/6748451240264420610\x00",
        "https://www.tiktok.com/@a/video/67484512402\n64420610",
        "https://www.tiktok.com/@a/video/67484512402\u200b64420610",
        "https://www.tiktok.com/@a/video/\ud8006748451240264420610",
        "https://www.tiktok.com/@a/live?id=6748451240264420610",
        "https://www.tiktok.com/share/live/6748451240264420610",
        "https://www.instagram.com/share/",
        "https://www.instagram.com/reels/audio/1234567890/",
        "https://www.instagram.com/stories/reel/DZN3mhZBQ_Q/",
        "https://www.instagram.com/p/abc/",
        "https://www.youtube.com/embed/videoseries?list=PL1234567890",
        "https://www.youtube.com/embed/live_stream?channel=UCWvUxN9LAjJ-sTc5JJ3gEyA",
        "https://www.youtube.com/playlist?list=PL18NGQq7p3LY",
        "https://www.youtube.com/watch?v=&v=18NGQq7p3LY",
        "https://www.youtube.com/watch?v=18NGQq7p3LYx",
        "https://www.youtube.com/watch?v=18NGQq7p3%4cY",
        "https://youtu.be/18NGQq7p3L",
        "https://youtu.be/" + "a" * MAX_LENGTH,
    ],
)
def test_a_hostile_or_broken_address_is_refused_with_a_sentence(address: str) -> None:
    with pytest.raises(UnreadableUrl, match=r"\."):
        parse_clip_url(address)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("my clip: https://youtu.be/18NGQq7p3LY", "one address on each line"),
        ("https://youtu.be/18NGQq7p3LY https://youtu.be/DJztXj2GPfk", "one address on each line"),
        ("https://youtu.be/18NGQ\u200bq7p3LY", "cannot be seen"),
        ("https://www.tiktok.com/@a\u202e/video/6748451240264420610", "cannot be seen"),
        ("https://www.tiktok.com/@a\U0001f3ac/video/6748451240264420610", "do not belong"),
        ("\U0001f3achttps://youtu.be/18NGQq7p3LY", "not a whole address"),
        ("https://y\u043eutu.be/18NGQq7p3LY", "not supported"),
        ("https://xn--yutu-f8d.be/18NGQq7p3LY", "not supported"),
        ("https://youtu.be:443/18NGQq7p3LY", "a user or a port"),
        ("https://me:word@youtu.be/18NGQq7p3LY", "a user or a port"),
        ("javascript:alert(1)", "not a whole address"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_address(pasted: str, said: str) -> None:
    with pytest.raises(UnreadableUrl, match=said):
        parse_clip_url(pasted)


@given(st.text(max_size=200))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    with contextlib.suppress(UnreadableUrl):
        assert parse_clip_url(text).platform


HOSTS = st.sampled_from(["www.tiktok.com", "vm.tiktok.com", "www.instagram.com", "youtu.be", "www.youtube.com"])
PARTS = st.sampled_from(
    ["@a", "@", "video", "photo", "p", "reel", "share", "embed", "watch", "v", "t", "..", TIKTOK_ID, "18NGQq7p3LY"]
)


@given(HOSTS, st.lists(PARTS | st.text(string.printable, max_size=12), max_size=5), st.text(max_size=20))
def test_what_is_read_is_read_again_from_its_canonical_form(host: str, parts: list[str], tail: str) -> None:
    try:
        clip = parse_clip_url(f"https://{host}/{'/'.join(parts)}?{tail}")
    except UnreadableUrl:
        return
    again = parse_clip_url(clip.canonical or clip.follow or "")
    assert (again.platform, again.id, again.canonical, again.follow) == (
        clip.platform,
        clip.id,
        clip.canonical,
        clip.follow,
    )


NOISE = st.dictionaries(
    st.sampled_from(["utm_source", "si", "web_id", "igshid", "t", "list"]),
    st.text(string.ascii_letters + string.digits + "%-_", max_size=20),
    min_size=1,
)


@given(st.sampled_from(WITH_IDS), NOISE)
def test_tracking_parameters_do_not_change_the_clip(address: str, noise: dict[str, str]) -> None:
    plain = address.partition("#")[0]
    query = "&".join(f"{key}={value}" for key, value in noise.items())
    noisy = parse_clip_url(f"{plain}{'&' if '?' in plain else '?'}{query}")
    assert noisy.id == parse_clip_url(address).id


def test_a_tiktok_id_tells_the_second_of_creation() -> None:
    # 6984138651336838402 >> 32 = 1626121497
    assert tiktok_posted_at("6984138651336838402") == datetime.fromtimestamp(1626121497, UTC)


@pytest.mark.parametrize(
    "video_id",
    [
        "",
        "abc",
        "12345678901234567",
        "\u0666\u0667\u0664\u0668\u0664\u0665\u0661\u0662\u0664\u0660\u0662\u0666\u0664\u0664\u0662\u0660\u0666\u0661\u0660",
    ],
)
def test_an_id_without_a_plausible_moment_tells_none(video_id: str) -> None:
    assert tiktok_posted_at(video_id) is None


def test_an_instagram_code_tells_the_moment_within_minutes() -> None:
    told = instagram_posted_at("DZN3mhZBQ_Q")
    assert told is not None
    assert abs(told - datetime(2026, 6, 5, 19, 58, 30, tzinfo=UTC)) < timedelta(minutes=4)


@pytest.mark.parametrize("code", ["", "a/b", "Co-r5ZyTuZ--"])
def test_a_code_without_a_moment_tells_none(code: str) -> None:
    assert instagram_posted_at(code) is None


@given(st.text(string.ascii_letters + string.digits + "-_", min_size=11, max_size=11))
def test_the_canonical_spelling_of_a_youtube_id_is_its_own(video_id: str) -> None:
    canonical = youtube_canonical_id(video_id)
    assert youtube_canonical_id(canonical) == canonical
    assert canonical[-1] in "AEIMQUYcgkosw048"


def test_the_command_prints_one_json_line_per_address_and_fails_if_one_cannot_be_read() -> None:
    result = CliRunner().invoke(command.app, ["parse", "--json", "https://youtu.be/18NGQq7p3LY", "nonsense"])
    read, refused = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert refused.keys() == {"url", "error"}
    assert read == {
        "url": "https://youtu.be/18NGQq7p3LY",
        "platform": "youtube",
        "id": "18NGQq7p3LY",
        "canonical": "https://www.youtube.com/watch?v=18NGQq7p3LY",
        "kind": "video",
        "needs_redirect": False,
    }


def test_the_command_reads_addresses_from_standard_input() -> None:
    lines = b"https://vm.tiktok.com/ZTR45GpSF/\r\n\nhttps://youtu.be/18NGQq7p3LY"
    result = CliRunner().invoke(command.app, ["parse", "--json", "-"], input=lines)
    assert result.exit_code == 0
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [None, "18NGQq7p3LY"]


def test_the_mark_that_windows_puts_before_a_text_belongs_to_no_address() -> None:
    lines = b"\xef\xbb\xbfhttps://youtu.be/18NGQq7p3LY\n\xef\xbb\xbfhttps://youtu.be/18NGQq7p3LY\n"
    result = CliRunner().invoke(command.app, ["parse", "--json", "-"], input=lines)
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert (first.get("id"), second.keys()) == ("18NGQq7p3LY", {"url", "error"})


@pytest.mark.parametrize("arguments", [["-x", "--json"], ["--json", "--", "-x"], ["--json", "-x"]])
def test_an_address_that_begins_with_a_dash_is_refused_like_any_other_text(arguments: list[str]) -> None:
    result = CliRunner().invoke(command.app, ["parse", *arguments])
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["url"], answer.keys()) == (1, "-x", {"url", "error"})


def test_dashes_do_not_keep_the_command_from_the_other_addresses() -> None:
    result = CliRunner().invoke(
        command.app, ["parse", "--json", "--url=x", "https://youtu.be/18NGQq7p3LY", "-jsonx", "--jsonx"]
    )
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["url"] for answer in answers] == ["--url=x", "https://youtu.be/18NGQq7p3LY", "-jsonx", "--jsonx"]


def test_the_command_survives_bytes_that_are_no_text() -> None:
    result = CliRunner().invoke(command.app, ["parse", "--json", "-"], input=b"https://youtu.be/\xff\xfe\x00\n")
    assert (result.exit_code, json.loads(result.stdout).keys()) == (1, {"url", "error"})


def test_without_json_the_command_prints_for_people() -> None:
    result = CliRunner().invoke(command.app, ["parse", "https://vm.tiktok.com/ZTR45GpSF/", "x"])
    assert ["short link" in result.stdout, "refused" in result.stdout] == [True, True]
