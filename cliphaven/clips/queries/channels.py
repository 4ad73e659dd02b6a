"""What is known of a creator's channels, how far their proof is, and what each look at them found."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips.models import Channel, ChannelCheck, ChannelState, CheckOutcome, Trouble
from cliphaven.clips.queries import pauses
from cliphaven.clips.rules.ownership import FAILED_TRIES_MAX

LOOKS_SHOWN_MAX = 5
_EXPIRED = "This code has expired. Press the button to get a new one."
_CLOSED = (
    "Profiles on this platform cannot be read before {until:%a %d %b, %H:%M} UTC. We look then by ourselves, and it"
    " counts for nothing."
)
_NEEDS_A_VIDEO = (
    "TikTok shows us a bio together with a public video only: post one, or make one public, before you have us look."
)
_CHECK_SENTENCES: dict[str, str] = {
    CheckOutcome.CODE_ABSENT: "We read your profile, and the code was not in it.",
    CheckOutcome.COULD_NOT_READ: "Your profile could not be read. That counts for nothing.",
    CheckOutcome.TAKEN: "The code is there, but somebody else proved this channel before. Write to us if it is yours.",
}
_TROUBLE_SENTENCES: dict[str, str] = {
    Trouble.HANDLE_PASSED_ON: "Under this handle there is another account now. If you took a new name, add it here and"
    " prove it: both become one channel again. Your clips go on counting meanwhile.",
    Trouble.NOT_FOUND: "This profile could not be read for some days. If it is private, open it; if you took a new"
    " name, add that here and prove it. Your clips go on counting meanwhile.",
}
_LOOK_SENTENCES: dict[str, str] = {
    CheckOutcome.CODE_FOUND: "Proved",
    CheckOutcome.CODE_ABSENT: "Read, without the code",
    CheckOutcome.COULD_NOT_READ: "Could not be read",
    CheckOutcome.TAKEN: "Proved by somebody else before",
    CheckOutcome.SIGNED_IN: "Proved by signing in",
    CheckOutcome.KEPT: "Still yours",
    CheckOutcome.HANDLE_PASSED_ON: "Another account has the handle",
}


@dataclass(frozen=True, kw_only=True)
class ChannelLook:
    """One look at a channel: when, what it found, in which text, and where that was read ("" where nothing was)."""

    checked_at: datetime
    sentence: str
    bio: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ChannelFacts:
    """A channel as its creator sees it.

    `sentence` says what the last check found, `trouble` what to see to about a proved one, `beforehand` what must be so
    before we can look at all; each is "" if there is nothing to say. `next_check_at` is None if none is waited for.
    """

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
    next_check_at: datetime | None
    trouble: str
    beforehand: str
    looks: tuple[ChannelLook, ...]


def channels_of(*, creator_id: int, now: datetime) -> list[ChannelFacts]:
    """A creator's channels, the proved ones first."""
    channels = list(Channel.objects.filter(creator_id=creator_id).order_by("id"))
    looks: dict[int, list[ChannelLook]] = defaultdict(list)
    for check in ChannelCheck.objects.filter(channel__in=channels).order_by("-id")[: LOOKS_SHOWN_MAX * 20]:
        if len(looks[check.channel_id]) < LOOKS_SHOWN_MAX:
            looks[check.channel_id].append(
                ChannelLook(
                    checked_at=check.checked_at,
                    sentence=_LOOK_SENTENCES[check.outcome],
                    bio=check.bio,
                    source=check.source,
                )
            )
    closed = {
        platform: pause.ends_at
        for pause in reversed(pauses.pauses(now=now))
        if not pause.serves_urgent
        for platform in pause.platforms
    }
    facts = [_channel(one, tuple(looks[one.id]), closed.get(one.platform), now) for one in channels]
    return sorted(facts, key=lambda channel: not channel.is_proved)


def _channel(
    channel: Channel, looks: tuple[ChannelLook, ...], closed_until: datetime | None, now: datetime
) -> ChannelFacts:
    is_proved, expired = channel.state == ChannelState.VERIFIED, channel.code_expires_at <= now
    # What an earlier look found says nothing while the next one is under way, or about a code that is no longer good.
    found = "" if is_proved or expired or channel.state == ChannelState.CHECKING else channel.last_outcome
    sentence = _EXPIRED if expired and not is_proved else _CHECK_SENTENCES.get(found, "")
    if found == CheckOutcome.COULD_NOT_READ:
        sentence += " We try again by ourselves." if channel.check_at else " Check the handle, then have us look again."
    next_check_at = None if is_proved or channel.state == ChannelState.CHECKING else channel.check_at
    if closed_until is not None and channel.check_at is not None and not is_proved:
        sentence, next_check_at = _CLOSED.format(until=closed_until), closed_until
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
        next_check_at=next_check_at,
        trouble=_TROUBLE_SENTENCES.get(channel.trouble, "") if is_proved else "",
        beforehand=_NEEDS_A_VIDEO if channel.platform == "tiktok" and not is_proved else "",
        looks=looks,
    )
