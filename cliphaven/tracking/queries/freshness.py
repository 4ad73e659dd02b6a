"""How old the counts are that are shown: one figure for everybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from cliphaven.tracking.queries import samples

_AGES = """
select count(*), count(*) filter (where measured_at is null),
  percentile_disc(0.5) within group (order by %s - measured_at),
  percentile_disc(0.95) within group (order by %s - measured_at)
from tracking_trackedclip {sample} where due_at is not null
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """The age of the latest answer about each followed clip: half are at most `p50` old, 19 in 20 at most `p95`.

    `unread` clips were not read yet, and have no age. Of very many clips `looked_at` is a sample's size.
    """

    looked_at: int
    unread: int
    p50: timedelta | None
    p95: timedelta | None


def freshness(*, now: datetime) -> Freshness:
    """How old the counts of all followed clips are; of very many, those of a sample's."""
    sample = samples.of_tracked_clips()
    with connection.cursor() as cursor:
        cursor.execute(_AGES.format(sample=sample.clause), [now, now])  # nosec B608  # a clause of ours
        [[looked_at, unread, p50, p95]] = cursor.fetchall()
    return Freshness(looked_at=looked_at, unread=unread, p50=p50, p95=p95)
