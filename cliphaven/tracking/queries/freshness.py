"""How old the counts are that are shown: one figure for everybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

SAMPLED_FROM = 200_000
SAMPLE = 20_000


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
    """How old the counts of all followed clips are; of more than SAMPLED_FROM clips, those of a sample's."""
    with connection.cursor() as cursor:
        # The table's own guess is enough to choose by, and costs nothing.
        cursor.execute("select greatest(reltuples, 0) from pg_class where oid = 'tracking_trackedclip'::regclass")
        [[guessed]] = cursor.fetchall()
        sample = f"tablesample system ({SAMPLE * 100 / guessed:.6f}) repeatable (1)" if guessed > SAMPLED_FROM else ""
        cursor.execute(_AGES.format(sample=sample), [now, now])
        [[looked_at, unread, p50, p95]] = cursor.fetchall()
    return Freshness(looked_at=looked_at, unread=unread, p50=p50, p95=p95)
