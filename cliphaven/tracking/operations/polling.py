"""Polling: claim what is due, ask the vendors, record what they said.

Claims skip what another poller holds, and a lease brings back what a crashed one held. While vendors are asked, nothing
is locked. One call's answer is recorded in one transaction, so that a failing call takes no other with it.

Vendors take minutes to answer. So the clock is read anew for every claim, or a lease would be used up before it is
taken, and once more when an answer is there, because that is when it was true.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import cast

from cliphaven.clips.operations import asking
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import readings, youtube
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.operations import lifecycle, recording
from cliphaven.tracking.rules import setbacks

LEASE = timedelta(minutes=15)
"""Longer than the longest wait for a vendor."""
CALLS_AT_ONCE = 4
"""Calls to one platform side by side."""
ROUNDS_MAX = 5

_SAME_VENDOR = {"tiktok": ("tiktok", "instagram"), "instagram": ("tiktok", "instagram"), "youtube": ("youtube",)}


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

    Any number of pollers may run at once. What a vendor failed to answer is asked again later; a vendor that says its
    quota or credit is used up is left alone until it renews.
    """
    lifecycle.start_tracking(now=read_clock())
    total = Polled()
    for _ in range(ROUNDS_MAX):
        batches = _claim(now=read_clock())
        if not batches:
            break
        with ThreadPoolExecutor(max_workers=len(batches)) as pool:
            answers = [(batch, pool.submit(_fetch, batch, read_clock)) for batch in batches]
            for batch, answer in answers:
                total = total.plus(_record(batch, answer.result()))
        if not any(len(batch.clip_ids) == asking.CLIPS_AT_ONCE[batch.call.platform] for batch in batches):
            break  # nothing was left over
    return total


@own_transaction
def _claim(*, now: datetime) -> list[_Batch]:
    """Lease what is due, those due longest first, and write down the calls about to be made."""
    batches: list[_Batch] = []
    for platform in _platforms_to_ask(now):
        due = list(
            TrackedClip.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            .select_related("clip")
            .filter(platform=platform, due_at__lte=now)
            .exclude(leased_until__gt=now)
            .order_by("due_at")[: asking.CLIPS_AT_ONCE[platform] * CALLS_AT_ONCE]
        )
        size = asking.CLIPS_AT_ONCE[platform]
        batches += [_batch(platform, due[start : start + size], now) for start in range(0, len(due), size)]
    if batches:
        claimed = [clip_id for batch in batches for clip_id in batch.clip_ids]
        TrackedClip.objects.filter(clip_id__in=claimed).update(leased_until=now + LEASE)
        VendorCall.objects.bulk_create([batch.call for batch in batches])
    return batches


def _platforms_to_ask(now: datetime) -> list[str]:
    refusing = VendorCall.objects.filter(blocked_until__gt=now).values_list("platform", flat=True).distinct()
    blocked = {platform for refused in refusing for platform in _SAME_VENDOR[refused]}
    return [platform for platform in asking.CLIPS_AT_ONCE if platform not in blocked]


def _batch(platform: str, due: Sequence[TrackedClip], now: datetime) -> _Batch:
    return _Batch(
        call=VendorCall(
            platform=platform,
            source=recording.SOURCES[platform],
            asked=len(due),
            asked_of=dict(Counter(str(tracked.clip.campaign_id) for tracked in due)),
            started_at=now,
        ),
        requested=tuple(
            readings.RequestedClip(
                platform=cast(readings.Platform, platform),
                video_id=tracked.clip.video_id,
                url=tracked.clip.canonical_url,
            )
            for tracked in due
        ),
        clip_ids=tuple(tracked.clip_id for tracked in due),
    )


def _fetch(batch: _Batch, read_clock: Callable[[], datetime]) -> _Answer:
    """Runs beside others in a thread of its own and touches no database."""
    said: readings.FetchedBatch | ProviderFailed
    try:
        said = asking.read_clips(
            platform=batch.call.platform, requested=batch.requested, tag=f"poll-call-{batch.call.id}"
        )
    except ProviderFailed as failure:
        said = failure
    return _Answer(said=said, at=read_clock())


def _record(batch: _Batch, answer: _Answer) -> Polled:
    asked = len(batch.clip_ids)
    if isinstance(answer.said, ProviderFailed):
        recording.record_failure(
            call=batch.call,
            clip_ids=batch.clip_ids,
            failure=f"{answer.said.code} {answer.said.sentence}".strip(),
            blocked_until=_blocked_until(answer.said, answer.at),
            now=answer.at,
        )
        return Polled(calls=1, asked=asked, failed_calls=1)
    measured = recording.record_answer(call=batch.call, clip_ids=batch.clip_ids, answer=answer.said, now=answer.at)
    return Polled(calls=1, asked=asked, measured=measured)


def _blocked_until(failure: ProviderFailed, now: datetime) -> datetime | None:
    if isinstance(failure, youtube.QuotaExhausted):
        return setbacks.quota_renews_at(now)
    return now + setbacks.CREDIT_PAUSE if failure.status == HTTPStatus.PAYMENT_REQUIRED else None
