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
# What a clip that exists ought not to come to, save now and then.
_FAILURES = frozenset(
    {
        PollOutcome.GONE_HINT,
        PollOutcome.RESTRICTED,
        PollOutcome.PROVIDER_ERROR,
        PollOutcome.NO_METRIC,
        PollOutcome.MISMATCH,
        PollOutcome.MISSING,
    }
)
_CONCLUSIONS = frozenset({PollOutcome.GONE_HINT, PollOutcome.NO_METRIC})


@dataclass(frozen=True, slots=True)
class _Candidate:
    poll: ClipPoll
    item: Item

    def rank(self) -> tuple[int, int, str]:
        # Of two counts the lower one: it can be put right by the next poll, money paid too early cannot.
        views = self.poll.reading.views if self.poll.reading else None
        text = json.dumps(self.item, sort_keys=True, default=repr)
        return _BEST_FIRST.index(self.poll.outcome), views or 0, text


def match_items(requested: Sequence[RequestedClip], items: Sequence[object], *, source: str) -> ScrapeResult:
    """One poll for every requested clip; all must be of one platform (else ValueError).

    A clip that is requested twice, as one of ours and as a canary, has two polls, which are alike. `source` names the
    actor or endpoint and is kept with every reading. The order of `items` does not matter.
    """
    wanted = {clip.video_id: clip for clip in requested}
    if len({clip.platform for clip in requested}) > 1:
        raise ValueError("Clips of one platform can be asked for together")
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
            candidates[video_id].append(
                _candidate(wanted[video_id], seen, item, contradictory=seen.is_odd or len(named) > 1)
            )
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
    if contradictory:
        # The item is one clip by its id and another by the address it answers, or has no id that could be one: nothing
        # in it is believed for any of them.
        return _Candidate(ClipPoll(clip=clip, outcome=PollOutcome.MISMATCH), item)
    return _Candidate(ClipPoll(clip=clip, outcome=seen.outcome, reading=seen.reading), item)


def _best(clip: RequestedClip, candidates: Sequence[_Candidate]) -> ClipPoll:
    if not candidates:
        return ClipPoll(clip=clip, outcome=PollOutcome.MISSING)
    # Ranking writes the item out, which costs more than reading it: most clips have one.
    return candidates[0].poll if len(candidates) == 1 else min(candidates, key=_Candidate.rank).poll


def cut_short(result: ScrapeResult) -> ScrapeResult:
    """What may be believed of a run that did not come to its end: its measurements, and nothing about other clips."""
    unread = frozenset({PollOutcome.MISSING, *_CONCLUSIONS})
    polls = tuple(_without_conclusion(poll, unread) for poll in result.polls)
    return replace(result, polls=polls, negatives_doubtful=True)


def _negatives_doubtful(polls: Sequence[ClipPoll]) -> bool:
    """Whether so many clips failed at once that a fault of the vendor is likelier than so many deletions.

    Clips that had failed before do not count: they come to stand together, and would excuse each other for ever.
    """
    expected = [poll for poll in polls if poll.clip.is_expected]
    failed = sum(1 for poll in expected if poll.outcome in _FAILURES)
    return failed >= DOUBTFUL_AT_LEAST and failed * 100 > DOUBTFUL_SHARE_PERCENT * len(expected)


def _without_conclusion(poll: ClipPoll, conclusions: frozenset[PollOutcome] = _CONCLUSIONS) -> ClipPoll:
    return replace(poll, outcome=PollOutcome.PROVIDER_ERROR) if poll.outcome in conclusions else poll
