"""Each rule of a campaign, asked of a clip: what holds, what is broken, and what nobody can tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.campaigns.rules.clip_rules import ClipRule
from cliphaven.clips.rules import checks, intake
from cliphaven.clips.rules.checks import Candidate, Desk, Shown, Verdict

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
BEN = intake.OwnChannel(channel_id=7, author_id="111", handle="Ben.Runs")


def tiktok_id(at: datetime) -> str:
    """An id whose upload began then: the seconds stand in its upper half."""
    return str(int(at.timestamp()) << 32)


FRESH = Candidate(platform="tiktok", video_id=tiktok_id(NOW - timedelta(days=1)), handle="ben.runs")
DESK = Desk(
    now=NOW,
    platforms=frozenset({"tiktok", "youtube", "instagram"}),
    freshness_days=7,
    clip_rules=(),
    daily_limit=None,
    submitted_today=0,
    channels={"tiktok": [BEN], "youtube": [BEN], "instagram": [BEN]},
    taken={},
)


def answers(candidate: Candidate = FRESH, desk: Desk = DESK) -> dict[str, checks.RuleAnswer]:
    return {one.rule: one for one in checks.before_submission(candidate, desk)}


def typed(kind: str, value: str, **shown: object) -> checks.RuleAnswer:
    [answer] = checks.required([ClipRule(kind, value)], shown=Shown(**shown))  # type: ignore[arg-type]
    return answer


def test_a_fresh_clip_of_an_own_channel_fits_as_far_as_its_address_tells():
    found = answers()

    assert {rule: one.verdict for rule, one in found.items()} == {
        "platform": Verdict.PASS,
        "once": Verdict.PASS,
        "channel": Verdict.CANNOT_TELL,  # an address can name anybody
        "freshness": Verdict.PASS,
    }
    assert checks.overall(list(found.values())) is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("rule", "candidate", "desk", "code"),
    [
        ("platform", FRESH, replace(DESK, platforms=frozenset({"youtube"})), "platform_not_paid"),
        ("once", FRESH, replace(DESK, taken={("tiktok", FRESH.video_id): True}), "already_submitted"),
        ("once", FRESH, replace(DESK, taken={("tiktok", FRESH.video_id): False}), "already_submitted"),
        ("channel", FRESH, replace(DESK, channels={}), "no_channel"),
        ("channel", replace(FRESH, handle="eve"), DESK, "not_your_channel"),
        ("freshness", replace(FRESH, video_id=tiktok_id(NOW - timedelta(days=7 + 2, seconds=1))), DESK, "too_old"),
        ("daily_limit", FRESH, replace(DESK, daily_limit=2, submitted_today=2), "daily_limit"),
    ],
)
def test_a_broken_rule_fails_with_its_code_and_decides(rule, candidate, desk, code):
    found = answers(candidate, desk)

    assert (found[rule].verdict, found[rule].code) == (Verdict.FAIL, code)
    assert checks.overall(list(found.values())) is Verdict.FAIL
    assert found[rule].sentence.endswith(".")


@pytest.mark.parametrize(
    ("candidate", "rule"),
    [
        (replace(FRESH, platform="instagram", handle="eve"), "channel"),  # a post of two channels
        (replace(FRESH, handle=None), "channel"),
        (Candidate(platform="youtube", video_id="18NGQq7p3LY", handle=None), "freshness"),
        (replace(FRESH, video_id=tiktok_id(NOW - timedelta(days=8))), "freshness"),  # a draft may have waited
        (replace(FRESH, video_id=tiktok_id(NOW + timedelta(days=400))), "freshness"),  # nobody uploaded that yet
    ],
)
def test_what_the_address_does_not_say_cannot_be_told(candidate, rule):
    assert answers(candidate)[rule].verdict is Verdict.CANNOT_TELL


def test_typed_rules_cannot_be_told_before_the_platform_was_asked():
    desk = replace(DESK, clip_rules=(ClipRule("hashtag", "shoes"), ClipRule("min_seconds", "15")))

    assert {answers(desk=desk)[rule].code for rule in ("hashtag", "min_seconds")} == {"not_read_yet"}


@pytest.mark.parametrize(
    ("kind", "value", "caption"),
    [
        ("mention", "trailco", "with @TrailCo, all day"),
        ("mention", "trailco", "Thanks @trailco."),
        ("mention", "trail.co", "by @trail.co"),
        ("mention", "trailco", "＠ｔｒａｉｌｃｏ"),
        ("hashtag", "shoes", "run #Shoes#trail"),
        ("hashtag", "sho\u00e9", "run #SHOE\u0301"),
        ("phrase", "code TRAIL10", "use  Code\u200b trail10 now"),
    ],
)
def test_a_caption_carries_what_is_asked_for_however_it_is_written(kind, value, caption):
    assert typed(kind, value, caption=caption).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("kind", "value", "caption", "code"),
    [
        ("mention", "trailco", "trailco", "mention_missing"),
        ("mention", "trailco", "@trailcolorado", "mention_missing"),
        ("mention", "trailco", "@trailco.uk", "mention_missing"),
        ("mention", "trailco", "@trailco-uk", "mention_missing"),
        ("mention", "trail.co", "@trailxco", "mention_missing"),
        ("hashtag", "shoes", "#shoestring", "hashtag_missing"),
        ("hashtag", "shoes", "shoes", "hashtag_missing"),
        ("phrase", "code TRAIL10", "code TRAIL1", "phrase_missing"),
    ],
)
def test_what_is_missing_in_a_caption_fails_with_what_to_add(kind, value, caption, code):
    answer = typed(kind, value, caption=caption)

    assert (answer.verdict, answer.code, "add it" in answer.sentence) == (Verdict.FAIL, code, True)


@pytest.mark.parametrize("caption", ["", "  \n", "x" * 5_000])
def test_a_caption_that_was_not_told_or_was_cut_off_is_held_against_nobody(caption):
    assert typed("hashtag", "shoes", caption=caption).verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("kind", "value", "seconds", "verdict"),
    [
        ("min_seconds", "15", 15, Verdict.PASS),
        ("min_seconds", "15", 14, Verdict.FAIL),
        ("max_seconds", "60", 60, Verdict.PASS),
        ("max_seconds", "60", 61, Verdict.FAIL),
        ("max_seconds", "60", None, Verdict.CANNOT_TELL),
    ],
)
def test_lengths_are_held_against_their_limits(kind, value, seconds, verdict):
    assert typed(kind, value, seconds=seconds).verdict is verdict


@pytest.mark.parametrize(
    ("language", "verdict"), [("en", Verdict.PASS), ("de", Verdict.FAIL), (None, Verdict.CANNOT_TELL)]
)
def test_a_language_is_what_the_platform_says(language, verdict):
    assert typed("language", "en", language=language).verdict is verdict


def test_a_clip_is_sent_back_for_everything_at_once_but_for_no_guessed_language():
    rules = [ClipRule("hashtag", "shoes"), ClipRule("min_seconds", "15"), ClipRule("language", "en")]
    lacks = checks.broken(rules, shown=Shown(caption="hello", seconds=9, language="de"))

    assert lacks == "The caption lacks #shoes: add it. The clip is 9 seconds long: it should be at least 15."
