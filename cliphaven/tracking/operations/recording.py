"""Recording what one vendor call said: observations chained and kept, beliefs moved, the next poll planned.

Few statements a call whatever its size: the clips are locked and read once, written once, and so are the observations.
"""

import hashlib
import json
import logging
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cliphaven.clips.models import vendor_of
from cliphaven.clips.operations import pauses
from cliphaven.foundation import arrays
from cliphaven.foundation.money import VIEWS_MAX
from cliphaven.foundation.transactions import own_transaction
from cliphaven.providers.readings import ClipPoll, FetchedBatch, PollOutcome
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.operations import canaries, chaining
from cliphaven.tracking.operations.believing import Believer
from cliphaven.tracking.operations.planning import Planner
from cliphaven.tracking.queries import prices
from cliphaven.tracking.rules import canaries as canary_rules
from cliphaven.tracking.rules import policies

log = logging.getLogger(__name__)

SOURCES: Mapping[str, str] = {
    "tiktok": "clockworks/tiktok-scraper",
    "instagram": "apify/instagram-scraper",
    "youtube": "videos.list",
}


@own_transaction
def record_answer(*, call: VendorCall, clip_ids: Sequence[int], answer: FetchedBatch, now: datetime) -> int:
    """Record one call's answer about the clips that were claimed for it; answers how many were measured.

    Only a measured poll makes an observation; every other outcome changes no count and only plans the next poll. Where
    the call's canary is wrong, observations are kept, and nothing of the answer is believed. A call that somebody else
    recorded meanwhile stays as it is: 0.
    """
    planner = _planner(call)
    if planner is None:
        return 0
    raw = answer.raw_json
    call.raw_digest, call.raw_json = hashlib.sha256(raw).digest(), zlib.compress(raw, 1)
    call.run_id, call.cost_microusd = answer.run_id, answer.cost_microusd
    polls = {poll.clip.video_id: _plausible(poll) for poll in answer.result.polls}
    believer = Believer(call=call, planner=planner, now=now)
    locked = _locked(clip_ids)
    polled = [(one.tracked, polls[one.tracked.video_id]) for one in locked]
    ask_again_at = None if canaries.read(call=call, polls=polls, now=now) else _quarantined(call, now)
    for tracked, poll in polled:
        tracked.cost_microusd += answer.cost_microusd // len(polled)
        if ask_again_at is None:
            believer.take(tracked, poll, doubtful=answer.result.negatives_doubtful)
        else:
            believer.keep_unbelieved(tracked, poll, ask_again_at=ask_again_at)
    written = _write(believer, locked)
    believer.keep_purges(written)
    call.measured = len(written)
    call.outcomes = dict(Counter(poll.outcome.value for _, poll in polled)) | _strangers(answer)
    call.unmeasured = {
        str(tracked.clip_id): poll.outcome.value for tracked, poll in polled if tracked.clip_id not in written
    }
    call.ended_at = now
    _rest(locked)
    _save([tracked for tracked, _ in polled], ended=call)
    return len(written)


@own_transaction
def record_failure(
    *, call: VendorCall, clip_ids: Sequence[int], failure: str, refusal: pauses.Refusal | None, now: datetime
) -> None:
    """Record that a call failed: its clips are free again and asked about later. Says nothing about any clip.

    After a `refusal` the vendor is asked nothing by anybody, until it ends.
    """
    planner = _planner(call)
    if planner is None:
        return
    believer = Believer(call=call, planner=planner, now=now)
    locked = _locked(clip_ids)
    for one in locked:
        believer.set_back(one.tracked, outcome=PollOutcome.PROVIDER_ERROR, doubtful=True)
    _rest(locked)
    _save([one.tracked for one in locked])
    call.failure, call.ended_at = failure[:200], now
    if refusal is not None:
        call.blocked_until = refusal.ends_at
        pauses.begin(vendor=refusal.vendor, reason=refusal.reason, ends_at=refusal.ends_at, now=now)
    call.outcomes = {PollOutcome.PROVIDER_ERROR.value: len(clip_ids)}
    call.unmeasured = {str(clip_id): PollOutcome.PROVIDER_ERROR.value for clip_id in sorted(clip_ids)}
    call.save()
    log.warning("A call to %s failed: %s", call.source, failure)


def _quarantined(call: VendorCall, now: datetime) -> datetime:
    """When the clips of a call that is not believed are asked about again."""
    return canary_rules.ask_again_at(now, in_quarantine=1 + canaries.in_quarantine(platform=call.platform))


@dataclass(frozen=True, slots=True)
class _Locked:
    """A clip's row, and what is used of the clip itself: `counts`, whether its views still are somebody's earnings."""

    tracked: TrackedClip
    submitted_at: datetime
    counts: bool


def _write(believer: Believer, locked: Sequence[_Locked]) -> dict[int, int]:
    """Write what was observed, and let each clip name its latest observation, and the one that says what was seen."""
    call, drafts = believer.call, believer.drafts
    not_before = max([call.started_at, *(one.submitted_at for one in locked)])
    written = chaining.write(call_id=call.id, drafts=list(drafts.values()), not_before=not_before, now=believer.now)
    for tracked in (one.tracked for one in locked):
        made = drafts.get(tracked.clip_id)
        if made is not None:
            tracked.last_observation_id = written[tracked.clip_id]
            if made.facts.believed and tracked.seen_at == believer.now and tracked.views_seen == made.facts.views:
                tracked.seen_observation_id = written[tracked.clip_id]
    return written


def _planner(call: VendorCall) -> Planner | None:
    """Whoever plans the call's clips, with the call's row locked.

    None if the call is over already: a poller that stood still for longer than its lease comes too late.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [vendor_of(call.platform), call.id])
        for is_open, price in cursor.fetchall():
            if is_open:
                return Planner(policy=prices.current_policy(), price=policies.PRICE if price is None else price)
    return None


def _locked(clip_ids: Sequence[int]) -> list[_Locked]:
    """The clips' rows, locked in the order of their numbers; of the clips themselves no more than is used."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [arrays.numbers(list(clip_ids))])
        rows = cursor.fetchall()
    return [
        _Locked(TrackedClip.from_db(connection.alias, _READ, row), submitted_at, counts)
        for *row, submitted_at, counts in rows
    ]


def _rest(locked: Sequence[_Locked]) -> None:
    """Clips that were refused since they were chosen are not planned again, unless somebody waits for an answer."""
    for one in locked:
        if not one.counts and one.tracked.wanted_since is None:
            one.tracked.due_at = one.tracked.ride_at = one.tracked.overdue_at = None


def _plausible(poll: ClipPoll) -> ClipPoll:
    """The poll, or the vendor's fault if it counts more views than there can be."""
    views = poll.reading.views if poll.reading else None
    if poll.outcome is PollOutcome.MEASURED and (views is None or views > VIEWS_MAX):
        return ClipPoll(clip=poll.clip, outcome=PollOutcome.PROVIDER_ERROR)
    return poll


def _strangers(answer: FetchedBatch) -> dict[str, int]:
    """What else was in the answer, counted and dropped."""
    counts = {
        "unreadable_items": answer.result.unreadable_items,
        "unrequested_items": answer.result.unrequested_items,
        "duplicate_items": answer.result.duplicate_items,
    }
    return {name: count for name, count in counts.items() if count}


# Django's bulk_update writes a CASE of every row for every column; one array a column is many times faster.
_COLUMNS: Mapping[str, str] = {
    "clip_id": "bigint",
    "log_rate": "float8",
    "rate_variance": "float8",
    "ride_at": "timestamptz",
    "due_at": "timestamptz",
    "overdue_at": "timestamptz",
    "wanted_since": "timestamptz",
    "leased_until": "timestamptz",
    "availability": "text",
    "gone_signs": "text",
    "views_seen": "bigint",
    "seen_observation_id": "bigint",
    "last_observation_id": "bigint",
    "seen_at": "timestamptz",
    "views_settled": "bigint",
    "fallen_to": "bigint",
    "fallen_at": "timestamptz",
    "measured_at": "timestamptz",
    "chain_sha256": "bytea",
    "failures": "integer",
    "polls": "integer",
    "last_outcome": "text",
    "last_polled_at": "timestamptz",
    "cost_microusd": "bigint",
}
# What every answer sets anew is not read: a moment takes as long to read as a small rule to decide.
_NOT_READ = frozenset({"ride_at", "due_at", "overdue_at", "leased_until", "campaign_id", "url"})
_READ = tuple(field.attname for field in TrackedClip._meta.concrete_fields if field.attname not in _NOT_READ)
# Written out: to have them put together anew for every call takes longer than to carry them out.
_OPEN = """
select ended_at is null, (select price from tracking_vendorprice where vendor = %s) from tracking_vendorcall
 where id = %s for no key update"""
_LOCK = (
    f"select {', '.join(f't.{name}' for name in _READ)}, c.submitted_at,"  # nosec B608  # noqa: S608  # only names above
    " c.state in ('approved', 'done') and c.author_checked_at is not null"
    " from tracking_trackedclip t join clips_clip c on c.id = t.clip_id"
    " where t.clip_id = any(%s::bigint[]) order by t.clip_id for no key update of t"
)
_ARRAYS: Mapping[str, Callable[[Any], str]] = {
    "bigint": arrays.numbers,
    "integer": arrays.numbers,
    "float8": arrays.numbers,
    "timestamptz": arrays.moments,
    "text": arrays.texts,
    "bytea": arrays.blobs,
}
_SAVE = (
    f"update tracking_trackedclip t set {', '.join(f'{name} = n.{name}' for name in _COLUMNS if name != 'clip_id')}"  # nosec B608  # noqa: S608  # only the names above
    f" from unnest({', '.join(f'%s::{type_}[]' for type_ in _COLUMNS.values())}) as n({', '.join(_COLUMNS)})"
    " where t.clip_id = n.clip_id"
)


_END = """
with ended as (
  update tracking_vendorcall set raw_digest = %s, raw_json = %s, run_id = %s, cost_microusd = %s, quarantined_at = %s,
         measured = %s, outcomes = %s::jsonb, unmeasured = %s::jsonb, ended_at = %s where id = %s)
"""


def _save(all_tracked: Sequence[TrackedClip], *, ended: VendorCall | None = None) -> None:
    """Save the clips, and with them the end of the call that was answered."""
    values: list[Any] = []
    if ended is not None:
        values += [ended.raw_digest, ended.raw_json, ended.run_id, ended.cost_microusd, ended.quarantined_at]
        values += [ended.measured, json.dumps(ended.outcomes), json.dumps(ended.unmeasured), ended.ended_at, ended.id]
    values += [_ARRAYS[type_]([getattr(tracked, name) for tracked in all_tracked]) for name, type_ in _COLUMNS.items()]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE if ended is None else _END + _SAVE, values)
