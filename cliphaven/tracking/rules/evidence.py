"""The chain of a clip's observations: each one's hash covers what it says and the hash of the one before. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS = bytes(32)
"""What the first observation of a clip is chained to."""
_LINE = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedFacts:
    """What an observation says. `raw_digest` names the vendor's answer it was taken from."""

    platform: str
    video_id: str
    views: int
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    observed_at: datetime
    source: str
    run_id: str
    raw_digest: bytes
    believed: bool
    dropped: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An observation as it stands in the chain."""

    facts: ObservedFacts
    previous_sha256: bytes
    sha256: bytes


def link_digest(facts: ObservedFacts, *, previous_sha256: bytes) -> bytes:
    """The SHA-256 of an observation: of one line of JSON without spaces, in this order, with moments in UTC."""
    line = [
        "cliphaven observation 1",
        previous_sha256.hex(),
        facts.platform,
        facts.video_id,
        facts.views,
        facts.likes,
        facts.comments,
        facts.shares,
        facts.saves,
        facts.observed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        facts.source,
        facts.run_id,
        facts.raw_digest.hex(),
        facts.believed,
        facts.dropped,
    ]
    return hashlib.sha256(_LINE.encode(line).encode()).digest()


def first_break(links: Iterable[Link]) -> int | None:
    """The place (from 0) of the first observation that does not follow from the ones before; None if all do."""
    previous = GENESIS
    for place, link in enumerate(links):
        if link.previous_sha256 != previous or link.sha256 != link_digest(link.facts, previous_sha256=previous):
            return place
        previous = link.sha256
    return None
