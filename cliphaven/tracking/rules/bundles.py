"""The evidence of one clip as one JSON file, ready to be verified without a database (rules/verifying.py). Pure.

The chain of observations is in it hash by hash (rules/evidence.py), and of each kept answer of a vendor the items about
this clip. The digest of a whole answer is part of the chain; the whole answer is not in the file, because it is about
others, too.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cliphaven.tracking.rules import evidence

FORMAT = "cliphaven evidence 2"


class AnswerIs(StrEnum):
    """Where the answer of a call is."""

    HERE = "here"  # its items about the clip are in the file
    FORGOTTEN = "forgotten"  # it was older than answers are kept; its digest stays
    LEFT_OUT = "left_out"  # the house has it; only the newest ones are in the file


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFacts:
    """A vendor's call or run as its observations carry it.

    `items` are those of its answer that are about the clip; None without the answer, and `answer` says why.
    """

    call_id: int
    run_id: str
    source: str
    raw_sha256: str
    started_at: datetime
    ended_at: datetime | None
    quarantined_at: datetime | None
    cleared_at: datetime | None
    answer: AnswerIs
    items: Sequence[object] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptLink:
    """An observation as it stands in the chain, with its id and its call's."""

    observation_id: int
    call_id: int
    link: evidence.Link


@dataclass(frozen=True, kw_only=True, slots=True)
class AccrualFacts:
    """A step of a clip's earnings: between which observations it counted views. `from_observation_id` None: from 0."""

    name: str
    from_observation_id: int | None
    to_observation_id: int
    views_from: int
    views_to: int


def bundle(
    *,
    platform: str,
    video_id: str,
    url: str,
    links: Sequence[KeptLink],
    calls: Sequence[CallFacts],
    accruals: Sequence[AccrualFacts],
    made_at: datetime,
) -> dict[str, Any]:
    """The file's content, ready for JSON. Observations are in the order of the chain."""
    parts = {
        "made_at": made_at.isoformat(),
        "clip": {"platform": platform, "video_id": video_id, "url": url},
        "observations": [_observation(one) for one in links],
        "calls": [
            {
                "id": call.call_id,
                "run_id": call.run_id,
                "source": call.source,
                "raw_sha256": call.raw_sha256,
                "started_at": call.started_at.isoformat(),
                "ended_at": _moment(call.ended_at),
                "quarantined_at": _moment(call.quarantined_at),
                "cleared_at": _moment(call.cleared_at),
                "answer": call.answer.value,
                "items": None if call.items is None else list(call.items),
            }
            for call in calls
        ],
        "accruals": [
            {
                "name": one.name,
                "from_observation": one.from_observation_id,
                "to_observation": one.to_observation_id,
                "views_from": one.views_from,
                "views_to": one.views_to,
            }
            for one in accruals
        ],
    }
    return {"format": FORMAT, **parts, "digests": {name: digest(part) for name, part in parts.items()}}


def digest(part: object) -> str:
    """The SHA-256 of a part of the file, in hexadecimal: of its JSON with sorted names, without spaces, in ASCII."""
    return hashlib.sha256(json.dumps(part, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _observation(kept: KeptLink) -> dict[str, Any]:
    facts = kept.link.facts
    return {
        "id": kept.observation_id,
        "call": kept.call_id,
        "observed_at": facts.observed_at.isoformat(timespec="microseconds"),
        "views": facts.views,
        "likes": facts.likes,
        "comments": facts.comments,
        "shares": facts.shares,
        "saves": facts.saves,
        "source": facts.source,
        "believed": facts.believed,
        "dropped": facts.dropped,
        "previous_sha256": kept.link.previous_sha256.hex(),
        "sha256": kept.link.sha256.hex(),
    }


def items_about(raw_json: bytes, *, video_id: str) -> list[object]:
    """The items of a vendor's answer that name a video; of an answer of another shape nothing."""
    try:
        items = json.loads(raw_json, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return []
    if isinstance(items, dict):
        items = items.get("items")
    return [item for item in items if video_id in json.dumps(item)] if isinstance(items, list) else []
