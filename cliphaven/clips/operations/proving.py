"""Proving channels, and looking at proved ones again: a queue of its own, whose state is `Channel.check_at`.

A profile that could not be read is read again, ever later, and counts for nothing. A proof binds the channel to the
platform's unchanging author id. Each look is kept with what it told; whatever it told, no money waits for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError

from cliphaven.clips.models import Channel, ChannelCheck, ChannelState, CheckOutcome, Trouble
from cliphaven.clips.operations import profile_reading
from cliphaven.clips.operations.profile_reading import Look
from cliphaven.clips.queries import pauses
from cliphaven.clips.rules import ownership, proving
from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

LEASE = timedelta(minutes=15)
LOOKS_A_JOB = 8
"""One after the other, each up to six minutes; whoever waits behind them is read by the next minute's job beside it."""
_LETTERS = {
    Trouble.HANDLE_PASSED_ON: (
        "your channel @{handle} has another owner's handle",
        "Under @{handle} there is another account now. If you took a new name, add it under Channels and prove it: both"
        " become one channel again. Your clips go on counting, and nothing you earned is touched.",
    ),
    Trouble.NOT_FOUND: (
        "we cannot find your channel @{handle}",
        "The profile of @{handle} could not be read for some days. If it is private, open it; if you took a new name,"
        " add that under Channels and prove it. Your clips go on counting as long as they can be seen, and nothing you"
        " earned is touched.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """How many looks came to what."""

    proved: int = 0
    told: int = 0
    could_not_read: int = 0


@no_transaction
def check_due(*, read_clock: Callable[[], datetime]) -> Checked:
    """Read the next profiles that are due, proofs before proved ones, and record what they say. Blocks for minutes.

    A job goes on with those that are left.
    """
    proved = told = could_not_read = 0
    for _ in range(LOOKS_A_JOB):
        channel = _claim(now=read_clock())
        if channel is None:
            break
        [look] = profile_reading.looks(channels=[channel], now=read_clock())
        if look.is_refused:
            _give_back(channel=channel, now=read_clock())
            continue
        outcome = _recorded(look, read_clock())
        proved += outcome is CheckOutcome.CODE_FOUND
        could_not_read += outcome is CheckOutcome.COULD_NOT_READ
        told += outcome is not None and outcome is not CheckOutcome.COULD_NOT_READ
    else:
        _go_on()
    return Checked(proved=proved, told=told, could_not_read=could_not_read)


@no_transaction
def check_channel(*, channel_id: int, now: datetime) -> CheckOutcome | None:
    """Read one profile now and record what it says; None when there is nothing to look at, or nobody to ask."""
    channel = Channel.objects.filter(id=channel_id).first()
    if channel is None or _is_over(channel, now) or channel.platform in pauses.paused_platforms(now=now, urgent=True):
        return None
    [look] = profile_reading.looks(channels=[channel], now=now)
    return None if look.is_refused else _recorded(look, now)


@joined_transaction
def bind(
    *,
    channel: Channel,
    author_id: str,
    handle: str,
    bio: str,
    now: datetime,
    outcome: CheckOutcome = CheckOutcome.CODE_FOUND,
) -> CheckOutcome:
    """Bind a channel that its creator has proved to its author id; answers `outcome`, how they did.

    Or TAKEN, if somebody else proved that one before.

    A channel that the creator had proved under another name stays one row, and its clips stay with it.
    """
    owner = (
        Channel.objects.select_for_update()
        .filter(platform=channel.platform, author_id=author_id, state=ChannelState.VERIFIED)
        .first()
    )
    if owner is not None and owner.creator_id != channel.creator_id:
        channel.state, channel.last_outcome = ChannelState.UNVERIFIED, CheckOutcome.TAKEN
        channel.checked_at, channel.bio_read, channel.check_at = now, bio, None
        channel.save()
        return CheckOutcome.TAKEN
    if owner is not None and owner.id != channel.id:
        channel.delete()
        channel = owner
    channel.state, channel.last_outcome = ChannelState.VERIFIED, outcome
    channel.author_id, channel.handle, channel.bio_read = author_id, handle, bio
    channel.checked_at = channel.verified_at = now
    channel.trouble, channel.trouble_at = "", None
    _is_read(channel, now)
    channel.save()
    return outcome


@own_transaction
def _go_on() -> None:
    jobs.defer("clips.check_channels", at_most_one_waiting="clips.check_channels")


@own_transaction
def _claim(*, now: datetime) -> Channel | None:
    due = Channel.objects.filter(check_at__lte=now)
    # A code that is no longer good is not looked for: that would cost money, and prove nothing.
    due.filter(code_expires_at__lte=now).exclude(state=ChannelState.VERIFIED).update(
        state=ChannelState.UNVERIFIED, check_at=None
    )
    # Who waits behind a vendor that serves nobody is not counted as unread; proved ones wait for the budget, too.
    due = due.exclude(platform__in=pauses.paused_platforms(now=now, urgent=True)).exclude(
        platform__in=pauses.paused_platforms(now=now, urgent=False), state=ChannelState.VERIFIED
    )
    # By their states' names those that somebody waits for come before the proved ones.
    first = due.select_for_update(no_key=True, skip_locked=True).order_by("state", "check_at", "id").first()
    if first is not None:
        # Whoever falls silent while a platform thinks loses it to the next look after the lease.
        first.check_at = now + LEASE
        Channel.objects.filter(id=first.id).update(check_at=first.check_at)
    return first


@own_transaction
def _give_back(*, channel: Channel, now: datetime) -> None:
    """Nobody was asked: the channel waits as if it had not been claimed, until its vendor serves us again."""
    Channel.objects.filter(id=channel.id, check_at=channel.check_at).update(check_at=now)


def _is_over(channel: Channel, now: datetime) -> bool:
    """Whether a proof is waited for whose code is no longer good."""
    return channel.state != ChannelState.VERIFIED and channel.code_expires_at <= now


def _recorded(look: Look, now: datetime) -> CheckOutcome | None:
    try:
        return _record(look=look, now=now)
    except IntegrityError:
        # Somebody proved the same channel between our look and our write; the second look sees them.
        return _record(look=look, now=now)


@own_transaction
def _record(*, look: Look, now: datetime) -> CheckOutcome | None:
    channel = Channel.objects.select_for_update().filter(id=look.channel.id).first()
    was_proved = look.channel.state == ChannelState.VERIFIED
    if channel is None or channel.code != look.channel.code or was_proved != (channel.state == ChannelState.VERIFIED):
        return None  # proved, or given another code, while we looked
    outcome = _look_again(channel, look, now) if was_proved else _proof(channel, look, now)
    _keep(look, outcome, now)
    return outcome


def _proof(channel: Channel, look: Look, now: datetime) -> CheckOutcome:
    reading = look.reading
    if reading is not None and ownership.carries_code(reading.bio, channel.code):
        return bind(
            channel=channel,
            author_id=reading.author_id,
            handle=reading.handle or channel.handle,
            bio=reading.bio,
            now=now,
        )
    channel.state, channel.checked_at = ChannelState.UNVERIFIED, now
    if reading is None:
        channel.last_outcome = CheckOutcome.COULD_NOT_READ
        channel.unread_checks += 1
        channel.check_at = proving.proof_again_at(
            unread=channel.unread_checks, now=now, code_expires_at=channel.code_expires_at
        )
    else:
        channel.last_outcome, channel.bio_read = CheckOutcome.CODE_ABSENT, reading.bio
        channel.failed_tries += 1
        channel.check_at, channel.unread_checks = None, 0
    channel.save()
    return CheckOutcome(channel.last_outcome)


def _look_again(channel: Channel, look: Look, now: datetime) -> CheckOutcome:
    reading = look.reading
    channel.checked_at = now
    if reading is None:
        channel.unread_checks += 1
        channel.unread_since = channel.unread_since or now
        channel.check_at = proving.recheck_at(unread=channel.unread_checks, now=now)
        if proving.is_missing(unread=channel.unread_checks, unread_since=channel.unread_since, now=now):
            _flag(channel, Trouble.NOT_FOUND, now)
        outcome = CheckOutcome.COULD_NOT_READ
    elif reading.author_id == channel.author_id:
        if reading.handle and not _has_handle(channel.creator_id, channel, reading.handle):
            channel.handle = reading.handle
        _is_read(channel, now)
        channel.trouble, channel.trouble_at = "", None
        outcome = CheckOutcome.KEPT
    else:
        _is_read(channel, now)
        _flag(channel, Trouble.HANDLE_PASSED_ON, now)
        outcome = CheckOutcome.HANDLE_PASSED_ON
    channel.save()
    return outcome


def _has_handle(creator_id: int, channel: Channel, handle: str) -> bool:
    """Whether the creator entered that name once more: proving it brings both rows together."""
    same = Channel.objects.filter(creator_id=creator_id, platform=channel.platform, handle__iexact=handle)
    return same.exclude(id=channel.id).exists()


def _is_read(channel: Channel, now: datetime) -> None:
    channel.unread_checks, channel.unread_since = 0, None
    channel.check_at = proving.recheck_at(unread=0, now=now)


def _flag(channel: Channel, trouble: Trouble, now: datetime) -> None:
    """Say once what the creator should see to. Nothing else follows from it."""
    if channel.trouble == trouble:
        return
    channel.trouble, channel.trouble_at = trouble, now
    subject, text = _LETTERS[trouble]
    notifications.queue_message(
        user_id=channel.creator_id,
        key=f"channel:{channel.id}:{trouble}:{now:%Y-%m-%d}",
        kind=Kind.CLIPS,
        subject=subject.format(handle=channel.handle).capitalize()[:200],
        text=text.format(handle=channel.handle),
        link="/creator/channels/",
        now=now,
    )


def _keep(look: Look, outcome: CheckOutcome, now: datetime) -> None:
    reading = look.reading
    ChannelCheck.objects.create(
        channel_id=look.channel.id,
        creator_id=look.channel.creator_id,
        platform=look.channel.platform,
        asked_for=look.asked_for,
        outcome=outcome,
        code="" if look.channel.state == ChannelState.VERIFIED else look.channel.code,
        author_id=reading.author_id if reading else "",
        handle=reading.handle if reading else "",
        bio=reading.bio if reading else "",
        raw_sha256=look.raw_sha256,
        source=look.source,
        run_id=look.run_id,
        cost_microusd=look.cost_microusd,
        failure=look.failure,
        checked_at=now,
    )
