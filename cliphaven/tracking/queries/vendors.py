"""How vendors do: whether they answer, how fast, what comes of the clips, and until when they serve nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from cliphaven.clips.models import vendor_of
from cliphaven.clips.queries import pauses

LOOKED_BACK = timedelta(hours=24)
LATEST_WITHIN = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorState:
    """The vendor of one platform over the last 24 hours; its last answer and failure are of the last seven days.

    `p50` and `p95`: half, and 19 in 20, of the answers took at most so long. None where there was no answer.
    """

    platform: str
    calls: int
    failed: int
    p50: timedelta | None
    p95: timedelta | None
    answered_at: datetime | None
    failed_at: datetime | None
    failure: str
    blocked_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeCount:
    """How many clips came to one outcome on one platform."""

    platform: str
    outcome: str
    number: int


# The last answer and the last failure are found from the newest call backwards, one look each.
_STATES = """
select asked.platform, day.calls, day.failed, day.p50, day.p95, answer.ended_at, failure.ended_at, failure.failure
from (select unnest(%(platforms)s::text[]) as platform) asked
left join lateral (
  select count(*) as calls, count(*) filter (where failure <> '') as failed,
    percentile_disc(0.5) within group (order by ended_at - started_at) filter (where failure = '') as p50,
    percentile_disc(0.95) within group (order by ended_at - started_at) filter (where failure = '') as p95
  from tracking_vendorcall where platform = asked.platform and started_at >= %(since)s and ended_at is not null
) day on true
left join lateral (
  select ended_at from tracking_vendorcall where platform = asked.platform and started_at >= %(lately)s
    and ended_at is not null and failure = ''
  order by started_at desc limit 1
) answer on true
left join lateral (
  select ended_at, failure from tracking_vendorcall where platform = asked.platform and started_at >= %(lately)s
    and failure <> ''
  order by started_at desc limit 1
) failure on true
order by asked.platform
"""
_PLATFORMS = ["instagram", "tiktok", "youtube"]


def vendor_states(*, now: datetime) -> list[VendorState]:
    """How the vendor of each platform does, in the order of their names."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, {"platforms": _PLATFORMS, "since": now - LOOKED_BACK, "lately": now - LATEST_WITHIN})
        rows = cursor.fetchall()
    closed = {pause.vendor: pause.ends_at for pause in reversed(pauses.pauses(now=now))}
    return [
        VendorState(
            platform=platform,
            calls=calls,
            failed=failed,
            p50=p50,
            p95=p95,
            answered_at=answered_at,
            failed_at=failed_at,
            failure=failure or "",
            blocked_until=closed.get(vendor_of(platform)),
        )
        for platform, calls, failed, p50, p95, answered_at, failed_at, failure in rows
    ]


def outcomes(*, since: datetime, until: datetime) -> list[OutcomeCount]:
    """What came of the clips asked for in a time, by platform and kind; also items nobody asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select platform, kind, sum(number::int)"
            " from tracking_vendorcall, jsonb_each_text(outcomes) as outcome(kind, number)"
            " where started_at >= %s and started_at < %s group by 1, 2 order by 1, 3 desc, 2",
            [since, until],
        )
        return [OutcomeCount(platform=platform, outcome=kind, number=int(n)) for platform, kind, n in cursor.fetchall()]
