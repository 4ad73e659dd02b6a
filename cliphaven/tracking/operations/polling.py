"""Polling: claim what is due, ask the vendors, record what they said.

Claims skip what another poller holds, and a lease brings back what a crashed one held. While vendors are asked, nothing
is locked. One call's answer is recorded in one transaction, so that a failing call takes no other with it.

Vendors take minutes to answer. So the clock is read anew for every claim, or a lease would be used up before it is
taken, and once more when an answer is there, because that is when it was true.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from django.db import connection

from cliphaven.clips.models import PLATFORMS_OF, Vendor
from cliphaven.clips.operations import asking
from cliphaven.clips.operations import pauses as refusals
from cliphaven.clips.queries import pauses
from cliphaven.foundation import arrays
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import apify, readings
from cliphaven.tracking.models import Canary, VendorCall
from cliphaven.tracking.operations import adopting, canaries, choosing, lifecycle, recording
from cliphaven.tracking.operations.planning import Planner
from cliphaven.tracking.queries import riders

LEASE = timedelta(minutes=15)
"""Longer than the longest wait for a vendor."""
CALLS_AT_ONCE = 4
"""Calls to one platform side by side."""
ROUNDS_MAX = 5
"""Rounds of calls to a platform in one poll; a backlog is worked off by the polls of the next minutes."""


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What a round of polling came to: calls made, clips asked about, clips measured, calls that failed."""

    calls: int = 0
    asked: int = 0
    measured: int = 0
    failed_calls: int = 0

    def plus(self, other: "Polled") -> "Polled":
        """Both together."""
        return Polled(
            calls=self.calls + other.calls,
            asked=self.asked + other.asked,
            measured=self.measured + other.measured,
            failed_calls=self.failed_calls + other.failed_calls,
        )


@dataclass(frozen=True, kw_only=True)
class _Batch:
    call: VendorCall
    requested: tuple[readings.RequestedClip, ...]
    clip_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    said: readings.FetchedBatch | ProviderFailed
    at: datetime


@no_transaction
def poll_due(*, read_clock: Callable[[], datetime]) -> Polled:
    """Start tracking what was approved, then poll every clip that is due, at most five rounds of four calls a platform.

    Any number of pollers may run at once. What a vendor failed to answer is asked again later; a vendor that told
    anybody that its quota or credit is used up, or whose budget for the day is spent, is left alone until it renews.
    YouTube, which answers at once, is asked while Apify's runs take their minutes: no platform waits for another one's
    answers.
    """
    adopting.adopt_lost(read_clock=read_clock, lease=LEASE)
    lifecycle.start_tracking(now=read_clock())
    total = Polled()
    with ThreadPoolExecutor(max_workers=CALLS_AT_ONCE * len(asking.CLIPS_AT_ONCE)) as pool:
        slow, quick = (
            _Lane(pool=pool, read_clock=read_clock, vendor=vendor) for vendor in (Vendor.APIFY, Vendor.YOUTUBE)
        )
        for _ in range(ROUNDS_MAX):
            slow.send()
            while quick.rounds < ROUNDS_MAX and quick.send():
                total = total.plus(quick.receive())
            total = total.plus(slow.receive())
            if not slow.may_have_more:
                break
    return total


@dataclass(kw_only=True)
class _Lane:
    """The calls to one vendor, round after round. The database is touched by whoever drives it, never by the pool."""

    pool: ThreadPoolExecutor
    read_clock: Callable[[], datetime]
    vendor: Vendor
    rounds: int = 0
    may_have_more: bool = True
    under_way: list[tuple[_Batch, Future[_Answer]]] = field(default_factory=list)

    def send(self) -> bool:
        """Claim what is due and begin to ask; answers whether there was anything."""
        batches = _claim(now=self.read_clock(), vendor=self.vendor) if self.may_have_more else []
        self.rounds += 1
        self.may_have_more = any(
            len(batch.clip_ids) >= asking.CLIPS_AT_ONCE[batch.call.platform] - 1 for batch in batches
        )
        self.under_way = [(batch, self.pool.submit(_fetch, batch, self.read_clock)) for batch in batches]
        return bool(batches)

    def receive(self) -> Polled:
        """Wait for the answers and record them, in the order in which they were asked for."""
        total = Polled()
        for batch, answer in self.under_way:
            total = total.plus(_record(batch, answer.result()))
        self.under_way = []
        return total


@own_transaction
def _claim(*, now: datetime, vendor: Vendor) -> list[_Batch]:
    """Lease what is polled now, and write down the calls about to be made."""
    if pauses.paused_until(platform=PLATFORMS_OF[vendor][0], now=now, urgent=False) is not None:
        return []
    batches: list[_Batch] = []
    for platform in PLATFORMS_OF[vendor]:
        riding = canaries.due(platform=platform, calls=CALLS_AT_ONCE, now=now)
        look = choosing.Look(
            platform=cast(readings.Platform, platform),
            planner=Planner.of(platform),
            # A place is kept for a canary.
            size=asking.CLIPS_AT_ONCE[platform] - (1 if riding else 0),
            calls=CALLS_AT_ONCE,
            now=now,
        )
        batches += [
            _batch(platform, chosen, riding[place : place + 1], now)
            for place, chosen in enumerate(choosing.choose(look=look))
        ]
    if batches:
        claimed = [clip_id for batch in batches for clip_id in batch.clip_ids]
        with connection.cursor() as cursor:
            cursor.execute(
                "update tracking_trackedclip set leased_until = %s where clip_id = any(%s::bigint[])",
                [now + LEASE, arrays.numbers(claimed)],
            )
        VendorCall.objects.bulk_create([batch.call for batch in batches])
        canaries.rode(canary_ids=[id_ for batch in batches for id_ in batch.call.canary_ids], now=now)
    return batches


def _batch(platform: str, chosen: Sequence[choosing.Candidate], riding: Sequence[Canary], now: datetime) -> _Batch:
    return _Batch(
        call=VendorCall(
            platform=platform,
            source=recording.SOURCES[platform],
            asked=len(chosen),
            clip_ids=[one.clip_id for one in chosen],
            canary_ids=[canary.id for canary in riding],
            asked_of=dict(Counter(str(one.campaign_id) for one in chosen)),
            started_at=now,
        ),
        requested=(*(one.requested for one in chosen), *map(riders.request_of, riding)),
        clip_ids=tuple(one.clip_id for one in chosen),
    )


def _fetch(batch: _Batch, read_clock: Callable[[], datetime]) -> _Answer:
    """Runs beside others in a thread of its own and touches no database."""
    said: readings.FetchedBatch | ProviderFailed
    try:
        said = asking.read_clips(platform=batch.call.platform, requested=batch.requested, tag=batch.call.tag)
    except ProviderFailed as failure:
        said = failure
    return _Answer(said=said, at=read_clock())


def _record(batch: _Batch, answer: _Answer) -> Polled:
    asked = len(batch.clip_ids)
    if isinstance(answer.said, apify.RunNotRead):
        # It is paid for, and will be read when its lease is over.
        adopting.leave_for_later(call=batch.call, run_id=answer.said.run.id)
        return Polled(calls=1, asked=asked, failed_calls=1)
    if isinstance(answer.said, ProviderFailed):
        recording.record_failure(
            call=batch.call,
            clip_ids=batch.clip_ids,
            failure=f"{answer.said.code} {answer.said.sentence}".strip(),
            refusal=refusals.refusal_of(platform=batch.call.platform, failure=answer.said, now=answer.at),
            now=answer.at,
        )
        return Polled(calls=1, asked=asked, failed_calls=1)
    measured = recording.record_answer(call=batch.call, clip_ids=batch.clip_ids, answer=answer.said, now=answer.at)
    return Polled(calls=1, asked=asked, measured=measured)
