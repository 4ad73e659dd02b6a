"""From a vendor's list of items to one poll for every clip we asked about. Pure.

An item is a stranger's JSON. It is matched by id, never by its place in the list: vendors leave clips out, repeat them,
answer in any order and slip in clips nobody asked for.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cliphaven.providers.items import Item, Sighting, sighting
from cliphaven.providers.readings import ClipPoll, PollOutcome, RequestedClip, ScrapeResult

DOUBTFUL_SHARE_PERCENT = 30
DOUBTFUL_AT_LEAST = 5

# If two items speak of one clip, the better evidence wins, and "gone" only where nothing speaks against it.
_BEST_FIRST = (
    PollOutcome.MEASURED,
    PollOutcome.NO_METRIC,
    PollOutcome.RESTRICTED,
    PollOutcome.MISMATCH,
    PollOutcome.PROVIDER_ERROR,
    PollOutcome.GONE_HINT,
    PollOutcome.MISSING,
)
_FAILURES = frozenset({PollOutcome.GONE_HINT, PollOutcome.RESTRICTED, PollOutcome.PROVIDER_ERROR})


@dataclass(frozen=True, slots=True)
class _Candidate:
    poll: ClipPoll
    text: str

    def rank(self) -> tuple[int, int, str]:
        # Of two counts the lower one: it can be put right by the next poll, money paid too early cannot.
        views = self.poll.reading.views if self.poll.reading else None
        return _BEST_FIRST.index(self.poll.outcome), views or 0, self.text


def match_items(requested: Sequence[RequestedClip], items: Sequence[object], *, source: str) -> ScrapeResult:
    """One poll for every requested clip; all must be of one platform, each asked for once (else ValueError).

    `source` names the actor or endpoint and is kept with every reading. The order of `items` does not matter.
    """
    wanted = {clip.video_id: clip for clip in requested}
    if len(wanted) != len(requested) or len({clip.platform for clip in requested}) > 1:
        raise ValueError("Clips of one platform, each of them once, can be asked for together")
    candidates: dict[str, list[_Candidate]] = {video_id: [] for video_id in wanted}
    unreadable = unrequested = 0
    for item in items:
        if not isinstance(item, dict) or not requested:
            unreadable += 1
            continue
        seen = sighting(requested[0].platform, item, source)
        named = _named(seen)
        if not named:
            unreadable += 1
            continue
        meant = named & wanted.keys()
        if not meant:
            unrequested += 1
        for video_id in meant:
            candidates[video_id].append(_candidate(wanted[video_id], seen, item, contradictory=len(named) > 1))
    polls = tuple(_best(clip, candidates[clip.video_id]) for clip in requested)
    doubtful = _negatives_doubtful(polls)
    return ScrapeResult(
        polls=tuple(_without_conclusion(poll) for poll in polls) if doubtful else polls,
        unreadable_items=unreadable,
        unrequested_items=unrequested,
        duplicate_items=sum(max(0, len(rivals) - 1) for rivals in candidates.values()),
        negatives_doubtful=doubtful,
    )


def _named(seen: Sighting) -> set[str]:
    return {video_id for video_id in (seen.own_id, seen.asked_id) if video_id is not None}


def _candidate(clip: RequestedClip, seen: Sighting, item: Item, *, contradictory: bool) -> _Candidate:
    text = json.dumps(item, sort_keys=True, default=repr)
    if contradictory:
        # The item is one clip by its id and another by the address it answers: nothing in it is believed for either.
        return _Candidate(ClipPoll(clip=clip, outcome=PollOutcome.MISMATCH), text)
    return _Candidate(ClipPoll(clip=clip, outcome=seen.outcome, reading=seen.reading), text)


def _best(clip: RequestedClip, candidates: Sequence[_Candidate]) -> ClipPoll:
    if not candidates:
        return ClipPoll(clip=clip, outcome=PollOutcome.MISSING)
    return min(candidates, key=_Candidate.rank).poll


def _negatives_doubtful(polls: Sequence[ClipPoll]) -> bool:
    """Whether so many clips failed at once that a fault of the vendor is likelier than so many deletions."""
    failed = sum(
        1
        for poll in polls
        # YouTube leaves out what it cannot show; silence is its way to say "error".
        if poll.outcome in _FAILURES or (poll.outcome is PollOutcome.MISSING and poll.clip.platform == "youtube")
    )
    return failed >= DOUBTFUL_AT_LEAST and failed * 100 > DOUBTFUL_SHARE_PERCENT * len(polls)


def _without_conclusion(poll: ClipPoll) -> ClipPoll:
    return replace(poll, outcome=PollOutcome.PROVIDER_ERROR) if poll.outcome is PollOutcome.GONE_HINT else poll
