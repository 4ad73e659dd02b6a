"""Calls that nobody recorded: their poller died, or Apify's run took longer than anybody waited.

Such a run is paid for and mostly over. It is looked for by its call's tag, read, and recorded as of its end, so that
nobody pays for the same answer twice; where only the bill is of use any more, the bill is kept. Its clips are leased
anew while it is read: whoever comes second finds nothing to do.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import cast

from django.db import connection

from cliphaven.clips.models import Clip
from cliphaven.foundation import arrays
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import apify, readings
from cliphaven.tracking.models import VendorCall
from cliphaven.tracking.operations import recording
from cliphaven.tracking.queries import riders

CALLS_AT_ONCE = 20
LOOKED_FOR = timedelta(days=1)
"""A run that could not be read for so long is given up."""
ABORTED_AFTER = timedelta(hours=1)
"""A run that is still under way after so long is ended: whatever it waits for, it costs."""
FAILURES_MAX = 3
_CLOCKS_APART = timedelta(minutes=5)

log = logging.getLogger(__name__)


@no_transaction
def adopt_lost(*, read_clock: Callable[[], datetime], lease: timedelta) -> int:
    """Record the calls whose poller did not, once its lease is over; answers how many came to an end."""
    now, ended, failed = read_clock(), 0, 0
    lost = VendorCall.objects.filter(ended_at=None, started_at__lte=now - lease).order_by("started_at", "id")
    for call in lost[:CALLS_AT_ONCE]:
        try:
            ended += _adopt(call, until=now + lease, now=now)
        except ProviderFailed as failure:
            log.warning("Call %s cannot be adopted yet: %s", call.id, failure.sentence)
            failed += 1
            # One odd run must not keep the others; after some, the vendor itself is in trouble, and polling would only
            # wait for it once more for each.
            if failed == FAILURES_MAX:
                break
    return ended


@own_transaction
def leave_for_later(*, call: VendorCall, run_id: str) -> None:
    """Keep which run will answer a call. Its clips stay leased until then: asking again would be paid for twice."""
    VendorCall.objects.filter(id=call.id).update(run_id=run_id)


def _adopt(call: VendorCall, *, until: datetime, now: datetime) -> bool:
    if call.platform == "youtube":
        # An answer that nobody kept cannot be had again, and cost a unit of quota.
        return _give_up(call, "lost", "Its poller ended before there was an answer.", until=until, now=now)
    platform = cast(readings.Platform, call.platform)
    try:
        run_id = call.run_id or _run_of(call, platform)
        if run_id is None:
            return _give_up(call, "lost", "Its run was never started.", until=until, now=now)
        requested = _requested(call.clip_ids, platform)
        run, answer = apify.read_run(platform, [*requested.values(), *riders.requests_of(call)], run_id)
    except apify.RunNotRead as unread:
        return _left_again(call, unread, until=until, now=now)
    except ProviderFailed as failure:
        if failure.status != HTTPStatus.NOT_FOUND and now - call.started_at < LOOKED_FOR:
            raise
        return _give_up(call, failure.code, failure.sentence, until=until, now=now)
    freed = _leased_anew(call.clip_ids, until=until, now=now)
    call.cost_microusd, call.run_id = answer.cost_microusd, answer.run_id
    if not freed:
        _bill(call, now=now)
        return True
    recording.record_answer(
        call=call,
        clip_ids=freed,
        answer=answer,
        # What was true when the run ended; never before it was asked for, whatever the vendor's clock says.
        now=min(now, max(call.started_at, run.finished_at or now)),
    )
    return True


def _left_again(call: VendorCall, unread: apify.RunNotRead, *, until: datetime, now: datetime) -> bool:
    """Read it later; what never ends is ended by us, and what is no longer there is billed and given up."""
    call.run_id, call.cost_microusd = unread.run.id, unread.run.cost_microusd
    age = now - call.started_at
    if unread.status == HTTPStatus.NOT_FOUND or age >= LOOKED_FOR:
        return _give_up(call, unread.code, unread.sentence, until=until, now=now)
    if not unread.run.is_over and age >= ABORTED_AFTER:
        apify.abort_run(unread.run.id)
    log.warning("Call %s cannot be adopted yet: %s", call.id, unread.sentence)
    return False


def _run_of(call: VendorCall, platform: readings.Platform) -> str | None:
    since, until = call.started_at - _CLOCKS_APART, call.started_at + _CLOCKS_APART
    run = apify.find_run(platform, call.tag, since=since, until=until)
    return None if run is None else run.id


def _requested(clip_ids: Sequence[int], platform: readings.Platform) -> dict[int, readings.RequestedClip]:
    rows = Clip.objects.filter(id__in=clip_ids).order_by("id").values_list("id", "video_id", "canonical_url")
    return {
        clip_id: readings.RequestedClip(platform=platform, video_id=video_id, url=url)
        for clip_id, video_id, url in rows
    }


def _give_up(call: VendorCall, code: str, sentence: str, *, until: datetime, now: datetime) -> bool:
    freed = _leased_anew(call.clip_ids, until=until, now=now)
    recording.record_failure(call=call, clip_ids=freed, failure=f"{code} {sentence}".strip(), refusal=None, now=now)
    return True


@own_transaction
def _leased_anew(clip_ids: Sequence[int], *, until: datetime, now: datetime) -> list[int]:
    """Those of the clips that nobody else took up since their lease ended; they are leased again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update tracking_trackedclip t set leased_until = %s from (select clip_id from tracking_trackedclip"
            " where clip_id = any(%s::bigint[]) and leased_until <= %s order by clip_id for no key update) s"
            " where t.clip_id = s.clip_id returning t.clip_id",
            [until, arrays.numbers(list(clip_ids)), now],
        )
        return sorted(row[0] for row in cursor.fetchall())


@own_transaction
def _bill(call: VendorCall, *, now: datetime) -> None:
    """Its clips were asked about again meanwhile: what it said is of no use any more, what it cost is."""
    VendorCall.objects.filter(id=call.id, ended_at=None).update(
        cost_microusd=call.cost_microusd,
        run_id=call.run_id,
        failure="late Its clips were asked about again.",
        ended_at=now,
    )
