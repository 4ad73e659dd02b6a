"""The latest readings of many clips at once, for whoever judges how views came in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.foundation import arrays


@dataclass(frozen=True, slots=True)
class Counts:
    """One reading of a clip's counters, by the number of its observation; None is what was not measured."""

    observation_id: int
    observed_at: datetime
    views: int
    likes: int | None
    comments: int | None
    shares: int | None


# A clip's observations lie in the months since its submission; what a wrong canary came with says nothing.
_LATEST = """
select c.id, o.id, o.observed_at, o.views, o.likes, o.comments, o.shares
  from unnest(%s::bigint[]) wanted(id) join clips_clip c on c.id = wanted.id cross join lateral (
    select * from tracking_observation
     where clip_id = c.id and id >= tracking_first_observation_id(c.submitted_at) order by id desc limit %s) o
  join tracking_vendorcall v on v.id = o.call_id
 where v.quarantined_at is null or v.cleared_at is not null
 order by c.id, o.id"""


def latest_readings(clip_ids: Collection[int], *, at_most: int) -> dict[int, list[Counts]]:
    """The latest readings of each clip, the oldest first, without those in quarantine; clips without any are absent."""
    found: dict[int, list[Counts]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [arrays.numbers(sorted(clip_ids)), at_most])
        for clip_id, *reading in cursor.fetchall():
            found.setdefault(clip_id, []).append(Counts(*reading))
    return found
