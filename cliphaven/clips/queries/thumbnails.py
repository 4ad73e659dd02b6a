"""Clips whose pictures are alike, found by an index and not by looking at all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from cliphaven.clips.rules.thumbnails import ALIKE_BITS
from cliphaven.foundation import arrays


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierAlike:
    """The clip of another creator that was submitted before, and in how many of 64 bits the two pictures differ."""

    clip_id: int
    bits: int


# Of each clip the closest, and of several as close the earliest.
_EARLIER = """
with mine as materialized (
  select t.clip_id, t.hash, t.row_pairs, c.creator_id, c.submitted_at
    from clips_thumbnail t join clips_clip c on c.id = t.clip_id where t.clip_id = any(%s::bigint[]))
select m.clip_id, found.clip_id, found.bits
  from mine m cross join lateral (
    select t.clip_id, bit_count((t.hash # m.hash)::bit(64)) as bits
      from clips_thumbnail t join clips_clip c on c.id = t.clip_id
     where t.row_pairs && m.row_pairs and bit_count((t.hash # m.hash)::bit(64)) <= %s
       and c.creator_id <> m.creator_id and (c.submitted_at, c.id) < (m.submitted_at, m.clip_id)
     order by bits, c.submitted_at, c.id limit 1) found"""


def earlier_alike(clip_ids: Sequence[int]) -> dict[int, EarlierAlike]:
    """Those of the clips (by id) that look like one that somebody else submitted before, in whatever campaign."""
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, [arrays.numbers(sorted(clip_ids)), ALIKE_BITS])
        return {clip_id: EarlierAlike(clip_id=other, bits=bits) for clip_id, other, bits in cursor.fetchall()}
