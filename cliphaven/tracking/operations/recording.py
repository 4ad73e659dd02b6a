"""Recording what one vendor call said: observations chained and kept, beliefs moved, the next poll planned.

Few statements a call whatever its size: the clips are locked and read once, written once, and so are the observations.
"""

import hashlib
import logging
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection

from cliphaven.foundation.money import VIEWS_MAX
from cliphaven.foundation.transactions import own_transaction
from cliphaven.providers.readings import ClipPoll, FetchedBatch, PollOutcome
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.operations import chaining
from cliphaven.tracking.operations.planning import Planner
from cliphaven.tracking.rules import believed, evidence, setbacks

log = logging.getLogger(__name__)

SOURCES: Mapping[str, str] = {
    "tiktok": "clockworks/tiktok-scraper",
    "instagram": "apify/instagram-scraper",
    "youtube": "videos.list",
}
_BELIEVED = frozenset({believed.Belief.FIRST, believed.Belief.ROSE, believed.Belief.STEADY, believed.Belief.PURGED})


@own_transaction
def record_answer(*, call: VendorCall, clip_ids: Sequence[int], answer: FetchedBatch, now: datetime) -> int:
    """Record one call's answer about the clips that were claimed for it; answers how many were measured.

    Only a measured poll makes an observation; every other outcome changes no count and only plans the next poll.
    """
    raw = answer.raw_json
    call.raw_digest, call.raw_json = hashlib.sha256(raw).digest(), zlib.compress(raw, 1)
    call.run_id, call.cost_microusd = answer.run_id, answer.cost_microusd
    polls = {poll.clip.video_id: _plausible(poll) for poll in answer.result.polls}
    drafts: list[chaining.Draft] = []
    planner = Planner.of(call.platform)
    all_tracked = _locked(clip_ids)
    for tracked in all_tracked:
        tracked.cost_microusd += answer.cost_microusd // len(all_tracked)
        poll = polls[tracked.clip.video_id]
        if poll.outcome is PollOutcome.MEASURED:
            drafts.append(_observe(tracked, poll, call, planner, now))
        else:
            _set_back(
                tracked, outcome=poll.outcome, doubtful=answer.result.negatives_doubtful, planner=planner, now=now
            )
    written = _write(call, drafts, all_tracked, now)
    _save(all_tracked)
    call.measured = len(written)
    call.outcomes = dict(Counter(poll.outcome.value for poll in polls.values())) | _strangers(answer)
    call.unmeasured = {
        str(tracked.clip_id): polls[tracked.clip.video_id].outcome.value
        for tracked in all_tracked
        if tracked.clip_id not in written
    }
    call.ended_at = now
    call.save()
    return len(written)


@own_transaction
def record_failure(
    *, call: VendorCall, clip_ids: Sequence[int], failure: str, blocked_until: datetime | None, now: datetime
) -> None:
    """Record that a call failed: its clips are free again and asked about later. Says nothing about any clip."""
    planner = Planner.of(call.platform)
    all_tracked = _locked(clip_ids)
    for tracked in all_tracked:
        _set_back(tracked, outcome=PollOutcome.PROVIDER_ERROR, doubtful=True, planner=planner, now=now)
    _save(all_tracked)
    call.failure, call.blocked_until, call.ended_at = failure[:200], blocked_until, now
    call.outcomes = {PollOutcome.PROVIDER_ERROR.value: len(clip_ids)}
    call.unmeasured = {str(clip_id): PollOutcome.PROVIDER_ERROR.value for clip_id in sorted(clip_ids)}
    call.save()
    log.warning("A call to %s failed: %s", call.source, failure)


def _write(
    call: VendorCall, drafts: Sequence[chaining.Draft], all_tracked: Sequence[TrackedClip], now: datetime
) -> dict[int, int]:
    """Write what was observed, and let each clip name its latest observation, and the one that says what was seen."""
    not_before = max([call.started_at, *(tracked.clip.submitted_at for tracked in all_tracked)])
    written = chaining.write(call_id=call.id, drafts=drafts, not_before=not_before, now=now)
    made = {one.clip_id: one for one in drafts}
    for tracked in all_tracked:
        if tracked.clip_id in made:
            views = made[tracked.clip_id].facts.views
            tracked.last_observation_id = written[tracked.clip_id]
            if tracked.seen_at == now and tracked.views_seen == views:
                tracked.seen_observation_id = written[tracked.clip_id]
    return written


def _locked(clip_ids: Sequence[int]) -> list[TrackedClip]:
    return list(
        TrackedClip.objects.select_for_update(of=("self",), no_key=True)
        .select_related("clip")
        .filter(clip_id__in=clip_ids)
        .order_by("clip_id")
    )


def _plausible(poll: ClipPoll) -> ClipPoll:
    """The poll, or the vendor's fault if it counts more views than there can be."""
    views = poll.reading.views if poll.reading else None
    if poll.outcome is PollOutcome.MEASURED and (views is None or views > VIEWS_MAX):
        return ClipPoll(clip=poll.clip, outcome=PollOutcome.PROVIDER_ERROR)
    return poll


def _observe(tracked: TrackedClip, poll: ClipPoll, call: VendorCall, planner: Planner, now: datetime) -> chaining.Draft:
    """The observation of a measured poll; moves what is believed and plans the next poll."""
    reading = poll.reading
    assert reading is not None
    assert reading.views is not None
    assert call.raw_digest is not None
    before = _before(tracked)
    step = believed.display_step(tracked.platform, max(reading.views, before.settled if before else 0))
    judgement = believed.judge(before, reading.views, now, step=step)
    if judgement.dropped and before is not None:
        log.warning(
            "Clip %s fell by more than %s %%: from %s to %s views",
            tracked.clip_id,
            believed.DROP_PERCENT,
            before.settled,
            reading.views,
        )
    facts = evidence.ObservedFacts(
        platform=tracked.platform,
        video_id=tracked.clip.video_id,
        views=reading.views,
        likes=reading.likes,
        comments=reading.comments,
        shares=reading.shares,
        saves=reading.saves,
        observed_at=now,
        source=reading.source,
        run_id=call.run_id,
        raw_digest=bytes(call.raw_digest),
        believed=judgement.belief in _BELIEVED,
        dropped=judgement.dropped,
    )
    made = chaining.draft(tracked, facts)
    tracked.chain_sha256 = made.sha256
    _believe(tracked, before, judgement, planner=planner, now=now, step=step)
    return made


def _before(tracked: TrackedClip) -> believed.BelievedViews | None:
    if tracked.views_seen is None or tracked.views_settled is None or tracked.measured_at is None:
        return None
    return believed.BelievedViews(
        seen=tracked.views_seen,
        settled=tracked.views_settled,
        observed_at=tracked.measured_at,
        fallen_to=tracked.fallen_to,
        fallen_at=tracked.fallen_at,
    )


def _believe(
    tracked: TrackedClip,
    before: believed.BelievedViews | None,
    judgement: believed.Judgement,
    *,
    planner: Planner,
    now: datetime,
    step: int,
) -> None:
    after = judgement.believed
    assert after is not None
    gained, over = None, timedelta()
    # A fall that nobody has confirmed says nothing about the pace, and is not a reason to look away for longer.
    if before is not None and judgement.belief in _BELIEVED:
        gained, over = after.settled - before.settled, now - before.observed_at
    if before is None or after.seen > before.seen:
        tracked.views_seen, tracked.seen_at = after.seen, now
    tracked.views_settled, tracked.measured_at = after.settled, after.observed_at
    tracked.fallen_to, tracked.fallen_at = after.fallen_to, after.fallen_at
    tracked.availability = setbacks.availability_after(tracked.availability, outcome="measured", doubtful=False)
    tracked.failures = 0
    planner.after_measurement(tracked, gained=gained, over=over, step=step, now=now)
    _polled(tracked, PollOutcome.MEASURED, now)


def _set_back(tracked: TrackedClip, *, outcome: PollOutcome, doubtful: bool, planner: Planner, now: datetime) -> None:
    tracked.failures += 1
    tracked.availability = setbacks.availability_after(tracked.availability, outcome=outcome.value, doubtful=doubtful)
    planner.after_setback(tracked, vendors_fault=doubtful or outcome in setbacks.NO_ANSWER, now=now)
    _polled(tracked, outcome, now)


def _polled(tracked: TrackedClip, outcome: PollOutcome, now: datetime) -> None:
    tracked.leased_until = None
    if outcome not in setbacks.NO_ANSWER:
        tracked.wanted_since = None
    tracked.polls += 1
    tracked.last_outcome, tracked.last_polled_at = outcome.value, now


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
_SAVE = (
    f"update tracking_trackedclip t set {', '.join(f'{name} = n.{name}' for name in _COLUMNS if name != 'clip_id')}"  # noqa: S608  # only the names above
    f" from unnest({', '.join(f'%s::{type_}[]' for type_ in _COLUMNS.values())}) as n({', '.join(_COLUMNS)})"
    " where t.clip_id = n.clip_id"
)


def _save(all_tracked: Sequence[TrackedClip]) -> None:
    columns = [[getattr(tracked, name) for tracked in all_tracked] for name in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, columns)
