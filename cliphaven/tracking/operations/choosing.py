"""What is polled now: of each platform the clips that want it most, a call's worth at a time.

An index keeps each platform's clips in the order of `due_at`. Its beginning is read, as far as the calls of one round
could ask, and a few clips that are due next and may ride along: what a choice costs does not depend on how many clips
there are. What another poller holds is skipped, and so is what was leased and not given back yet. All that is asked of
a clip stands in the row that is locked: among millions each row of another table is a page that nobody has in memory.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.providers.readings import Platform, RequestedClip
from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.operations.planning import Planner
from cliphaven.tracking.rules import batching, policies, setbacks, sweeping
from cliphaven.tracking.rules.policies import GrowthEstimate

CALLS_TO_SPARE = 2
"""Due clips are looked at for so many calls more than can be made: the best of them are taken."""
RIDERS_FOR_CALLS = 2
"""Clips that are due next are looked at for so many calls, in case they may ride along."""
LOOKS_MAX = 5
"""Clips that nobody pays for any more are found when they are due; so often others are looked for in their place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Where and when to look: a platform at a moment, for so many calls of so many clips."""

    platform: Platform
    planner: Planner
    size: int
    calls: int
    now: datetime

    @property
    def seen_at_most(self) -> int:
        """How many due clips are looked at."""
        return self.size * (self.calls + CALLS_TO_SPARE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A clip that may be polled now, locked. `is_forced`: it waits for no company. `worth` has the hazard in it."""

    requested: RequestedClip
    clip_id: int
    campaign_id: int
    posted_at: datetime
    looked_at: datetime | None
    estimate: GrowthEstimate | None
    worth: float
    is_wanted: bool
    is_forced: bool
    urgency: float


@joined_transaction
def choose(*, look: Look) -> list[list[Candidate]]:
    """The clips for each call to make now, at most `look.calls`, the most urgent first; they stay locked.

    Clips that are due, though their campaign pays for nothing any more, are laid to rest.
    """
    due = _due(look)
    candidates = (
        due if len(due) >= look.size * look.calls else [*due, *_found(_RIDERS, look, look.size * RIDERS_FOR_CALLS)[0]]
    )
    chosen: list[list[Candidate]] = []
    while candidates and len(chosen) < look.calls:
        places = batching.chosen(
            [candidate.urgency for candidate in candidates],
            size=look.size,
            forced=[candidate.is_forced for candidate in candidates],
        )
        if not places:
            break
        chosen.append([candidates[place] for place in places])
        taken = set(places)
        candidates = [candidate for place, candidate in enumerate(candidates) if place not in taken]
    return chosen


def _due(look: Look) -> list[Candidate]:
    for _ in range(LOOKS_MAX):
        due, unpaid = _found(_DUE, look, look.seen_at_most)
        if len(due) + len(unpaid) < look.seen_at_most:
            _rest(unpaid)
            return due
        # There is more than can be looked at: who is waited for may stand further back, who may wait stands in the way.
        known = {candidate.clip_id for candidate in due}
        wanted, _ = _found(_WANTED, look, look.size * look.calls)
        due += [candidate for candidate in wanted if candidate.clip_id not in known]
        _rest(unpaid)
        patient = [one for one in due if not one.is_forced and one.urgency < policies.RIDE_SHARE]
        _plan_anew(patient, look)
        if len(due) - len(patient) >= look.size * look.calls:
            break
    return due


def _rest(clip_ids: Sequence[int]) -> None:
    if clip_ids:
        TrackedClip.objects.filter(clip_id__in=clip_ids).update(due_at=None, ride_at=None, overdue_at=None)


def _plan_anew(candidates: Sequence[Candidate], look: Look) -> None:
    """Polls have become dearer since these were planned: they are due when they are worth the price of today."""
    rows = []
    for candidate in candidates:
        if candidate.looked_at is not None:
            plan = policies.plan(
                look.planner.policy,
                posted_at=candidate.posted_at,
                polled_at=candidate.looked_at,
                estimate=candidate.estimate,
                worth=candidate.worth,
                price=look.planner.price,
            )
            rows.append((candidate.clip_id, plan.due_at, plan.ride_at))
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_POSTPONE, [list(column) for column in zip(*rows, strict=True)])


_POSTPONE = """
update tracking_trackedclip t set due_at = greatest(t.due_at, n.due_at), ride_at = greatest(t.ride_at, n.ride_at)
  from unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) n(clip_id, due_at, ride_at)
 where t.clip_id = n.clip_id"""

# A poll that the vendor did not answer was no look at the clip.
_CANDIDATES = """
select t.clip_id, t.campaign_id, t.video_id, t.url, t.availability = 'alive', t.posted_at,
       case when t.last_outcome = any(%(no_answer)s::text[]) then t.measured_at else t.last_polled_at end,
       t.log_rate, t.rate_variance, t.worth * t.hazard,
       t.overdue_at is null or t.overdue_at <= %(now)s, t.wanted_since is not null,
       coalesce(k.is_polled, false)
  from (select t.* from {source}
         where {which} and (t.leased_until is null or t.leased_until <= %(now)s)
         order by t.due_at, t.clip_id limit %(most)s for no key update of t skip locked) t
  left join tracking_trackedcampaign k on k.campaign_id = t.campaign_id
 order by t.due_at, t.clip_id"""
_DUE = _CANDIDATES.format(source="tracking_trackedclip t", which="t.platform = %(platform)s and t.due_at <= %(now)s")
_WANTED = _CANDIDATES.format(
    source="tracking_trackedclip t",
    which="t.platform = %(platform)s and t.wanted_since is not null and t.due_at <= %(now)s",
)
# Those that are due next, and of them those that may ride: however many must not ride yet, no more are looked at.
_RIDERS = """
with next as materialized (
  select clip_id from tracking_trackedclip where platform = %(platform)s and due_at > %(now)s
   order by due_at, clip_id limit %(most)s)""" + _CANDIDATES.format(  # nosec B608  # noqa: S608  # only the words below
    source="next join tracking_trackedclip t using (clip_id)", which="t.due_at > %(now)s and t.ride_at <= %(now)s"
)


def _found(statement: str, look: Look, most: int) -> tuple[list[Candidate], list[int]]:
    """The candidates that a statement finds, and those clips that nobody pays for any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"platform": look.platform, "now": look.now, "most": most, "no_answer": sorted(setbacks.NO_ANSWER)},
        )
        rows = cursor.fetchall()
    candidates, unpaid = [], []
    for *facts, is_wanted, is_polled in rows:
        if is_polled or is_wanted:
            candidates.append(_candidate(facts, look, is_wanted=is_wanted))
        else:
            unpaid.append(facts[0])
    return candidates, unpaid


def _candidate(facts: Sequence[Any], look: Look, *, is_wanted: bool) -> Candidate:
    clip_id, campaign_id, video_id, url, is_alive, posted_at, looked_at, log_rate, variance, worth, is_late = facts
    estimate = None if log_rate is None else GrowthEstimate(log_rate=log_rate, variance=variance)
    # Of a clip that nobody has looked at, everything since its posting is unseen.
    since = min(posted_at, look.now) if looked_at is None else looked_at
    return Candidate(
        requested=RequestedClip(platform=look.platform, video_id=video_id, url=url, is_expected=is_alive),
        clip_id=clip_id,
        campaign_id=campaign_id,
        posted_at=posted_at,
        looked_at=looked_at,
        estimate=estimate,
        worth=worth,
        is_wanted=is_wanted,
        is_forced=is_wanted
        or is_late
        or sweeping.is_swept(posted_at=posted_at, polled_at=since, now=look.now, estimate=estimate, worth=worth),
        urgency=math.inf
        if is_wanted
        else policies.urgency(
            posted_at=posted_at,
            polled_at=since,
            now=look.now,
            estimate=estimate,
            worth=worth,
            price=look.planner.price,
        ),
    )
