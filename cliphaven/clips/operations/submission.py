"""Submitting clips: every pasted link is read, followed, held against the campaign's rules, and put in on its own.

What became of a link is written down together with its clip. Whoever sends the same links once more under the same key
gets the same answer; what a killed process left undone is done then.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import IntegrityError

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips.models import Channel, Clip, Submission, SubmittedLine
from cliphaven.clips.operations import announcing, links
from cliphaven.clips.queries import submissions
from cliphaven.clips.rules import checks, intake, urls
from cliphaven.clips.rules.checks import ALREADY_SUBMITTED, Verdict
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction

KEY_MAX = 64
TOO_MANY_LINES = "too_many_lines"
_SENTENCE_MAX = 500
# One character more than any address may have: what is cut off here is still too long to be one.
_LINE_MAX = urls.MAX_LENGTH + 1


class SubmissionRefused(Refused):
    """This link cannot come in as a clip. Its `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        """`code` never changes; `sentence` says what to do instead."""
        super().__init__(sentence)
        self.code = code


class KeyUsedBefore(Refused):
    """The same person used this request's key for other links, or another campaign."""

    code = "idempotency_key_used"


@dataclass(frozen=True, kw_only=True)
class LineResult:
    """What became of one pasted line: a clip, or a refusal with its code and a sentence for the creator."""

    line: str
    platform: str = ""
    handle: str = ""
    clip_id: int | None = None
    code: str = ""
    sentence: str = ""

    @property
    def state(self) -> Literal["accepted", "duplicate", "refused"]:
        """The state of the line: accepted, duplicate or refused."""
        if self.clip_id is not None:
            return "accepted"
        return "duplicate" if self.code == ALREADY_SUBMITTED else "refused"


@no_transaction
def submit_clips(
    *,
    creator_id: int,
    campaign_id: int,
    now: datetime,
    text: str = "",
    lines: Sequence[str] = (),
    request_key: str = "",
) -> list[LineResult]:
    """Submit every link, of `lines` or a line each of `text`, to a campaign; one result for each, in their order.

    One bad line never hurts the others. Lines beyond the fiftieth are refused. The same `request_key` again does
    nothing again, and answers the same. Raises CampaignNotOpen when the campaign takes no clips at all, and
    KeyUsedBefore.
    """
    lines = [_keepable(line) for line in lines or intake.pasted_lines(text)]
    submission_id = _begin(
        creator_id=creator_id, campaign_id=campaign_id, lines=lines, request_key=request_key, now=now
    )
    open_lines = list(SubmittedLine.objects.filter(submission_id=submission_id, settled_at=None).order_by("number"))
    urls_read = links.followed(lines=[line.text for line in open_lines])
    for line, url in zip(open_lines, urls_read, strict=True):
        _settle(creator_id=creator_id, campaign_id=campaign_id, line_id=line.id, url=url, now=now)
    settled = SubmittedLine.objects.filter(submission_id=submission_id).order_by("number")
    surplus = f"Submit {intake.MAX_LINES} links at a time. This one was left out: submit it again."
    return [_result(line) for line in settled] + [
        LineResult(line=line[: urls.MAX_LENGTH], code=TOO_MANY_LINES, sentence=surplus)
        for line in lines[intake.MAX_LINES :]
    ]


@own_transaction
def _begin(*, creator_id: int, campaign_id: int, lines: Sequence[str], request_key: str, now: datetime) -> int:
    digest = hashlib.sha256("\n".join(lines).encode()).digest()
    before = _under_key(creator_id, request_key)
    if before is None:
        campaigns.terms_for_submission(campaign_id=campaign_id, creator_id=creator_id, now=now)
        made = Submission(
            creator_id=creator_id,
            campaign_id=campaign_id,
            request_key=request_key,
            text_sha256=digest,
            submitted_at=now,
        )
        # Two clicks at once: the loser finds the winner's row, and both work on the same lines.
        Submission.objects.bulk_create([made], ignore_conflicts=bool(request_key))
        before = _under_key(creator_id, request_key) or made
    if (before.campaign_id, bytes(before.text_sha256)) != (campaign_id, digest):
        raise KeyUsedBefore("This form was sent before, with other links: open the page anew")
    SubmittedLine.objects.bulk_create(
        [
            SubmittedLine(submission_id=before.id, number=number, text=line[:_LINE_MAX])
            for number, line in enumerate(lines[: intake.MAX_LINES], 1)
        ],
        ignore_conflicts=True,
    )
    return before.id


def _under_key(creator_id: int, request_key: str) -> Submission | None:
    if not request_key:
        return None
    return Submission.objects.filter(creator_id=creator_id, request_key=request_key).first()


def _settle(*, creator_id: int, campaign_id: int, line_id: int, url: urls.ClipUrl | Refused, now: datetime) -> None:
    if isinstance(url, Refused):
        _refuse(line_id=line_id, url=None, refusal=url, now=now)
        return
    try:
        _put_in(creator_id=creator_id, campaign_id=campaign_id, line_id=line_id, url=url, now=now)
    except Refused as refused:
        _refuse(line_id=line_id, url=url, refusal=refused, now=now)
    except IntegrityError as error:
        if "one_clip_per_video" not in str(error):
            raise
        # Somebody submitted the same clip between our look and our write.
        mine = Clip.objects.filter(platform=url.platform, video_id=url.id, creator_id=creator_id).exists()
        who = "You have" if mine else "Somebody else has"
        refusal = SubmissionRefused(ALREADY_SUBMITTED, f"{who} submitted this clip already.")
        _refuse(line_id=line_id, url=url, refusal=refusal, now=now)


@own_transaction
def _refuse(*, line_id: int, url: urls.ClipUrl | None, refusal: Refused, now: datetime) -> None:
    SubmittedLine.objects.filter(id=line_id, settled_at=None).update(
        platform=url.platform if url else "",
        handle=(url.handle or "") if url else "",
        code=refusal.code,
        sentence=refusal.sentence[:_SENTENCE_MAX],
        settled_at=now,
    )


@own_transaction
def _put_in(*, creator_id: int, campaign_id: int, line_id: int, url: urls.ClipUrl, now: datetime) -> None:
    line = SubmittedLine.objects.select_for_update(no_key=True).get(id=line_id)
    if line.settled_at is not None:
        return
    terms = campaigns.terms_for_submission(campaign_id=campaign_id, creator_id=creator_id, now=now)
    assert url.id is not None
    assert url.canonical is not None
    candidate = checks.Candidate(platform=url.platform, video_id=url.id, handle=url.handle)
    if terms.clips_per_creator_daily is not None:
        # Two who submit at once must not both see the last free place. Rows are read, as the lock is taken only then.
        list(Channel.objects.select_for_update(no_key=True).filter(creator_id=creator_id).order_by("id"))
    desk = submissions.desk(creator_id=creator_id, terms=terms, candidates=[candidate], now=now)
    for answer in checks.before_submission(candidate, desk):
        if answer.verdict is Verdict.FAIL:
            raise SubmissionRefused(answer.code, answer.sentence)
    owned = desk.channels[url.platform]
    named = intake.channel_named(url.handle, owned) if url.handle else None
    clip = Clip.objects.create(
        campaign_id=campaign_id,
        terms_id=terms.terms_id,
        creator_id=creator_id,
        channel_id=(named or owned[0]).channel_id,
        platform=url.platform,
        video_id=url.id,
        canonical_url=url.canonical,
        submitted_url=line.text,
        submitted_at=now,
        inspect_at=now,
        auto_approves_at=now + timedelta(hours=terms.review_hours),
    )
    line.platform, line.handle, line.clip_id, line.settled_at = url.platform, url.handle or "", clip.id, now
    line.save()
    announcing.waits(clip=clip, now=now)
    jobs.defer("clips.inspect_waiting", at_most_one_waiting="clips.inspect_waiting")


def _keepable(line: str) -> str:
    """A line as the database can hold it. What is put in the place of the rest belongs into no address either."""
    return line.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _result(line: SubmittedLine) -> LineResult:
    return LineResult(
        line=line.text[: urls.MAX_LENGTH],
        platform=line.platform,
        handle=line.handle,
        clip_id=line.clip_id,
        code=line.code,
        sentence=line.sentence,
    )
