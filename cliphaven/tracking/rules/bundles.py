"""The evidence of one clip as one JSON file, and what anybody can verify of it, without a database. Pure.

The chain of observations is verified hash by hash (rules/evidence.py). Of each kept answer of a vendor the items about
this clip are in the file, and each observation's count is looked for in them. The digest of a whole answer is part of
the chain; the whole answer is not in the file, because it is about others, too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliphaven.tracking.rules import evidence

FORMAT = "cliphaven evidence 1"
_COUNTERS = ("playCount", "videoPlayCount", "viewCount")


class NotABundle(ValueError):
    """The file is no evidence of a clip, or of a later format than this. The text is for whoever verifies it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFacts:
    """A vendor's call or run as its observations carry it; `items` are those about the clip, None when forgotten."""

    call_id: int
    run_id: str
    source: str
    raw_sha256: str
    started_at: datetime
    ended_at: datetime | None
    in_quarantine: bool
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What was verified of a file: how many observations, answers and accruals, and what is wrong, in sentences.

    `first_break` is the place of the first observation, from 1, that does not follow from those before it.
    """

    video: str
    observations: int
    answers: int
    accruals: int
    first_break: int | None
    problems: Sequence[str]

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return self.first_break is None and not self.problems


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
    return {
        "format": FORMAT,
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
                "ended_at": call.ended_at.isoformat() if call.ended_at else None,
                "in_quarantine": call.in_quarantine,
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
        items = json.loads(raw_json)
    except ValueError:
        return []
    if isinstance(items, dict):
        items = items.get("items")
    return [item for item in items if video_id in json.dumps(item)] if isinstance(items, list) else []


def verify(text: str | bytes) -> Verified:
    """Verify the text of such a file. Raises NotABundle for a text that is none."""
    try:
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise NotABundle(f"This is no file of the format “{FORMAT}”.")
        clip = content["clip"]
        calls = {int(call["id"]): call for call in content["calls"]}
        rows = content["observations"]
        links = [_link(row, calls[int(row["call"])], clip) for row in rows]
        broken = evidence.first_break(links)
        answers, problems = _answers(rows, calls)
        problems += _accruals(content["accruals"], {int(row["id"]): row for row in rows})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        if isinstance(error, NotABundle):
            raise
        raise NotABundle(f"This file cannot be read as evidence: {type(error).__name__} {error}") from error
    return Verified(
        video=f"{clip['platform']} {clip['video_id']}",
        observations=len(links),
        answers=answers,
        accruals=len(content["accruals"]),
        first_break=None if broken is None else broken + 1,
        problems=problems,
    )


def _link(row: Mapping[str, Any], call: Mapping[str, Any], clip: Mapping[str, Any]) -> evidence.Link:
    facts = evidence.ObservedFacts(
        platform=clip["platform"],
        video_id=clip["video_id"],
        views=row["views"],
        likes=row["likes"],
        comments=row["comments"],
        shares=row["shares"],
        saves=row["saves"],
        observed_at=datetime.fromisoformat(row["observed_at"]),
        source=row["source"],
        run_id=call["run_id"],
        raw_digest=bytes.fromhex(call["raw_sha256"]),
        believed=row["believed"],
        dropped=row["dropped"],
    )
    return evidence.Link(
        facts=facts,
        previous_sha256=bytes.fromhex(row["previous_sha256"]),
        sha256=bytes.fromhex(row["sha256"]),
    )


def _answers(rows: Sequence[Mapping[str, Any]], calls: Mapping[int, Mapping[str, Any]]) -> tuple[int, list[str]]:
    """How many counts were found in the answers that are in the file, and which were not."""
    kept = [(row, calls[int(row["call"])]["items"]) for row in rows]
    compared = [(row, items) for row, items in kept if items is not None]
    wrong = [
        f"observation {row['id']} says {row['views']:,} views, and the answer that it was taken from does not"
        for row, items in compared
        if str(row["views"]) not in {count for item in items for count in _counts(item)}
    ]
    return len(compared), wrong


def _counts(item: object) -> set[str]:
    if not isinstance(item, dict):
        return set()
    statistics = item.get("statistics")
    everywhere = {**item, **(statistics if isinstance(statistics, dict) else {})}
    return {str(everywhere[name]) for name in _COUNTERS if name in everywhere}


def _accruals(accruals: Sequence[Mapping[str, Any]], rows: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """What is wrong with the steps of earnings: each goes on where the last one ended, to a count that is believed."""
    wrong, counted = [], 0
    for one in accruals:
        last = rows.get(int(one["to_observation"]))
        first = one["from_observation"]
        if last is None or (first is not None and int(first) not in rows):
            wrong.append(f"accrual {one['name']} names an observation that is not in the file")
        elif not last["believed"] or last["views"] != one["views_to"]:
            wrong.append(f"accrual {one['name']} counts to {one['views_to']:,} views, and its observation does not")
        if one["views_from"] != counted:
            wrong.append(f"accrual {one['name']} counts from {one['views_from']:,} views, and {counted:,} were counted")
        counted = one["views_to"]
    return wrong
