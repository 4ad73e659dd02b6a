"""Which clips are judged next: those that were read since their last judgement, each by one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.fraud.queries import bypassing

CLIPS_AT_ONCE_MAX = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """What of a clip plays a part beside its readings."""

    id: int
    platform: str
    posted_at: datetime | None
    creator_id: int
    campaign_id: int
    terms_id: int
    last_observation_id: int


# Rows of risk are locked, never those of tracking: no poll waits for a judgement.
_NEW = """
insert into fraud_cliprisk
       (clip_id, is_bypassed, value_milli, shadow_milli, band, is_doubted, scored_through, calibration_id)
select n.clip_id, n.is_bypassed, 0, 0, 'pass', false, 0, ''
  from unnest(%s::bigint[], %s::boolean[]) n(clip_id, is_bypassed) on conflict do nothing"""
_DUE = """
with {lately} due as materialized (
  select t.clip_id, t.last_observation_id, r.clip_id is null as is_new
    from {read} t left join {risk}
   where t.clip_id > %(after)s and t.last_observation_id > coalesce(r.scored_through, 0)
   order by t.clip_id limit %(limit)s)
select d.clip_id, c.platform, c.posted_at, c.creator_id, c.campaign_id, c.terms_id, d.last_observation_id, d.is_new
  from due d join clips_clip c on c.id = d.clip_id order by d.clip_id"""
DUE = _DUE.format(lately="", read="tracking_trackedclip", risk="fraud_cliprisk r on r.clip_id = t.clip_id")
# Materialized, and looked up one by one (a limit keeps the lateral from becoming a join): PostgreSQL would otherwise
# walk through all clips for the sake of their order, or through all risks to hash them.
_LATELY = """
lately as materialized (
  select clip_id, last_observation_id from tracking_trackedclip where measured_at > %(read_after)s),"""
_ONE_BY_ONE = """
lateral (select clip_id, scored_through from fraud_cliprisk where clip_id = t.clip_id limit 1) r on true"""
DUE_LATELY = _DUE.format(lately=_LATELY, read="lately", risk=_ONE_BY_ONE)
_LOCK = """
select r.clip_id from fraud_cliprisk r join unnest(%s::bigint[], %s::bigint[]) n(clip_id, seen) on n.clip_id = r.clip_id
 where r.scored_through < n.seen order by r.clip_id for no key update of r skip locked"""

_SEEN = """
update fraud_cliprisk r set scored_through = n.seen
  from unnest(%s::bigint[], %s::bigint[]) n(clip_id, seen) where n.clip_id = r.clip_id"""


@joined_transaction
def pass_over(*, clips: Sequence[Clip]) -> None:
    """Clips whose new readings all lie in quarantine say nothing until there are others."""
    if clips:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, [[clip.id for clip in clips], [clip.last_observation_id for clip in clips]])


@joined_transaction
def claim(*, after: int, read_after: datetime | None, bypass_basis_points: int) -> tuple[list[Clip], int | None]:
    """The next clips that were read and not judged, their risk locked; and behind which one there may be more.

    With `read_after` only those read since then, found by an index among millions; else all clips are looked at.
    """
    with connection.cursor() as cursor:
        terms = {"after": after, "read_after": read_after, "limit": CLIPS_AT_ONCE_MAX}
        cursor.execute(DUE if read_after is None else DUE_LATELY, terms)
        rows = cursor.fetchall()
        new = [row[0] for row in rows if row[7]]
        if new:
            cursor.execute(
                _NEW, [new, [bypassing.is_bypassed(clip_id, basis_points=bypass_basis_points) for clip_id in new]]
            )
        cursor.execute(_LOCK, [[row[0] for row in rows], [row[6] for row in rows]])
        mine = {clip_id for (clip_id,) in cursor.fetchall()}
    clips = [
        Clip(
            id=row[0],
            platform=row[1],
            posted_at=row[2],
            creator_id=row[3],
            campaign_id=row[4],
            terms_id=row[5],
            last_observation_id=row[6],
        )
        for row in rows
        if row[0] in mine
    ]
    return clips, rows[-1][0] if len(rows) == CLIPS_AT_ONCE_MAX else None
