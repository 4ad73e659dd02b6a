"""Channels: added with a code, checked by reading the profile, bound to the platform's unchanging author id."""

import contextlib
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError

from cliphaven.clips.models import Channel, ChannelState, CheckOutcome, Lookup
from cliphaven.clips.operations import asking
from cliphaven.clips.rules import ownership, profiles
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers.readings import FetchedProfile, ProfileReading

CHANNELS_MAX = 20
PROFILES_AT_ONCE = 8
"""Profiles read side by side, and most in one go: each takes up to minutes."""


class ProfileRefused(Refused):
    """The text names no channel that could be added."""

    code = "profile_refused"


class NoSuchChannel(Refused):
    """There is no such channel, or it is not this creator's."""

    code = "no_such_channel"


class ChannelIsProved(Refused):
    """There is nothing left to prove."""

    code = "channel_is_proved"


class TooManyTries(Refused):
    """The profile was read many times without the code."""

    code = "too_many_tries"


@own_transaction
def add_channel(*, creator_id: int, platform: str, profile: str, now: datetime) -> int:
    """Add a channel by handle or profile address, with a fresh code for its bio; answers its id.

    Adding one that still waits for proof changes nothing, but for a new code if the old one has expired. Raises
    ProfileRefused and ChannelIsProved.
    """
    try:
        handle = profiles.profile_name(platform=platform, text=profile)
    except profiles.UnreadableProfile as error:
        raise ProfileRefused(error.sentence) from error
    own = Channel.objects.select_for_update().filter(creator_id=creator_id)
    channel = own.filter(platform=platform, handle__iexact=handle).first()
    if channel is None:
        if own.count() >= CHANNELS_MAX:
            raise ProfileRefused(f"You can add {CHANNELS_MAX} channels at most.")
        # Two clicks at once: the loser's row is already there, and its code with it.
        Channel.objects.bulk_create(
            [
                Channel(
                    creator_id=creator_id,
                    platform=platform,
                    handle=handle,
                    code=_fresh_code(),
                    code_expires_at=now + ownership.CODE_LIVES,
                    added_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        return own.get(platform=platform, handle__iexact=handle).id
    if channel.state == ChannelState.VERIFIED:
        raise ChannelIsProved(f"@{channel.handle} is already yours.")
    if channel.code_expires_at <= now:
        _renew(channel, now)
    return channel.id


@own_transaction
def request_check(*, creator_id: int, channel_id: int, now: datetime) -> bool:
    """Have the profile read soon; False if the code had expired, and was replaced by a fresh one instead.

    Raises NoSuchChannel, ChannelIsProved and TooManyTries.
    """
    channel = _own_unproved(creator_id=creator_id, channel_id=channel_id)
    if channel.code_expires_at <= now:
        _renew(channel, now)
        return False
    if channel.failed_tries >= ownership.FAILED_TRIES_MAX:
        raise TooManyTries(
            f"Your profile was read {ownership.FAILED_TRIES_MAX} times without the code. Get a new code when this one"
            " has expired."
        )
    channel.state = ChannelState.CHECKING
    channel.save(update_fields=["state"])
    jobs.defer("clips.check_channel", at_most_one_waiting=f"channel:{channel.id}", channel_id=channel.id)
    return True


@no_transaction
def check_channel(*, channel_id: int, now: datetime) -> CheckOutcome | None:
    """Read the profile and record what it says; None when there was nothing to check any more.

    COULD_NOT_READ proves nothing and counts for nothing: check again later.
    """
    channel = Channel.objects.filter(id=channel_id).first()
    if channel is None or channel.state == ChannelState.VERIFIED:
        return None
    if channel.code_expires_at <= now:
        _record_absence(channel_id=channel_id, outcome=None, bio="", now=now)
        return None
    read = _read_profile(channel, now)
    if read is None:
        _record_absence(channel_id=channel_id, outcome=CheckOutcome.COULD_NOT_READ, bio="", now=now)
        return CheckOutcome.COULD_NOT_READ
    if not ownership.carries_code(read.bio, channel.code):
        _record_absence(channel_id=channel_id, outcome=CheckOutcome.CODE_ABSENT, bio=read.bio, now=now)
        return CheckOutcome.CODE_ABSENT
    try:
        return _record_code_found(channel_id=channel_id, code=channel.code, read=read, now=now)
    except IntegrityError:
        # Somebody proved the same channel between our look and our write; the second look sees them.
        return _record_code_found(channel_id=channel_id, code=channel.code, read=read, now=now)


@no_transaction
def handles_kept(*, channels: Sequence[Channel], now: datetime) -> dict[int, bool]:
    """Whether proved channels still have their handles, by id, as their profiles say now; blocks for minutes.

    Channels whose profile could not be read are absent, and so are those beyond the eighth: ask about them later.
    """
    asked = channels[:PROFILES_AT_ONCE]
    with ThreadPoolExecutor(max_workers=PROFILES_AT_ONCE) as pool:
        answers = list(pool.map(_ask_profile, asked))
    reads = [(channel, _noted(channel, answer, now)) for channel, answer in zip(asked, answers, strict=True)]
    return {channel.id: read.author_id == channel.author_id for channel, read in reads if read is not None}


@no_transaction
def keep_handle(*, channel_id: int, handle: str) -> None:
    """Write down the name under which the platform shows a channel, whose author id it named with it, now.

    Nothing happens if the creator has entered the channel under that name again: proving it brings both together.
    """
    with contextlib.suppress(IntegrityError):
        _rename(channel_id=channel_id, handle=handle)


@own_transaction
def _rename(*, channel_id: int, handle: str) -> None:
    Channel.objects.filter(id=channel_id).update(handle=handle)


def _read_profile(channel: Channel, now: datetime) -> ProfileReading | None:
    return _noted(channel, _ask_profile(channel), now)


def _ask_profile(channel: Channel) -> FetchedProfile | ProviderFailed:
    """May run in a thread of its own: touches no database."""
    try:
        return asking.read_profile(platform=channel.platform, name=channel.handle)
    except ProviderFailed as failure:
        return failure


def _noted(channel: Channel, answer: FetchedProfile | ProviderFailed, now: datetime) -> ProfileReading | None:
    """What the answer says of the profile, if anything; what it cost is kept either way."""
    lookup = Lookup(platform=channel.platform, subject="profile", asked=1, asked_at=now)
    if isinstance(answer, ProviderFailed):
        lookup.failure = f"{answer.code} {answer.sentence}"[:200]
    else:
        lookup.run_id, lookup.cost_microusd = answer.run_id, answer.cost_microusd
    lookup.save()
    return None if isinstance(answer, ProviderFailed) else answer.reading


@own_transaction
def _record_absence(*, channel_id: int, outcome: CheckOutcome | None, bio: str, now: datetime) -> None:
    channel = Channel.objects.select_for_update().get(id=channel_id)
    if channel.state == ChannelState.VERIFIED:
        return
    channel.state = ChannelState.UNVERIFIED
    if outcome is not None:
        channel.last_outcome, channel.checked_at = outcome, now
    if outcome == CheckOutcome.CODE_ABSENT:
        channel.failed_tries += 1
        channel.bio_read = bio
    channel.save()


@own_transaction
def _record_code_found(*, channel_id: int, code: str, read: ProfileReading, now: datetime) -> CheckOutcome | None:
    channel = Channel.objects.select_for_update().get(id=channel_id)
    if channel.state == ChannelState.VERIFIED or channel.code != code:
        return None
    proof = _Proof(author_id=read.author_id, handle=read.handle or channel.handle, bio=read.bio, at=now)
    proved = (
        Channel.objects.select_for_update()
        .filter(platform=channel.platform, author_id=read.author_id, state=ChannelState.VERIFIED)
        .first()
    )
    if proved is None:
        _bind(channel, proof)
        return CheckOutcome.CODE_FOUND
    if proved.creator_id != channel.creator_id:
        channel.state, channel.last_outcome = ChannelState.UNVERIFIED, CheckOutcome.TAKEN
        channel.checked_at, channel.bio_read = now, read.bio
        channel.save()
        return CheckOutcome.TAKEN
    # The creator's own channel under a new handle: one channel stays one row, and its clips stay with it.
    channel.delete()
    _bind(proved, proof)
    return CheckOutcome.CODE_FOUND


@dataclass(frozen=True, kw_only=True)
class _Proof:
    author_id: str
    handle: str
    bio: str
    at: datetime


def _bind(channel: Channel, proof: _Proof) -> None:
    channel.state, channel.last_outcome = ChannelState.VERIFIED, CheckOutcome.CODE_FOUND
    channel.author_id, channel.handle, channel.bio_read = proof.author_id, proof.handle, proof.bio
    channel.checked_at = channel.verified_at = proof.at
    channel.save()


def _own_unproved(*, creator_id: int, channel_id: int) -> Channel:
    channel = Channel.objects.select_for_update().filter(id=channel_id, creator_id=creator_id).first()
    if channel is None:
        raise NoSuchChannel("There is no such channel")
    if channel.state == ChannelState.VERIFIED:
        raise ChannelIsProved(f"@{channel.handle} is already yours.")
    return channel


def _renew(channel: Channel, now: datetime) -> None:
    channel.code, channel.code_expires_at = _fresh_code(), now + ownership.CODE_LIVES
    channel.failed_tries, channel.last_outcome = 0, ""
    channel.state = ChannelState.UNVERIFIED
    channel.save()


def _fresh_code() -> str:
    return "".join(secrets.choice(ownership.CODE_ALPHABET) for _ in range(ownership.CODE_LENGTH))
