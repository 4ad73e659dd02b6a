"""Clips whose counted views are above what is believed of them now, with the evidence: for a person to look at.

Earnings never shrink by themselves, and what a platform takes back is a purge. Between the two stands this: views that
became money and are no longer there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.earnings.queries import evidence
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.tracking.models import Observation, Purge

SHOWN_MAX = 50
STATES = ("open", "held", "decided")
UNDECIDED = ("open", "held")
# Believed views below the seen ones are few, and an index has them; counted views are never above the seen ones.
_ANOMALIES = """
select * from (
  select t.clip_id, t.platform, h.handle, c.campaign_id, k.title as campaign_title, k.currency,
         a.number, a.to_observation_id as observation_id, a.views_to as counted,
         t.views_seen as seen, t.views_settled as believed, t.fallen_to, t.availability, t.measured_at,
         case when not exists (
                select from earnings_accrual x where x.clip_id = t.clip_id and x.views_to > t.views_settled
                   and not exists (select from earnings_earningreversal r where r.accrual_id = x.id)) then 'decided'
              when exists (
                select from earnings_accrual x where x.clip_id = t.clip_id and x.stage = 'held') then 'held'
              else 'open' end as state
    from tracking_trackedclip t
    join clips_clip c on c.id = t.clip_id
    join clips_channel h on h.id = c.channel_id
    join campaigns_campaign k on k.id = c.campaign_id
    cross join lateral (select number, to_observation_id, views_to from earnings_accrual
                         where clip_id = t.clip_id order by number desc limit 1) a
   where t.views_settled < t.views_seen and a.views_to > t.views_settled
     and (%(platform)s = '' or t.platform = %(platform)s)
) found
 where state = any(%(states)s::text[])
 order by counted - believed desc, clip_id limit %(limit)s"""


@dataclass(frozen=True, kw_only=True, slots=True)
class PurgeLine:
    """One purge of a clip: the observation that confirmed it, and from where to where views fell."""

    observation_id: int
    views_before: int
    views_after: int
    fell_at: datetime
    confirmed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Anomaly:
    """A clip of which more was counted than is believed; `accrual` and `observation_id` name the last step of it.

    `counted` was read at `counted_at`, and `believed` stands after all purges, the last of which says when. With
    `is_warning` more than a fifth of what was counted is gone. Of the money `state` tells whether somebody has to
    decide: it counts as it did ("open"), some of it is "held", or it is "decided": no step above what stands counts.
    `money` is the clip's, net, in minor units of `currency`.
    """

    clip_id: int
    platform: str
    handle: str
    campaign_id: int
    campaign_title: str
    currency: str
    accrual: str
    observation_id: int
    counted: int
    counted_at: datetime
    seen: int
    believed: int
    fallen_to: int | None
    availability: str
    measured_at: datetime | None
    state: str
    money: evidence.ClipSums
    purges: Sequence[PurgeLine]

    @property
    def missing(self) -> int:
        """Views that became money and are not there."""
        return self.counted - self.believed

    @property
    def is_warning(self) -> bool:
        """Whether more than a fifth is missing."""
        return self.missing * 5 > self.counted

    @property
    def believed_at(self) -> datetime | None:
        """When the reading was made that confirmed what stands."""
        return self.purges[-1].confirmed_at if self.purges else None


@one_snapshot
def anomalies(*, platform: str = "", states: Sequence[str] = UNDECIDED, at_most: int = SHOWN_MAX) -> list[Anomaly]:
    """The clips of which more was counted than is believed now, those that lack most first, with their purges.

    Of one platform where given, and of these STATES; what is decided is left out unless it is asked for.
    """
    return found(platform=platform, states=states, at_most=at_most)


def found(*, platform: str = "", states: Sequence[str] = UNDECIDED, at_most: int = SHOWN_MAX) -> list[Anomaly]:
    """`anomalies` within a snapshot that is taken already."""
    with connection.cursor() as cursor:
        cursor.execute(_ANOMALIES, {"platform": platform, "states": list(states), "limit": at_most})
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    ids = [row["clip_id"] for row in rows]
    purges = _purges(ids)
    money = evidence.sums_of(clip_ids=ids)
    steps = Observation.objects.filter(id__in=[row["observation_id"] for row in rows])
    counted_at = dict(steps.values_list("id", "observed_at"))
    return [
        Anomaly(
            **{name: value for name, value in row.items() if name != "number"},
            accrual=f"{row['clip_id']}:{row['number']}",
            counted_at=counted_at[row["observation_id"]],
            money=money[row["clip_id"]],
            purges=purges.get(row["clip_id"], []),
        )
        for row in rows
    ]


def _purges(clip_ids: Sequence[int]) -> dict[int, list[PurgeLine]]:
    purges: dict[int, list[PurgeLine]] = {}
    for purge in Purge.objects.filter(clip_id__in=clip_ids).order_by("id"):
        purges.setdefault(purge.clip_id, []).append(
            PurgeLine(
                observation_id=purge.observation_id,
                views_before=purge.views_before,
                views_after=purge.views_after,
                fell_at=purge.fell_at,
                confirmed_at=purge.confirmed_at,
            )
        )
    return purges
