"""Reading profiles side by side. What each look cost is kept, whatever it told."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips.models import Channel, ChannelState, Lookup
from cliphaven.clips.operations import asking, pauses
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction
from cliphaven.providers.readings import FetchedProfile, ProfileReading

PROFILES_AT_ONCE = 8
"""Profiles read side by side, and most in one go: each takes up to minutes."""
_FAILURE_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a profile; `reading` is None when it told nothing. `raw_sha256` is of the answer as it came.

    With `is_refused` there was none: the vendor serves nobody now, and is asked nothing until it does.
    """

    channel: Channel
    asked_for: str
    reading: ProfileReading | None
    raw_sha256: bytes | None = None
    source: str = ""
    run_id: str = ""
    cost_microusd: int = 0
    failure: str = ""
    is_refused: bool = False


@no_transaction
def looks(*, channels: Sequence[Channel], now: datetime) -> list[Look]:
    """What the profiles of these channels, eight at most, say now; blocks for minutes."""
    if len(channels) > PROFILES_AT_ONCE:
        raise ValueError(f"{PROFILES_AT_ONCE} profiles are read at once, not {len(channels)}")
    names = [_name(channel) for channel in channels]
    if not channels:
        return []
    with ThreadPoolExecutor(max_workers=PROFILES_AT_ONCE) as pool:
        answers = list(pool.map(_ask, [channel.platform for channel in channels], names))
    seen = [_look(*one, now) for one in zip(channels, names, answers, strict=True)]
    Lookup.objects.bulk_create(
        Lookup(
            platform=look.channel.platform,
            subject="profile",
            asked=1,
            run_id=look.run_id,
            cost_microusd=look.cost_microusd,
            failure=look.failure,
            asked_at=now,
        )
        for look in seen
    )
    return seen


def _name(channel: Channel) -> str:
    """The name to ask under. YouTube finds channels by their unchanging id, the others by the handle alone."""
    is_proved = channel.state == ChannelState.VERIFIED
    return channel.author_id if is_proved and channel.platform == "youtube" else channel.handle


def _ask(platform: str, name: str) -> FetchedProfile | ProviderFailed:
    """Runs in a thread of its own: touches no database."""
    try:
        return asking.read_profile(platform=platform, name=name)
    except ProviderFailed as failure:
        return failure


def _look(channel: Channel, name: str, answer: FetchedProfile | ProviderFailed, now: datetime) -> Look:
    if isinstance(answer, ProviderFailed):
        refusal = pauses.refusal_of(platform=channel.platform, failure=answer, now=now)
        if refusal is not None:
            pauses.keep(refusal=refusal, now=now)
        said = f"{answer.code} {answer.sentence}"[:_FAILURE_MAX]
        return Look(channel=channel, asked_for=name, reading=None, failure=said, is_refused=refusal is not None)
    raw = json.dumps(answer.raw_items, sort_keys=True, separators=(",", ":"), default=str).encode()
    return Look(
        channel=channel,
        asked_for=name,
        reading=answer.reading,
        raw_sha256=hashlib.sha256(raw).digest(),
        source=answer.source,
        run_id=answer.run_id,
        cost_microusd=answer.cost_microusd,
    )
