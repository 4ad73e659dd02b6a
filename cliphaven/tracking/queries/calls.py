"""The calls to vendors, one by one: what was asked, what came back of each clip, and what it cost."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from cliphaven.clips.models import Clip
from cliphaven.providers import apify, youtube
from cliphaven.tracking.models import CanaryReading, Observation, VendorCall

CALLS_SHOWN = 50
CAPACITY = {"tiktok": apify.MAX_CLIPS, "instagram": apify.MAX_CLIPS, "youtube": youtube.MAX_CLIPS}
"""The most clips that one call can be asked for, by platform."""
STATES = ("under_way", "answered", "failed", "quarantined")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLine:
    """One call or run; its cost in millionths of a US dollar. `state` is one of STATES.

    `outcomes` counts the clips by what came of them, and beside them what else was in the answer. What a quarantined
    call said is not believed, as long as nobody and no later call has cleared it, and not counted afterwards either.
    """

    call_id: int
    platform: str
    source: str
    run_id: str
    state: str
    asked: int
    measured: int
    outcomes: dict[str, int]
    cost_microusd: int
    failure: str
    blocked_until: datetime | None
    quarantined_at: datetime | None
    cleared_at: datetime | None
    cleared_by_call_id: int | None
    started_at: datetime
    ended_at: datetime | None

    @property
    def capacity(self) -> int:
        """How many clips it could have been asked for."""
        return CAPACITY[self.platform]

    @property
    def took(self) -> timedelta | None:
        """How long the vendor took; None while it has not answered."""
        return None if self.ended_at is None else self.ended_at - self.started_at


@dataclass(frozen=True, kw_only=True)
class CallsPage:
    """Some calls, the newest first, and the number to go on from; None when these are the last."""

    calls: Sequence[CallLine]
    next_before: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedClip:
    """What came of one clip of a call, "" while it is under way. `views` is None where nothing was measured, not 0."""

    clip_id: int
    video_id: str
    handle: str
    campaign: str
    outcome: str
    views: int | None
    believed: bool
    dropped: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CanarySaid:
    """What a call said of a canary that rode along: `verdict` is right, wrong or unread; from `fewest` to `most` views
    would have been right. `views` is None where nothing was measured."""

    video_id: str
    url: str
    verdict: str
    views: int | None
    fewest: int
    most: int


@dataclass(frozen=True, kw_only=True)
class CallDetail:
    """One call with its clips and canaries. `raw_digest` is the SHA-256 of the answer, "" where there was none.

    `has_raw`: the answer itself is still kept. `unnamed` clips were asked for of which no more is known than the sums.
    """

    call: CallLine
    raw_digest: str
    has_raw: bool
    clips: Sequence[AskedClip]
    canaries: Sequence[CanarySaid]
    unnamed: int


def calls_page(
    *,
    platform: str = "",
    state: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = CALLS_SHOWN,
) -> CallsPage:
    """Calls begun from `since` on and before `until`, newest first, of one platform and state where given."""
    calls = _of_state(state)
    if platform:
        calls = calls.filter(platform=platform)
    if since is not None:
        calls = calls.filter(started_at__gte=since)
    if until is not None:
        calls = calls.filter(started_at__lt=until)
    if before is not None:
        calls = calls.filter(id__lt=before)
    found = list(calls.defer("raw_json").order_by("-id")[: limit + 1])
    shown = [_line(call) for call in found[:limit]]
    return CallsPage(calls=shown, next_before=shown[-1].call_id if len(found) > limit else None)


def call_detail(*, call_id: int) -> CallDetail | None:
    """One call and what came of each clip that it was asked for; None if there is no such call."""
    call = VendorCall.objects.filter(id=call_id).defer("raw_json").first()
    if call is None:
        return None
    clips = _asked_clips(call)
    return CallDetail(
        call=_line(call),
        raw_digest=bytes(call.raw_digest or b"").hex(),
        has_raw=VendorCall.objects.filter(id=call_id, raw_json__isnull=False).exists(),
        clips=clips,
        canaries=_canaries(call_id),
        unnamed=max(0, call.asked - len(clips)),
    )


def _canaries(call_id: int) -> list[CanarySaid]:
    return [
        CanarySaid(
            video_id=reading.canary.video_id,
            url=reading.canary.url,
            verdict=reading.verdict,
            views=reading.views,
            fewest=reading.fewest,
            most=reading.most,
        )
        for reading in CanaryReading.objects.filter(call_id=call_id).select_related("canary").order_by("id")
    ]


def raw_answer(*, call_id: int) -> bytes | None:
    """The vendor's answer as it came, JSON; None where there is none, or it is no longer kept."""
    raw = VendorCall.objects.filter(id=call_id).values_list("raw_json", flat=True).first()
    return None if raw is None else zlib.decompress(bytes(raw))


def _of_state(state: str) -> QuerySet[VendorCall]:
    calls = VendorCall.objects.all()
    if state == "failed":
        return calls.exclude(failure="")
    if state == "quarantined":
        return calls.filter(quarantined_at__isnull=False, cleared_at=None)
    if state == "under_way":
        return calls.filter(ended_at=None)
    return calls.filter(failure="", ended_at__isnull=False) if state == "answered" else calls


def _line(call: VendorCall) -> CallLine:
    return CallLine(
        call_id=call.id,
        platform=call.platform,
        source=call.source,
        run_id=call.run_id,
        state=_state(call),
        asked=call.asked,
        measured=call.measured,
        outcomes=dict(sorted(call.outcomes.items())),
        cost_microusd=call.cost_microusd,
        failure=call.failure,
        blocked_until=call.blocked_until,
        quarantined_at=call.quarantined_at,
        cleared_at=call.cleared_at,
        cleared_by_call_id=call.cleared_by_call_id,
        started_at=call.started_at,
        ended_at=call.ended_at,
    )


def _state(call: VendorCall) -> str:
    if call.failure:
        return "failed"
    if call.quarantined_at is not None and call.cleared_at is None:
        return "quarantined"
    return "under_way" if call.ended_at is None else "answered"


def _asked_clips(call: VendorCall) -> list[AskedClip]:
    readings = {reading.clip_id: reading for reading in Observation.objects.filter(call=call)}
    unmeasured = {int(clip_id): outcome for clip_id, outcome in call.unmeasured.items()}
    ids = {*readings, *unmeasured, *call.clip_ids}
    clips = Clip.objects.filter(id__in=ids).select_related("campaign", "channel").order_by("id")
    found = []
    for clip in clips:
        reading = readings.get(clip.id)
        found.append(
            AskedClip(
                clip_id=clip.id,
                video_id=clip.video_id,
                handle=clip.channel.handle,
                campaign=clip.campaign.title,
                outcome="measured" if reading else unmeasured.get(clip.id, ""),
                views=reading.views if reading else None,
                believed=reading.believed if reading else False,
                dropped=reading.dropped if reading else False,
            )
        )
    return found
