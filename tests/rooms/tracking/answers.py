"""Answers of vendors, made up and recorded as if they had been polled; without a sandbox."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from cliphaven.clips.models import Clip
from cliphaven.providers.readings import (
    ClipPoll,
    ClipReading,
    FetchedBatch,
    Platform,
    PollOutcome,
    RequestedClip,
    ScrapeResult,
)
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.operations import recording

Said = int | PollOutcome
"""What an answer says of one clip: its views, or why there are none."""


def followed(clip: Clip, *, at: datetime) -> TrackedClip:
    """The clip's tracking, begun at that moment if it was not before."""
    known = TrackedClip.objects.filter(clip=clip).first()
    if known is None:
        known = TrackedClip.following(clip, due_at=at)
        known.save()
    return known


def polled(platform: str, video_id: str, said: Said) -> ClipPoll:
    """What one answer says of one video."""
    asked = RequestedClip(
        platform=cast(Platform, platform), video_id=video_id, url=f"https://www.tiktok.com/@ben/video/{video_id}"
    )
    if isinstance(said, PollOutcome):
        return ClipPoll(clip=asked, outcome=said)
    reading = ClipReading(
        platform=asked.platform,
        video_id=video_id,
        views=said,
        likes=said // 10,
        comments=None,
        shares=None,
        saves=None,
        author_id=None,
        author_handle=None,
        coauthor_handles=(),
        caption="",
        posted_at=None,
        is_video=True,
        source="test:playCount",
    )
    return ClipPoll(clip=asked, outcome=PollOutcome.MEASURED, reading=reading)


def answer(polls: Sequence[ClipPoll], *, doubtful: bool = False) -> FetchedBatch:
    """A whole answer of TikTok's actor."""
    items = tuple(
        {"id": poll.clip.video_id, "playCount": poll.reading.views, "diggCount": poll.reading.likes}
        for poll in polls
        if poll.reading
    )
    return FetchedBatch(
        result=ScrapeResult(polls=tuple(polls), negatives_doubtful=doubtful),
        cost_microusd=3_000 * len(polls),
        run_id="run-1",
        raw_items=items,
        raw_json=json.dumps(items).encode(),
    )


def record(said: Mapping[Clip, Said], *, at: datetime, doubtful: bool = False) -> VendorCall:
    """One call asked about these clips and was answered so at that moment."""
    clips = list(said)
    for clip in clips:
        followed(clip, at=at)
    call = VendorCall.objects.create(platform=clips[0].platform, source="test", asked=len(clips), started_at=at)
    polls = [polled(clip.platform, clip.video_id, said[clip]) for clip in clips]
    recording.record_answer(
        call=call, clip_ids=[clip.id for clip in clips], answer=answer(polls, doubtful=doubtful), now=at
    )
    return call
