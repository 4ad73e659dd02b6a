"""Inspection: who made a clip, when, and is it a video? Asked in batches until the platform has answered.

The state is the queue: a clip with `inspect_at` waits for an answer, whatever became of any job. A reading that fails
never refuses a clip, it only asks again later. Platforms take minutes to answer, so the clock is read anew for every
claim and every answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.db.models import F

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.models import Platform
from cliphaven.clips.models import Channel, ChannelState, Clip, ClipState, Lookup
from cliphaven.clips.operations import announcing, asking, pauses, thumbnails
from cliphaven.clips.operations import channels as channel_operations
from cliphaven.clips.queries import pauses as paused
from cliphaven.clips.rules import checks, intake
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.providers import readings

LEASE = timedelta(minutes=15)
BATCHES_AT_ONCE = 10
AGAIN_AFTER = timedelta(minutes=10)
AGAIN_AT_MOST = timedelta(hours=12)
NOTE_MAX = 2_000
INSPECTED_STATES = (ClipState.PENDING, ClipState.APPROVED)

_Owned = dict[tuple[int, str], list[intake.OwnChannel]]


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What one round came to: clips confirmed, sent back to their creators, and left for later."""

    confirmed: int = 0
    sent_back: int = 0
    later: int = 0

    def plus(self, other: "Inspected") -> "Inspected":
        """Both rounds together."""
        return Inspected(
            confirmed=self.confirmed + other.confirmed,
            sent_back=self.sent_back + other.sent_back,
            later=self.later + other.later,
        )


@no_transaction
def inspect_due(*, read_clock: Callable[[], datetime]) -> Inspected:
    """Ask the platforms about the clips that wait for it, up to ten batches, and record what they say."""
    total = Inspected()
    batches = 0
    for platform in Platform.values:
        while batches < BATCHES_AT_ONCE and (claimed := _claim(platform=platform, now=read_clock())):
            batches += 1
            polls = _ask(platform, claimed, read_clock())
            answered_at = read_clock()
            if polls is None:
                _give_back(claimed=claimed, now=answered_at)
                break
            kept = _handles_kept(claimed, polls, answered_at)
            total = total.plus(_record(claimed=claimed, polls=polls, handles_kept=kept, now=answered_at))
            _follow_names(claimed, polls)
            # Last, and now: what is decided of a clip waits for no picture, and the address lapses.
            thumbnails.look_at(addresses=_addresses(claimed, polls), now=answered_at)
    return total


@own_transaction
def _claim(*, platform: str, now: datetime) -> list[Clip]:
    if paused.paused_until(platform=platform, now=now, urgent=True) is not None:
        return []
    clips = list(
        Clip.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(platform=platform, inspect_at__lte=now)
        .order_by("inspect_at")[: asking.CLIPS_AT_ONCE[platform]]
    )
    Clip.objects.filter(id__in=[clip.id for clip in clips]).update(
        inspect_at=now + LEASE, inspections=F("inspections") + 1
    )
    for clip in clips:
        clip.inspect_at = now + LEASE
    return clips


@own_transaction
def _give_back(*, claimed: Sequence[Clip], now: datetime) -> None:
    """Nobody was asked: the clips wait as if they had not been claimed, until their vendor serves us again."""
    for clip in claimed:
        Clip.objects.filter(id=clip.id, inspect_at=clip.inspect_at).update(
            inspect_at=now, inspections=F("inspections") - 1
        )


def _ask(platform: str, clips: Sequence[Clip], now: datetime) -> Mapping[str, readings.ClipReading] | None:
    """What the platform says, by video id; clips it says nothing about are absent. None: the vendor serves nobody."""
    lookup = Lookup.objects.create(platform=platform, subject="clips", asked=len(clips), asked_at=now)
    requested = [
        readings.RequestedClip(
            platform=cast(readings.Platform, platform), video_id=clip.video_id, url=clip.canonical_url
        )
        for clip in clips
    ]
    try:
        batch = asking.read_clips(platform=platform, requested=requested, tag=f"inspection-{lookup.id}")
    except ProviderFailed as failure:
        lookup.failure = f"{failure.code} {failure.sentence}"[:200]
        lookup.save(update_fields=["failure"])
        refusal = pauses.refusal_of(platform=platform, failure=failure, now=now)
        if refusal is None:
            return {}
        pauses.keep(refusal=refusal, now=now)
        return None
    lookup.run_id, lookup.cost_microusd = batch.run_id, batch.cost_microusd
    lookup.save(update_fields=["run_id", "cost_microusd"])
    return {poll.clip.video_id: poll.reading for poll in batch.result.polls if poll.reading is not None}


def _handles_kept(clips: Sequence[Clip], polls: Mapping[str, readings.ClipReading], now: datetime) -> dict[int, bool]:
    """For the channels that nothing but their handle makes co-authors: is the handle still theirs? By id, if told."""
    owned = _channels_of(clips)
    doubtful = {
        channel.channel_id
        for clip in clips
        if (reading := polls.get(clip.video_id)) is not None
        for channel in intake.known_by_handle(_said(reading), owned.get((clip.creator_id, clip.platform), []))
    }
    if not doubtful:
        return {}
    channels = list(Channel.objects.filter(id__in=doubtful).order_by("id"))
    return channel_operations.handles_kept(channels=channels, now=now)


def _follow_names(clips: Sequence[Clip], polls: Mapping[str, readings.ClipReading]) -> None:
    """An answer that names a proved channel's author id tells its handle of today as well."""
    told = {reading.author_id: reading.author_handle for reading in polls.values() if reading.author_handle}
    for owned in _channels_of(clips).values():
        for channel in owned:
            handle = told.get(channel.author_id)
            if handle and handle != channel.handle:
                channel_operations.keep_handle(channel_id=channel.channel_id, handle=handle)


def _addresses(clips: Sequence[Clip], polls: Mapping[str, readings.ClipReading]) -> dict[int, str]:
    """Where the pictures of clips are, as far as the answer says."""
    told = {clip.id: reading.thumbnail_url for clip in clips if (reading := polls.get(clip.video_id)) is not None}
    return {clip_id: address for clip_id, address in told.items() if address}


@own_transaction
def _record(
    *,
    claimed: Sequence[Clip],
    polls: Mapping[str, readings.ClipReading],
    handles_kept: Mapping[int, bool],
    now: datetime,
) -> Inspected:
    claims = {clip.id: clip.inspect_at for clip in claimed}
    locked = (
        Clip.objects.select_for_update(of=("self",), no_key=True)
        .select_related("terms", "campaign")
        .filter(id__in=claims)
        .order_by("id")
    )
    # Of a clip that was handed in anew since, or claimed by somebody else, this answer says nothing: it is asked again.
    clips = [clip for clip in locked if clip.inspect_at == claims[clip.id]]
    channels = _channels_of(clips, handles_kept)
    rules = campaigns.clip_rules({clip.terms_id for clip in clips})
    total = Inspected()
    for clip in clips:
        reading = polls.get(clip.video_id)
        found = _finding(clip, reading, channels.get((clip.creator_id, clip.platform), []))
        if reading is not None and found != intake.Finding():
            sent_back = _keep_answer(clip, reading, found, rules[clip.terms_id], now)
            total = total.plus(Inspected(sent_back=1) if sent_back else Inspected(confirmed=1))
        else:
            clip.inspect_at = now + min(AGAIN_AFTER * (1 << min(clip.inspections - 1, 10)), AGAIN_AT_MOST)
            total = total.plus(Inspected(later=1))
    Clip.objects.bulk_update(
        clips,
        [
            *("state", "channel", "caption", "posted_at", "inspect_at", "author_checked_at"),
            *("views_inspected", "inspected_at", "seconds", "language"),
            *("decided_at", "decided_by", "decision_code", "decision_note"),
        ],
    )
    return total


def _finding(clip: Clip, reading: readings.ClipReading | None, channels: Sequence[intake.OwnChannel]) -> intake.Finding:
    if reading is None or clip.state not in INSPECTED_STATES:
        return intake.Finding()
    return intake.finding(
        said=_said(reading),
        channels=channels,
        submitted_at=clip.submitted_at,
        freshness_days=clip.terms.freshness_days,
    )


def _said(reading: readings.ClipReading) -> intake.Said:
    return intake.Said(
        author_id=reading.author_id,
        coauthor_handles=reading.coauthor_handles,
        posted_at=reading.posted_at,
        is_video=reading.is_video,
    )


def _keep_answer(
    clip: Clip,
    reading: readings.ClipReading,
    found: intake.Finding,
    clip_rules: Sequence[campaigns.ClipRule],
    now: datetime,
) -> bool:
    """Write down what the platform said; answers whether the clip goes back to its creator for it."""
    clip.caption, clip.posted_at, clip.inspect_at = reading.caption, reading.posted_at, None
    clip.views_inspected, clip.inspected_at = reading.views, now
    clip.seconds, clip.language = reading.seconds, reading.language or ""
    if found.channel_id is not None:
        clip.channel_id, clip.author_checked_at = found.channel_id, now
    if found.fix is not None:
        send_back(clip=clip, fix=found.fix, now=now)
        return True
    shown = checks.Shown(caption=reading.caption, seconds=reading.seconds, language=reading.language)
    lacks = checks.broken(clip_rules, shown=shown)
    # What somebody approved, or the time for it, is not taken back for a word in the caption.
    if lacks and clip.state == ClipState.PENDING:
        send_back(clip=clip, fix=intake.FixCode.RULE_BROKEN, now=now, about=lacks)
        return True
    return False


@joined_transaction
def send_back(*, clip: Clip, fix: intake.FixCode, now: datetime, about: str = "") -> None:
    """Return a clip to its creator with what the platform holds against it, and tell them. The caller saves it.

    `about` says what exactly, where the reason alone does not. A clip that was sent again as often as it may be is
    rejected: nothing could be done about it.
    """
    is_final = clip.fixes >= intake.FIXES_MAX
    note = f"{about} {intake.FIX_SENTENCES[fix]}".strip()[:NOTE_MAX]
    clip.state = ClipState.REJECTED if is_final else ClipState.NEEDS_FIX
    clip.decided_at, clip.decided_by = now, None
    clip.decision_code, clip.decision_note = fix.value, note
    notifications.queue_message(
        user_id=clip.creator_id,
        key=f"clip:{clip.id}:needs_fix:{clip.fixes}:{clip.inspections}",
        kind=Kind.CLIPS,
        subject=f"A clip for {clip.campaign.title} {'was not accepted' if is_final else 'needs a fix'}",
        text=f"{clip.canonical_url}\n\n{note}",
        link=f"/clips/{clip.id}/",
        now=now,
    )
    announcing.refused(clip=clip, now=now)


def _channels_of(clips: Sequence[Clip], handles_kept: Mapping[int, bool] | None = None) -> _Owned:
    """The proved channels of the clips' creators on the clips' platforms."""
    kept = handles_kept or {}
    owned: _Owned = {}
    proved = Channel.objects.filter(
        creator_id__in={clip.creator_id for clip in clips},
        platform__in={clip.platform for clip in clips},
        state=ChannelState.VERIFIED,
    )
    for channel in proved.order_by("id"):
        owned.setdefault((channel.creator_id, channel.platform), []).append(
            intake.OwnChannel(
                channel_id=channel.id,
                author_id=channel.author_id,
                handle=channel.handle,
                keeps_handle=kept.get(channel.id),
            )
        )
    return owned
