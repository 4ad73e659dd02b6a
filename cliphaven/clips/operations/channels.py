"""Channels as creators see to them: added with a code, and looked at when they say that it is in the bio."""

import contextlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError

from cliphaven.clips.models import Channel, ChannelState
from cliphaven.clips.operations import profile_reading
from cliphaven.clips.queries import pauses
from cliphaven.clips.rules import ownership, profiles, proving
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity import operations as identity

CHANNELS_MAX = 20


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
        identity.works_as_creator(user_id=creator_id)
        # Two clicks at once: the loser's row is already there, and its code with it.
        Channel.objects.bulk_create(
            [
                Channel(
                    creator_id=creator_id,
                    platform=platform,
                    handle=handle,
                    code=ownership.new_code(secrets.choice),
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
    if channel.unread_checks >= proving.PROOF_READS_MAX:
        raise TooManyTries(
            f"Your profile could not be read {proving.PROOF_READS_MAX} times in a row. See that it is public, and get a"
            " new code when this one has expired."
        )
    if channel.unread_checks and channel.checked_at and now - channel.checked_at < proving.PROOF_AGAIN_AFTER:
        raise TooManyTries("We looked a moment ago, and your profile could not be read. Try again in a minute.")
    channel.state, channel.check_at = ChannelState.CHECKING, now
    channel.save(update_fields=["state", "check_at"])
    jobs.defer("clips.check_channels", at_most_one_waiting="clips.check_channels")
    return True


@own_transaction
def remove_channel(*, creator_id: int, channel_id: int) -> str:
    """Take a channel off the creator's list that was never proved, a mistyped one; answers its handle.

    What was seen of its profile stays. Raises NoSuchChannel, and ChannelIsProved: clips hang on that one.
    """
    channel = _own_unproved(creator_id=creator_id, channel_id=channel_id)
    channel.delete()
    return channel.handle


@no_transaction
def handles_kept(*, channels: Sequence[Channel], now: datetime) -> dict[int, bool]:
    """Whether proved channels still have their handles, by id, as their profiles say now; blocks for minutes.

    Channels whose profile could not be read are absent, and so are those beyond the eighth: ask about them later.
    """
    paused = pauses.paused_platforms(now=now, urgent=True)
    asked = [channel for channel in channels if channel.platform not in paused]
    seen = profile_reading.looks(channels=asked[: profile_reading.PROFILES_AT_ONCE], now=now)
    return {
        look.channel.id: look.reading.author_id == look.channel.author_id for look in seen if look.reading is not None
    }


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


def _own_unproved(*, creator_id: int, channel_id: int) -> Channel:
    channel = Channel.objects.select_for_update().filter(id=channel_id, creator_id=creator_id).first()
    if channel is None:
        raise NoSuchChannel("There is no such channel")
    if channel.state == ChannelState.VERIFIED:
        raise ChannelIsProved(f"@{channel.handle} is already yours.")
    return channel


def _renew(channel: Channel, now: datetime) -> None:
    channel.code, channel.code_expires_at = ownership.new_code(secrets.choice), now + ownership.CODE_LIVES
    channel.failed_tries, channel.last_outcome = 0, ""
    channel.state, channel.check_at, channel.unread_checks = ChannelState.UNVERIFIED, None, 0
    channel.save()
