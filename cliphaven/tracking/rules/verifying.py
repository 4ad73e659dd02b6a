"""What anybody can verify of a clip's evidence from its file alone (rules/bundles.py makes it). Pure.

Everything that is in the file is covered by something: observations by their chain, counts by the vendor's answers, the
earnings by the observations they name, and every part by a digest. Who changes one thing has to change all of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliphaven.tracking.rules import evidence
from cliphaven.tracking.rules.bundles import FORMAT, AnswerIs, digest

_PARTS = ("made_at", "clip", "observations", "calls", "accruals")
_IN_ANSWERS: Mapping[str, Sequence[str]] = {
    "views": ("playCount", "videoPlayCount", "viewCount"),
    "likes": ("diggCount", "likesCount", "likeCount"),
    "comments": ("commentCount", "commentsCount"),
    "shares": ("shareCount", "reshareCount"),
    "saves": ("collectCount",),
}
"""What an observation calls a count, and what the vendors do."""


_DIGITS_MAX = 40
_NAMED_CHARACTERS = 100


class NotABundle(ValueError):
    """The file is no evidence of a clip, or of another format than this. The text is for whoever verifies it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What was verified of a file: how many observations, answers and accruals, and what is wrong, in sentences.

    `first_break` is the place of the first observation, from 1, that does not follow from those before it. `forgotten`
    and `left_out` are the calls whose answers could not be compared, because they are not in the file.
    """

    video: str
    observations: int
    answers: int
    accruals: int
    first_break: int | None
    problems: Sequence[str]
    forgotten: Sequence[int]
    left_out: Sequence[int]

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return self.first_break is None and not self.problems


def verify(text: str | bytes) -> Verified:
    """Verify the text of such a file. Raises NotABundle for a text that is none."""
    content = _read(text)
    try:
        clip, rows, listed = content["clip"], content["observations"], content["calls"]
        calls = {int(call["id"]): call for call in listed}
        links = [_link(row, calls[int(row["call"])], clip) for row in rows]
        broken = evidence.first_break(links)
        compared, problems = _answers(rows, calls)
        problems += _calls(rows, listed)
        problems += _accruals(content["accruals"], {int(row["id"]): row for row in rows})
        if clip["video_id"] not in clip["url"]:
            problems.append(f"the clip's url is that of another video than {clip['video_id']}")
        problems += _changed_parts(content)
        missing = [(number, call["answer"]) for number, call in calls.items() if call["items"] is None]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise NotABundle(f"This file cannot be read as evidence: {_lacking(error)}.") from error
    return Verified(
        video=f"{clip['platform']} {clip['video_id']}",
        observations=len(links),
        answers=compared,
        accruals=len(content["accruals"]),
        first_break=None if broken is None else broken + 1,
        problems=problems,
        forgotten=[number for number, answer in missing if answer == AnswerIs.FORGOTTEN],
        left_out=[number for number, answer in missing if answer == AnswerIs.LEFT_OUT],
    )


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        content = json.loads(text, object_pairs_hook=_each_once, parse_int=_short_integer)
    except UnicodeDecodeError as error:
        raise NotABundle("This file is no whole JSON document: it is no text in UTF-8.") from error
    except RecursionError as error:
        raise NotABundle("This file is no whole JSON document: too much lies in one another.") from error
    except ValueError as error:
        raise NotABundle(f"This file is no whole JSON document: {error}.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        said = content.get("format") if isinstance(content, dict) else None
        other = f" It says that it is “{said}”." if isinstance(said, str) else ""
        raise NotABundle(f"This is no file of the format “{FORMAT}”.{other[:100]}")
    return content


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Readers differ in which of two they take: what one of them is shown, another one would not verify.
        raise ValueError("an object in it has two fields of one name")
    return found


def _short_integer(digits: str) -> int:
    if len(digits) > _DIGITS_MAX:
        raise ValueError("a number in it is too long")
    return int(digits)


def _lacking(error: Exception) -> str:
    """What a file of this format would have, and this one has not."""
    match error:
        case KeyError(args=(int() as number,)):
            return f"it lacks call {number}, which an observation names"
        case KeyError(args=(name,)):
            return f"something in it lacks “{str(name)[:_NAMED_CHARACTERS]}”"
        case ValueError(args=(str() as what, *_)):
            return f"something in it is written in another way ({what[:_NAMED_CHARACTERS]})"
    return "something in it is of another kind than it should be"


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
    """How many observations were compared with the answers that are in the file, and which say something else."""
    kept = [(row, calls[int(row["call"])]["items"]) for row in rows]
    compared = [(row, items) for row, items in kept if items is not None]
    wrong = [
        f"observation {row['id']} says {row['views']} views, and the answer that it was taken from does not say the "
        "same of them and of likes, comments, shares and saves"
        for row, items in compared
        if not any(_says(item, row) for item in items)
    ]
    return len(compared), wrong


def _says(item: object, row: Mapping[str, Any]) -> bool:
    """Whether the vendor's item has these counts; of what is unknown it may say anything."""
    if not isinstance(item, dict):
        return False
    statistics = item.get("statistics")
    everywhere = {**item, **(statistics if isinstance(statistics, dict) else {})}
    return all(
        row[ours] is None or str(row[ours]) in {str(everywhere[name]) for name in theirs if name in everywhere}
        for ours, theirs in _IN_ANSWERS.items()
    )


def _calls(rows: Sequence[Mapping[str, Any]], listed: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the calls: each is there once, asked for this clip, and is what its observations say of it."""
    calls, wrong = {call["id"]: call for call in listed}, []
    if len(calls) < len(listed):
        wrong.append("a call is in the file twice")
    wrong += [f"call {number} has no observation" for number in sorted(calls.keys() - {row["call"] for row in rows})]
    for row in rows:
        call = calls[row["call"]]
        if call["source"] not in row["source"]:
            wrong.append(f"observation {row['id']} has another source than its call {call['id']}")
        if call["ended_at"] is not None and _is_later(row["observed_at"], call["ended_at"]):
            wrong.append(f"observation {row['id']} was made later than the ended_at of its call {call['id']}")
        if call["quarantined_at"] is not None and row["believed"]:
            wrong.append(f"observation {row['id']} is believed, and its call {call['id']} has a quarantined_at")
    wrong += [
        f"call {call['id']} says that its answer is {call['answer']}, and its items say otherwise"
        for call in listed
        if (call["answer"] == AnswerIs.HERE) == (call["items"] is None) or call["answer"] not in set(AnswerIs)
    ]
    ids = [row["id"] for row in rows]
    if ids != sorted(set(ids)):
        wrong.append("the ids of the observations do not rise")
    return wrong


def _is_later(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) > datetime.fromisoformat(other)


def _accruals(accruals: Sequence[Mapping[str, Any]], rows: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """What is wrong with the steps of earnings: each goes on where the last one ended, to a count that is believed."""
    wrong, counted, before = [], 0, None
    for number, one in enumerate(accruals, start=1):
        last = rows.get(int(one["to_observation"]))
        first = one["from_observation"]
        if last is None or (first is not None and int(first) not in rows):
            wrong.append(f"accrual {one['name']} names an observation that is not in the file")
        elif not last["believed"] or last["views"] != one["views_to"]:
            wrong.append(f"accrual {one['name']} counts to {one['views_to']} views, and its observation does not")
        if one["views_from"] != counted:
            wrong.append(f"accrual {one['name']} counts from {one['views_from']} views, and {counted} were counted")
        if first != before:
            wrong.append(f"accrual {one['name']} goes on from another observation than the one before it ended at")
        if one["name"].rpartition(":")[2] != str(number):
            wrong.append(f"accrual {one['name']} has the name of another one than number {number}")
        counted, before = one["views_to"], one["to_observation"]
    return wrong


def _changed_parts(content: Mapping[str, Any]) -> list[str]:
    """Which parts are not what they were when the file was made."""
    digests = content["digests"]
    return [
        f"the part “{name}” was changed after the file was made: it is not what its digest says"
        for name in _PARTS
        if digests[name] != digest(content[name])
    ]
