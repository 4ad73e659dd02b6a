"""What is known of a creator's channels, and how far their proof is."""

from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips.models import Channel, ChannelState, CheckOutcome
from cliphaven.clips.rules.ownership import FAILED_TRIES_MAX

_EXPIRED = "This code has expired. Press the button to get a new one."
_CHECK_SENTENCES: dict[str, str] = {
    CheckOutcome.CODE_ABSENT: "We read your profile, and the code was not in it.",
    CheckOutcome.COULD_NOT_READ: "Your profile could not be read. That counts for nothing; we try again by ourselves.",
    CheckOutcome.TAKEN: "The code is there, but somebody else proved this channel before. Write to us if it is yours.",
}


@dataclass(frozen=True, kw_only=True)
class ChannelFacts:
    """A channel as its creator sees it; `sentence` says what the last check found, "" if there is nothing to say."""

    channel_id: int
    platform: str
    handle: str
    state: str
    is_proved: bool
    code: str
    code_expires_at: datetime
    code_expired: bool
    sentence: str
    bio_read: str
    tries_left: int
    checked_at: datetime | None
    verified_at: datetime | None


def channels_of(*, creator_id: int, now: datetime) -> list[ChannelFacts]:
    """A creator's channels, the proved ones first."""
    channels = Channel.objects.filter(creator_id=creator_id).order_by("id")
    return sorted((_channel(channel, now) for channel in channels), key=lambda channel: not channel.is_proved)


def _channel(channel: Channel, now: datetime) -> ChannelFacts:
    is_proved, expired = channel.state == ChannelState.VERIFIED, channel.code_expires_at <= now
    # What an earlier look found says nothing while the next one is under way, or about a code that is no longer good.
    found = "" if is_proved or expired or channel.state == ChannelState.CHECKING else channel.last_outcome
    sentence = _EXPIRED if expired and not is_proved else _CHECK_SENTENCES.get(found, "")
    return ChannelFacts(
        channel_id=channel.id,
        platform=channel.platform,
        handle=channel.handle,
        state=channel.state,
        is_proved=is_proved,
        code=channel.code,
        code_expires_at=channel.code_expires_at,
        code_expired=expired,
        sentence=sentence,
        bio_read=channel.bio_read if found in (CheckOutcome.CODE_ABSENT, CheckOutcome.TAKEN) else "",
        tries_left=max(FAILED_TRIES_MAX - channel.failed_tries, 0),
        checked_at=channel.checked_at,
        verified_at=channel.verified_at,
    )
