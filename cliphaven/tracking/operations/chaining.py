"""Writing observations down: each one chained to the clip's latest, all of a call in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.foundation import arrays
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.operations import partitions
from cliphaven.tracking.rules import evidence, months


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """An observation about to be written, as it follows from the clip's latest one."""

    clip_id: int
    facts: evidence.ObservedFacts
    previous_id: int
    previous_sha256: bytes
    sha256: bytes


@joined_transaction
def draft(*, tracked: TrackedClip, facts: evidence.ObservedFacts) -> Draft:
    """The next observation of a clip whose row is locked; it follows from what the row names as the latest."""
    previous = bytes(tracked.chain_sha256)
    return Draft(
        clip_id=tracked.clip_id,
        facts=facts,
        previous_id=tracked.last_observation_id,
        previous_sha256=previous,
        sha256=evidence.link_digest(facts, previous_sha256=previous),
    )


# Nothing is written, and nothing answered, while no month so late is open.
_INSERT = """
with newest as (select max(month) as month from tracking_month having max(month) >= %s)
insert into tracking_observation (id, clip_id, call_id, views, likes, comments, shares, saves, observed_at, source,
                                  believed, dropped, previous_id, previous_sha256, sha256)
select newest.month * 1000000000000 + nextval('tracking_observation_number'), n.clip_id, %s, n.views, n.likes,
       n.comments, n.shares, n.saves, %s, n.source, n.believed, n.dropped, n.previous_id, n.previous_sha256, n.sha256
  from newest, unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
                      %s::boolean[], %s::boolean[], %s::bigint[], %s::bytea[], %s::bytea[])
       as n(clip_id, views, likes, comments, shares, saves, source, believed, dropped, previous_id, previous_sha256,
            sha256)
returning clip_id, id"""


@joined_transaction
def write(*, call_id: int, drafts: Sequence[Draft], not_before: datetime, now: datetime) -> dict[int, int]:
    """Write one call's observations of the moment `now`, at most one a clip, and answer their ids by clip.

    `not_before` is the latest moment that what is observed, or asked, is older than: with a clock that was set back,
    ids are not taken from an earlier month, where nobody would look for them.
    """
    if not drafts:
        return {}
    month = months.month_number(max(now, not_before))
    arguments: list[int | datetime | str] = [month, call_id, now, *_columns(drafts)]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, arguments)
        rows = cursor.fetchall()
        if not rows:
            partitions.open_month(month=month)
            cursor.execute(_INSERT, arguments)
            rows = cursor.fetchall()
    return dict(rows)


def _columns(drafts: Sequence[Draft]) -> list[str]:
    facts = [one.facts for one in drafts]
    return [
        arrays.numbers([one.clip_id for one in drafts]),
        arrays.numbers([one.views for one in facts]),
        arrays.numbers([one.likes for one in facts]),
        arrays.numbers([one.comments for one in facts]),
        arrays.numbers([one.shares for one in facts]),
        arrays.numbers([one.saves for one in facts]),
        arrays.texts([one.source for one in facts]),
        arrays.numbers([int(one.believed) for one in facts]),
        arrays.numbers([int(one.dropped) for one in facts]),
        arrays.numbers([one.previous_id for one in drafts]),
        arrays.blobs([one.previous_sha256 for one in drafts]),
        arrays.blobs([one.sha256 for one in drafts]),
    ]
