"""Before anything is submitted: how each link would fare under each rule of the campaign. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips.operations import links
from cliphaven.clips.queries import submissions
from cliphaven.clips.rules import checks, urls
from cliphaven.clips.rules.checks import ALREADY_SUBMITTED, RuleAnswer, Verdict
from cliphaven.clips.rules.intake import MAX_LINES
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import no_transaction

_ADDRESS = "The address of a clip"
_ABOVE = "A line above means the same clip."


class TooManyLinks(Refused):
    """More links than can be checked at once."""

    code = "too_many_lines"


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """One pasted line: the clip that it means ("" where it means none), and how it fares under each rule."""

    line: str
    platform: str = ""
    video_id: str = ""
    canonical: str = ""
    handle: str = ""
    rules: tuple[RuleAnswer, ...]

    @property
    def verdict(self) -> Verdict:
        """All rules together."""
        return checks.overall(self.rules)


@no_transaction
def check_clips(*, creator_id: int, campaign_id: int, lines: Sequence[str], now: datetime) -> list[CheckedLine]:
    """How up to fifty links of this creator would fare in a campaign now, line by line and rule by rule.

    Short links are followed; no vendor is paid for an answer, so what only the platform knows cannot be told yet.
    Raises CampaignNotOpen when the campaign takes no clips at all, and TooManyLinks.
    """
    if len(lines) > MAX_LINES:
        raise TooManyLinks(f"Check {MAX_LINES} links at a time: these are {len(lines):,}.")
    terms = campaigns.terms_for_submission(campaign_id=campaign_id, creator_id=creator_id, now=now)
    read = list(links.followed(lines=lines))
    meant = [_candidate(url) for url in read]
    candidates = [one for one in meant if one is not None]
    desk = submissions.desk(creator_id=creator_id, terms=terms, candidates=candidates, now=now)
    checked = []
    fitting: set[tuple[str, str]] = set()
    for line, url, candidate in zip(lines, read, meant, strict=True):
        shown = line[: urls.MAX_LENGTH]
        if isinstance(url, Refused):
            checked.append(CheckedLine(line=shown, rules=(_unusable(url),)))
            continue
        assert candidate is not None
        answers = (_readable(url), *checks.before_submission(candidate, desk))
        clip = (candidate.platform, candidate.video_id)
        if clip in fitting:
            answers = tuple(_told_twice(answer) for answer in answers)
        checked.append(
            CheckedLine(
                line=shown,
                platform=url.platform,
                video_id=candidate.video_id,
                canonical=url.canonical or "",
                handle=url.handle or "",
                rules=answers,
            )
        )
        if checks.overall(answers) is not Verdict.FAIL:
            desk = _with(desk, candidate)
            fitting.add(clip)
    return checked


def _candidate(url: urls.ClipUrl | Refused) -> checks.Candidate | None:
    if isinstance(url, Refused):
        return None
    assert url.id is not None  # what is followed ends in a clip, or is refused
    return checks.Candidate(platform=url.platform, video_id=url.id, handle=url.handle)


def _with(desk: checks.Desk, candidate: checks.Candidate) -> checks.Desk:
    """The desk as the next line finds it, once this one has been submitted."""
    return replace(
        desk,
        submitted_today=desk.submitted_today + 1,
        taken={**desk.taken, (candidate.platform, candidate.video_id): True},
    )


def _told_twice(answer: RuleAnswer) -> RuleAnswer:
    """Nothing was submitted by the line above: a clip that stands there too is none that anybody has submitted."""
    return replace(answer, sentence=_ABOVE) if answer.code == ALREADY_SUBMITTED else answer


def _readable(url: urls.ClipUrl) -> RuleAnswer:
    return RuleAnswer(rule="address", label=_ADDRESS, verdict=Verdict.PASS, sentence=f"It means {url.canonical}.")


def _unusable(refused: Refused) -> RuleAnswer:
    # A platform that did not answer says nothing about the link.
    verdict = Verdict.CANNOT_TELL if refused.code == links.LINK_NOT_ANSWERED else Verdict.FAIL
    return RuleAnswer(rule="address", label=_ADDRESS, verdict=verdict, code=refused.code, sentence=refused.sentence)
