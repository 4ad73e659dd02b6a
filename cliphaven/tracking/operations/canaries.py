"""Canaries: control videos that ride along with calls, and what becomes of a call whose canary is wrong.

A claim asks which are `due`, leaves a place in its batches for each, and says which `rode`. Whatever records an answer
calls `read` first, and believes nothing of the answer if that says so.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from cliphaven.clips.rules import urls
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.money import VIEWS_MAX
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.providers.readings import ClipPoll
from cliphaven.tracking.models import Canary, CanaryReading, TrackedClip, TrackingDeed, VendorCall
from cliphaven.tracking.operations import acts, lifecycle
from cliphaven.tracking.rules import canaries as rules

CANARIES_MAX = 100
"""On one platform: each costs as much as a clip."""

log = logging.getLogger(__name__)


class NotACanary(Refused):
    """What was typed names no video, or no count."""

    code = "not_a_canary"


class NotInQuarantine(Refused):
    """There is nothing to clear."""

    code = "not_in_quarantine"


# ---- with a call

# Asked with every claim: to have it put together anew takes several times as long as to carry it out.
_WAITING = """
select * from tracking_canary
 where platform = %(platform)s and retired_at is null
   and (rode_at is null or rode_at <= %(since)s
        or exists (select from tracking_vendorcall
                    where platform = %(platform)s and quarantined_at is not null and cleared_at is null))
 order by rode_at, id limit %(calls)s for update skip locked"""


@joined_transaction
def due(*, platform: str, calls: int, now: datetime) -> list[Canary]:
    """The canaries to ride along with the next calls to a platform, one a call; those that rode longest ago first.

    A right count vouches for ten minutes, and not at all while a call of the platform is in quarantine. They are locked
    until the claim ends; other claims pass over them.
    """
    since = now - rules.RIDE_EVERY
    return list(Canary.objects.raw(_WAITING, {"platform": platform, "since": since, "calls": calls}))


@joined_transaction
def rode(*, canary_ids: Collection[int], now: datetime) -> None:
    """Note which canaries ride along with the calls about to be made; each call names its own in `canary_ids`."""
    if canary_ids:
        Canary.objects.filter(id__in=canary_ids).update(rode_at=now)


@joined_transaction
def read(*, call: VendorCall, polls: Mapping[str, ClipPoll], now: datetime) -> bool:
    """Read the canaries of a call from its polls (by video id), and answer whether the call may be believed.

    A call with a wrong canary is in quarantine from then on. One whose canary is right ends the platform's quarantines.
    """
    if not call.canary_ids:
        return True
    readings = [
        _reading(canary, polls.get(canary.video_id), call, now)
        for canary in Canary.objects.select_for_update().filter(id__in=call.canary_ids).order_by("id")
    ]
    CanaryReading.objects.bulk_create(readings)
    verdicts = {one.verdict for one in readings}
    if rules.Verdict.WRONG in verdicts:
        call.quarantined_at = now
        log.warning("Call %s of %s is not believed: its canary is wrong", call.id, call.source)
        return False
    if rules.Verdict.RIGHT in verdicts:
        _in_quarantine(call.platform).filter(started_at__lte=call.started_at).exclude(id=call.id).update(
            cleared_at=now, cleared_by_call=call
        )
    return True


@joined_transaction
def in_quarantine(*, platform: str) -> int:
    """How many calls of a platform are not believed and not cleared."""
    return _in_quarantine(platform).count()


def _in_quarantine(platform: str) -> QuerySet[VendorCall]:
    return VendorCall.objects.filter(platform=platform, quarantined_at__isnull=False, cleared_at=None)


def _reading(canary: Canary, poll: ClipPoll | None, call: VendorCall, now: datetime) -> CanaryReading:
    known = rules.KnownCount(
        platform=canary.platform,
        views=canary.views,
        known_at=canary.known_at,
        growth_per_day=canary.growth_per_day,
    )
    views = poll.reading.views if poll is not None and poll.reading is not None else None
    verdict = rules.judge(known, views=views, at=now)
    fewest, most = rules.expected_views(known, at=now)
    if verdict is rules.Verdict.RIGHT and views is not None:
        # Jitter does not add up: what is known never falls.
        canary.views, canary.known_at = max(views, canary.views), now
        canary.save(update_fields=["views", "known_at"])
    return CanaryReading(
        canary=canary,
        call=call,
        outcome=poll.outcome.value if poll is not None else "missing",
        views=views if views is None or views <= VIEWS_MAX else None,
        fewest=fewest,
        most=most,
        verdict=verdict.value,
        read_at=now,
    )


# ---- by the staff


@own_transaction
def add(*, url: str, views: int, growth_per_day: int, staff_id: int, why: str, now: datetime) -> int:
    """Let a video whose count is known ride along from now on; answers the canary's id. Adding it again is no second.

    `views` is what a person, or another source, sees there now. Raises NotACanary, NotStaff or ReasonMissing.
    """
    acts.check_staff(staff_id=staff_id)
    said = acts.checked_reason(why=why)
    platform, video_id, canonical = _link(url)
    if not 0 <= views <= VIEWS_MAX or not 0 <= growth_per_day <= VIEWS_MAX:
        raise NotACanary("Views and their growth are whole numbers from 0 to a hundred billion.")
    riding = Canary.objects.filter(platform=platform, retired_at=None)
    known = riding.filter(video_id=video_id).first()
    if known is not None:
        return known.id
    if riding.count() >= CANARIES_MAX:
        raise NotACanary(f"{CANARIES_MAX} canaries ride on this platform already: retire one first.")
    # Two of the staff at once: the loser's row is already there.
    Canary.objects.bulk_create(
        [
            Canary(
                platform=platform,
                video_id=video_id,
                url=canonical,
                views=views,
                known_at=now,
                growth_per_day=growth_per_day,
                added_by_id=staff_id,
                added_because=said,
                added_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return riding.get(video_id=video_id).id


@own_transaction
def retire(*, canary_id: int, staff_id: int, why: str, now: datetime) -> None:
    """Let a canary ride no more, because its video is gone or no longer tells anything. Doing it again changes nothing.

    Raises NotACanary, NotStaff or ReasonMissing.
    """
    acts.check_staff(staff_id=staff_id)
    said = acts.checked_reason(why=why)
    canary = Canary.objects.select_for_update().filter(id=canary_id).first()
    if canary is None:
        raise NotACanary("There is no such canary.")
    if canary.retired_at is None:
        canary.retired_at, canary.retired_by_id, canary.retired_because = now, staff_id, said
        canary.save(update_fields=["retired_at", "retired_by", "retired_because"])


@own_transaction
def clear(*, call_id: int, staff_id: int, why: str, request_key: str, now: datetime) -> int:
    """End a call's quarantine; answers how many of its clips are now read at the next tick that were not already.

    What it said is believed no more than before: its clips are asked about again. Raises NotInQuarantine, and what
    `acts.done_before` raises.
    """
    order = acts.Order(
        deed=TrackingDeed.CLEAR_CALL, call_id=call_id, staff_id=staff_id, why=why, request_key=request_key
    )
    clip_ids = _clips_of(VendorCall.objects.filter(id=call_id).values_list("clip_ids", flat=True).first() or [])
    # Clips before calls, as everywhere.
    list(TrackedClip.objects.select_for_update(no_key=True).filter(clip_id__in=clip_ids).order_by("clip_id"))
    call = VendorCall.objects.select_for_update(no_key=True).filter(id=call_id).defer("raw_json").first()
    before = acts.done_before(order=order)
    if before is not None:
        return before
    if call is None or call.quarantined_at is None or call.cleared_at is not None:
        raise NotInQuarantine("This call is not in quarantine, or not any more.")
    VendorCall.objects.filter(id=call_id).update(cleared_at=now)
    wanted = lifecycle.poll_soon(clip_ids=clip_ids, now=now)
    acts.record(order=order, clips=wanted, now=now)
    return wanted


def _clips_of(stored: Sequence[object]) -> list[int]:
    return [clip_id for clip_id in stored if isinstance(clip_id, int)]


def _link(url: str) -> tuple[str, str, str]:
    try:
        link = urls.parse_clip_url(url)
    except urls.UnreadableUrl as unreadable:
        raise NotACanary(unreadable.sentence) from unreadable
    if link.id is None or link.canonical is None:
        raise NotACanary("Paste the long address of the video: a short link may lead elsewhere tomorrow.")
    return link.platform, link.id, link.canonical
