"""What is polled now: of each platform the clips that want it most, a call's worth at a time.

An index keeps each platform's clips in the order of `due_at`. Its beginning is read, as far as the calls of one round
could ask, and a few clips that are due next and may ride along: what a choice costs does not depend on how many clips
there are. What another poller holds is skipped, and so is what was leased and not given back yet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cliphaven.foundation import arrays
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
"""Clips that nobody pays for any more are found when they are due; so often others are looked for in their place,
and those behind what polls have become too dear for."""


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

    clip_id: int
    is_alive: bool
    posted_at: datetime
    looked_at: datetime | None
    estimate: GrowthEstimate | None
    worth: float
    is_wanted: bool
    is_forced: bool
    urgency: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A clip that is polled now, and whose campaign it is."""

    requested: RequestedClip
    clip_id: int
    campaign_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Address:
    """What only the clip's own row tells: where to ask, on whose account, and whether anybody pays for it."""

    campaign_id: int
    video_id: str
    url: str
    is_paid_for: bool


@joined_transaction
def choose(*, look: Look) -> list[list[Chosen]]:
    """The clips for each call to make now, at most `look.calls`, the most urgent first; they stay locked.

    Clips that were chosen, though nobody pays for them any more, are laid to rest, and others take their place.
    """
    chosen: list[list[Chosen]] = []
    for _ in range(LOOKS_MAX):
        chosen, has_rested = _paid_for(_candidates(look), look)
        # Where all that was seen is laid to rest, others stood behind it.
        if not has_rested or sum(map(len, chosen)) >= look.size * look.calls:
            break
    return chosen


def _paid_for(candidates: Sequence[Candidate], look: Look) -> tuple[list[list[Chosen]], bool]:
    """The calls to make of these candidates, and whether some of them were laid to rest.

    A clip's own row is read when it is chosen: among millions each of these is a page that nobody has in memory.
    """
    addresses: dict[int, _Address] = {}
    has_rested = False
    while True:
        calls = _calls(candidates, look)
        addresses |= _addresses([one.clip_id for call in calls for one in call if one.clip_id not in addresses])
        unpaid = {
            one.clip_id for call in calls for one in call if not (one.is_wanted or addresses[one.clip_id].is_paid_for)
        }
        if not unpaid:
            return [[_chosen(one, addresses[one.clip_id], look) for one in call] for call in calls], has_rested
        has_rested = True
        _rest(sorted(unpaid))
        candidates = [one for one in candidates if one.clip_id not in unpaid]


def _calls(candidates: Sequence[Candidate], look: Look) -> list[list[Candidate]]:
    calls: list[list[Candidate]] = []
    while candidates and len(calls) < look.calls:
        places = batching.chosen(
            [candidate.urgency for candidate in candidates],
            size=look.size,
            forced=[candidate.is_forced for candidate in candidates],
        )
        if not places:
            break
        calls.append([candidates[place] for place in places])
        taken = set(places)
        candidates = [candidate for place, candidate in enumerate(candidates) if place not in taken]
    return calls


def _chosen(candidate: Candidate, address: _Address, look: Look) -> Chosen:
    return Chosen(
        requested=RequestedClip(
            platform=look.platform, video_id=address.video_id, url=address.url, is_expected=candidate.is_alive
        ),
        clip_id=candidate.clip_id,
        campaign_id=address.campaign_id,
    )


def _candidates(look: Look) -> list[Candidate]:
    """Those that are due, and those that may ride along where there is room."""
    due = _due(look)
    return due if len(due) >= look.size * look.calls else [*due, *_found(_RIDERS, look, look.size * RIDERS_FOR_CALLS)]


def _due(look: Look) -> list[Candidate]:
    for _ in range(LOOKS_MAX):
        due = _found(_DUE, look, look.seen_at_most)
        if len(due) < look.seen_at_most:
            return due
        # There is more than can be looked at: who is waited for may stand further back, who may wait stands in the way.
        known = {candidate.clip_id for candidate in due}
        wanted = _found(_WANTED, look, look.size * look.calls)
        due += [candidate for candidate in wanted if candidate.clip_id not in known]
        patient = [one for one in due if not one.is_forced and one.urgency < policies.RIDE_SHARE]
        _plan_anew(patient, look)
        if len(due) - len(patient) >= look.size * look.calls:
            break
    return due


def _rest(clip_ids: Sequence[int]) -> None:
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
select t.clip_id, t.availability = 'alive', t.posted_at,
       case when t.last_outcome = any(%(no_answer)s::text[]) then t.measured_at else t.last_polled_at end,
       t.log_rate, t.rate_variance, t.worth * t.hazard,
       t.overdue_at is null or t.overdue_at <= %(now)s, t.wanted_since is not null
  from {source}
 where {which} and (t.leased_until is null or t.leased_until <= %(now)s)
 order by t.due_at, t.clip_id limit %(most)s for no key update of t skip locked"""
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


_ADDRESSES = """
select c.id, c.campaign_id, c.video_id, c.canonical_url,
       coalesce(k.is_polled, false) and c.state in ('approved', 'done') and c.author_checked_at is not null
  from clips_clip c
  left join tracking_trackedcampaign k on k.campaign_id = c.campaign_id
 where c.id = any(%s::bigint[])"""


def _addresses(clip_ids: list[int]) -> dict[int, _Address]:
    if not clip_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESSES, [arrays.numbers(clip_ids)])
        return {
            clip_id: _Address(campaign_id=campaign_id, video_id=video_id, url=url, is_paid_for=is_paid_for)
            for clip_id, campaign_id, video_id, url, is_paid_for in cursor.fetchall()
        }


def _found(statement: str, look: Look, most: int) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"platform": look.platform, "now": look.now, "most": most, "no_answer": sorted(setbacks.NO_ANSWER)},
        )
        return [_candidate(row, look) for row in cursor.fetchall()]


def _candidate(row: Sequence[Any], look: Look) -> Candidate:
    clip_id, is_alive, posted_at, looked_at, log_rate, variance, worth, is_late, is_wanted = row
    estimate = None if log_rate is None else GrowthEstimate(log_rate=log_rate, variance=variance)
    # Of a clip that nobody has looked at, everything since its posting is unseen.
    since = min(posted_at, look.now) if looked_at is None else looked_at
    return Candidate(
        clip_id=clip_id,
        is_alive=is_alive,
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
