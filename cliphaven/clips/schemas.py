"""What creators are told of their clips and channels, and the shapes in which they submit them."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StrictInt, StrictStr

from cliphaven.clips import queries
from cliphaven.clips.rules.intake import MAX_LINES
from cliphaven.foundation.shapes import ID_MAX, Order

ADDRESS_MAX = 4_096
"""Longest text of one link; above 2,048 characters it is told that it is too long for one."""

Link = Annotated[StrictStr, Field(min_length=1, max_length=ADDRESS_MAX)]
Verdict = Literal["pass", "fail", "cannot_tell"]


# What pages call unknown, because nobody may be asked any more, is what cannot be told.
_VERDICTS: dict[str, Verdict] = {"pass": "pass", "fail": "fail", "unknown": "cannot_tell"}


class Links(Order):
    """Links for one campaign, one clip each."""

    campaign: Annotated[StrictInt, Field(ge=1, le=ID_MAX)]
    urls: Annotated[list[Link], Field(min_length=1, max_length=MAX_LINES)]


class RuleAnswer(Schema):
    """One rule of the campaign and how the clip fares. `code` is "" for a pass, and otherwise never changes."""

    rule: str
    label: str
    answer: Verdict
    code: str
    sentence: str


class CheckedLink(Schema):
    """One link, the clip that it means (null where it means none), and every rule. `answer` is all rules together."""

    url: str
    platform: str | None
    video_id: str | None
    canonical_url: str | None
    answer: Verdict
    rules: list[RuleAnswer]


class Checked(Schema):
    """The links in the order in which they were sent. Nothing was written down."""

    campaign: int
    results: list[CheckedLink]


class SubmittedLink(Schema):
    """What became of one link: a clip, or a refusal with its code and what to do."""

    url: str
    state: Literal["accepted", "duplicate", "refused"]
    platform: str | None
    clip_id: int | None
    code: str
    sentence: str


class Submitted(Schema):
    """The links in the order in which they were sent."""

    campaign: int
    results: list[SubmittedLink]


class Clip(Schema):
    """A clip of yours. Its views, while they count, stand with your earnings."""

    id: int
    campaign_id: int
    campaign_title: str
    platform: str
    video_id: str
    url: str
    handle: str
    caption: str
    posted_at: datetime | None
    submitted_at: datetime
    state: str
    decided_at: datetime | None
    decision_code: str
    decision_note: str
    fixes_left: int


class HeldAgainst(Schema):
    """A rule of the terms that a clip is pinned to, and how it fares by what the platform has said so far."""

    label: str
    answer: Verdict
    sentence: str


class ClipDetail(Clip):
    """One clip of yours, and how it fares under each rule. `views_at_inspection` is null while it was not read."""

    rules: list[HeldAgainst]
    views_at_inspection: int | None
    inspected_at: datetime | None


class Answered(Order):
    """What you changed, or why the clip is right as it is. The sponsor reads it word for word."""

    note: Annotated[StrictStr, Field(min_length=1, max_length=2_000)]


class Clips(Schema):
    """A page of your clips, newest first; `next_before` goes on, null on the last page."""

    clips: list[Clip]
    next_before: int | None


class Channel(Schema):
    """A channel of yours. `code` is to be put into its bio, null once it is proved; `sentence` says what was found."""

    id: int
    platform: str
    handle: str
    state: str
    code: str | None
    code_expires_at: datetime | None
    tries_left: int
    sentence: str
    checked_at: datetime | None
    verified_at: datetime | None


class NewChannel(Order):
    """A platform, and a handle or the address of a profile."""

    platform: Literal["tiktok", "instagram", "youtube"]
    profile: Annotated[StrictStr, Field(min_length=1, max_length=300)]


class Asked(Schema):
    """Whether the profile is being read. If not, the code had expired, and the channel has a new one."""

    is_being_read: bool


def clip(facts: queries.ClipFacts) -> Clip:
    """A clip in the words of the API."""
    return Clip(
        id=facts.clip_id,
        campaign_id=facts.campaign_id,
        campaign_title=facts.campaign_title,
        platform=facts.platform,
        video_id=facts.video_id,
        url=facts.url,
        handle=facts.handle,
        caption=facts.caption,
        posted_at=facts.posted_at,
        submitted_at=facts.submitted_at,
        state=facts.state,
        decided_at=facts.decided_at,
        decision_code=facts.decision_code,
        decision_note=facts.decision_note,
        fixes_left=facts.fixes_left,
    )


def clip_detail(facts: queries.ClipFacts) -> ClipDetail:
    """The same, with its rules."""
    return ClipDetail(
        **clip(facts).model_dump(),
        rules=[
            HeldAgainst(label=one.label, answer=_VERDICTS[one.result], sentence=one.sentence) for one in facts.checks
        ],
        views_at_inspection=facts.views_inspected,
        inspected_at=facts.inspected_at,
    )


def channel(facts: queries.ChannelFacts) -> Channel:
    """A channel in the words of the API."""
    shows_code = not facts.is_proved and not facts.code_expired
    return Channel(
        id=facts.channel_id,
        platform=facts.platform,
        handle=facts.handle,
        state=facts.state,
        code=facts.code if shows_code else None,
        code_expires_at=facts.code_expires_at if shows_code else None,
        tries_left=facts.tries_left,
        sentence=facts.sentence,
        checked_at=facts.checked_at,
        verified_at=facts.verified_at,
    )
