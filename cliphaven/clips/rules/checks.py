"""The rules of a campaign, each asked of a clip: pass, fail, or cannot tell, with a sentence for the creator. Pure.

The same functions answer before a link is submitted, when the platform was asked about the clip, and on the page of
whoever reviews it. Silence is never held against anybody: what was not told cannot be told.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cliphaven.campaigns.rules.clip_rules import LANGUAGES, ClipRule, RuleKind
from cliphaven.clips.rules import intake
from cliphaven.clips.rules.intake import OwnChannel

CAPTION_CUT = 5_000
"""A caption as long as this was cut off, and says nothing about what may stand behind."""
NOT_READ_YET = "not_read_yet"
NOT_SAID = "not_said"
ALREADY_SUBMITTED = "already_submitted"
_PLATFORMS = {"tiktok": "TikTok", "instagram": "Instagram", "youtube": "YouTube"}


class Verdict(StrEnum):
    """How a clip fares under one rule."""

    PASS = "pass"  # noqa: S105  # opens nothing
    FAIL = "fail"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleAnswer:
    """One rule, the verdict, and why. `code` is "" for a pass; else it never changes, and is what a refusal carries."""

    rule: str
    label: str
    verdict: Verdict
    code: str = ""
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A clip as its address names it; `handle` is None where the address names nobody."""

    platform: str
    video_id: str
    handle: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What one creator's links for one campaign are held against.

    `platforms` are those that are paid, `channels` the creator's proved ones by platform, the latest first, and `taken`
    the clips that are in the house already, by platform and id: whether they are the creator's own.
    """

    now: datetime
    platforms: frozenset[str]
    freshness_days: int
    clip_rules: tuple[ClipRule, ...]
    daily_limit: int | None
    submitted_today: int
    channels: Mapping[str, Sequence[OwnChannel]]
    taken: Mapping[tuple[str, str], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What a platform shows of a clip; "" and None where it does not say."""

    caption: str = ""
    seconds: int | None = None
    language: str | None = None


def before_submission(candidate: Candidate, desk: Desk) -> list[RuleAnswer]:
    """Every rule of the campaign asked of a clip of which nothing but its address is known."""
    answers = [
        _platform(candidate, desk),
        _once(candidate, desk),
        _channel(candidate, desk),
        _freshness(candidate, desk),
    ]
    if desk.daily_limit is not None:
        answers.append(_daily_limit(desk.daily_limit, desk))
    return answers + required(desk.clip_rules, shown=None)


def overall(answers: Sequence[RuleAnswer]) -> Verdict:
    """All rules together: one that fails decides, then one that cannot be told."""
    verdicts = {answer.verdict for answer in answers}
    return next((one for one in (Verdict.FAIL, Verdict.CANNOT_TELL) if one in verdicts), Verdict.PASS)


def required(rules: Sequence[ClipRule], *, shown: Shown | None) -> list[RuleAnswer]:
    """The campaign's typed rules; `shown` is None while the platform was not asked."""
    return [_required(rule, shown) for rule in rules]


def broken(rules: Sequence[ClipRule], *, shown: Shown) -> str:
    """What the clip lacks under the typed rules, in sentences; "" when nothing is to be mended.

    Platforms guess languages, and err: who reviews the clip sees that one, and it is sent back for none.
    """
    failing = [one for one in required(rules, shown=shown) if one.verdict is Verdict.FAIL]
    return " ".join(one.sentence for one in failing if one.rule != RuleKind.LANGUAGE)


def _platform(candidate: Candidate, desk: Desk) -> RuleAnswer:
    name = _PLATFORMS[candidate.platform]
    label = "On a platform that the campaign pays for"
    if candidate.platform in desk.platforms:
        return _passes("platform", label, f"The campaign pays for clips on {name}.")
    return _fails("platform", label, "platform_not_paid", f"This campaign pays nothing for clips on {name}.")


def _once(candidate: Candidate, desk: Desk) -> RuleAnswer:
    label = "Submitted once"
    mine = desk.taken.get((candidate.platform, candidate.video_id))
    if mine is None:
        return _passes("once", label, "Nobody has submitted this clip.")
    who = "You have" if mine else "Somebody else has"
    return _fails("once", label, ALREADY_SUBMITTED, f"{who} submitted this clip already.")


def _channel(candidate: Candidate, desk: Desk) -> RuleAnswer:
    name, label = _PLATFORMS[candidate.platform], "From a channel that you proved"
    owned = desk.channels.get(candidate.platform, ())
    if not owned:
        why = f"Prove first that your {name} channel is yours: add it under Channels and submit again."
        return _fails("channel", label, "no_channel", why)
    named = intake.channel_named(candidate.handle, owned) if candidate.handle else None
    # Instagram shows a post of two channels under either name, so there only the inspection can tell.
    if candidate.handle and named is None and candidate.platform == "tiktok":
        why = (
            f"This clip is from @{candidate.handle}, which is none of your proved {name} channels. If you took a new"
            " name, add it under Channels."
        )
        return _fails("channel", label, "not_your_channel", why)
    # An address can name anybody: the platform's own word about the author decides.
    if named is not None:
        why = f"The address names @{named.handle}, which is yours. {name} confirms it once you submit."
    else:
        why = f"The address does not say whose clip it is. {name} tells us once you submit."
    return _open("channel", label, NOT_READ_YET, why)


def _freshness(candidate: Candidate, desk: Desk) -> RuleAnswer:
    days = desk.freshness_days
    label = f"Not older than {days} {'day' if days == 1 else 'days'}"
    uploaded_at = intake.told_by_id(platform=candidate.platform, video_id=candidate.video_id)
    if uploaded_at is None:
        return _open("freshness", label, NOT_READ_YET, "The address does not say when the clip was posted.")

    def is_fresh(margin: timedelta) -> bool:
        return intake.is_fresh(posted_at=uploaded_at, submitted_at=desk.now, freshness_days=days, margin=margin)

    if not is_fresh(intake.ID_MARGIN):
        why = f"This clip was posted around {uploaded_at:%d %B %Y}; the campaign takes clips of the last {days} days."
        return _fails("freshness", label, "too_old", why)
    if uploaded_at > desk.now + intake.CLOCK_MARGIN or not is_fresh(timedelta()):
        why = (
            f"It was uploaded around {uploaded_at:%d %B %Y}; when it was posted, the platform tells us once you submit."
        )
        return _open("freshness", label, NOT_READ_YET, why)
    return _passes("freshness", label, f"It was uploaded around {uploaded_at:%d %B %Y, %H:%M} UTC.")


def _daily_limit(limit: int, desk: Desk) -> RuleAnswer:
    clips = "1 clip" if limit == 1 else f"{limit:,} clips"
    label = f"At most {clips} a day"
    if desk.submitted_today < limit:
        return _passes("daily_limit", label, f"It is number {desk.submitted_today + 1} of {limit:,} today.")
    midnight = desk.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    why = (
        f"This campaign takes {clips} a day from each creator. Submit this one again after {midnight:%d %B, %H:%M} UTC."
    )
    return _fails("daily_limit", label, "daily_limit", why)


def _required(rule: ClipRule, shown: Shown | None) -> RuleAnswer:
    if shown is None:
        return _open(rule.kind, rule.label, NOT_READ_YET, "The platform was not asked yet.")
    match rule.kind:
        case RuleKind.MIN_SECONDS | RuleKind.MAX_SECONDS:
            return _length(rule, shown.seconds)
        case RuleKind.LANGUAGE:
            return _language(rule, shown.language)
    return _written(rule, shown.caption)


def _written(rule: ClipRule, caption: str) -> RuleAnswer:
    sign = {RuleKind.MENTION.value: "@", RuleKind.HASHTAG.value: "#"}.get(rule.kind, "")
    wanted = f"{sign}{rule.value}" if sign else f"“{rule.value}”"
    if _carries(caption, rule.value, sign):
        return _passes(rule.kind, rule.label, f"{wanted} is in the caption.")
    if not caption.strip():
        return _open(rule.kind, rule.label, NOT_SAID, "The platform shows no caption to look at.")
    if len(caption) >= CAPTION_CUT:
        return _open(rule.kind, rule.label, NOT_SAID, "The caption is too long to be read to its end.")
    return _fails(rule.kind, rule.label, f"{rule.kind}_missing", f"The caption lacks {wanted}: add it.")


def _carries(caption: str, value: str, sign: str) -> bool:
    text, wanted = _plain(caption), _plain(value)
    if not sign:
        return wanted in text
    # A longer handle or tag that begins alike is another one; full stops end sentences as well as parts of handles.
    ends = r"(?![\w-]|\.\w)" if sign == "@" else r"(?!\w)"
    return re.search(rf"{sign}{re.escape(wanted)}{ends}", text) is not None


def _plain(text: str) -> str:
    """Text as it is read: width, case and runs of blanks do not matter, nor what cannot be seen."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(letter for letter in folded if unicodedata.category(letter) != "Cf").split())


def _length(rule: ClipRule, seconds: int | None) -> RuleAnswer:
    if seconds is None:
        return _open(rule.kind, rule.label, NOT_SAID, "The platform does not say how long the clip is.")
    limit = int(rule.value)
    keeps = seconds >= limit if rule.kind == RuleKind.MIN_SECONDS else seconds <= limit
    if keeps:
        return _passes(rule.kind, rule.label, f"It is {seconds} seconds long.")
    code, wanted = ("too_short", "at least") if rule.kind == RuleKind.MIN_SECONDS else ("too_long", "at most")
    return _fails(rule.kind, rule.label, code, f"The clip is {seconds} seconds long: it should be {wanted} {limit}.")


def _language(rule: ClipRule, language: str | None) -> RuleAnswer:
    wanted = LANGUAGES.get(rule.value, rule.value)
    if language is None:
        return _open(rule.kind, rule.label, NOT_SAID, "The platform does not say which language it is in.")
    if language == rule.value:
        return _passes(rule.kind, rule.label, f"The platform says that it is in {wanted}.")
    spoken = LANGUAGES.get(language, f"“{language}”")
    why = f"The platform says that it is in {spoken}: the campaign asks for {wanted}."
    return _fails(rule.kind, rule.label, "other_language", why)


def _passes(rule: str, label: str, sentence: str) -> RuleAnswer:
    return RuleAnswer(rule=rule, label=label, verdict=Verdict.PASS, sentence=sentence)


def _fails(rule: str, label: str, code: str, sentence: str) -> RuleAnswer:
    return RuleAnswer(rule=rule, label=label, verdict=Verdict.FAIL, code=code, sentence=sentence)


def _open(rule: str, label: str, code: str, sentence: str) -> RuleAnswer:
    return RuleAnswer(rule=rule, label=label, verdict=Verdict.CANNOT_TELL, code=code, sentence=sentence)
