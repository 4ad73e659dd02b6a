"""Clips whose counted views are above what is believed of them now, with the evidence: for a person to look at.

Earnings never shrink by themselves, and what a platform takes back is a purge. Between the two stands this: views that
became money and are no longer there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.tracking.models import Purge

SHOWN_MAX = 50
# Believed views below the seen ones are few, and an index has them; counted views are never above the seen ones.
_ANOMALIES = """
select t.clip_id, t.platform, c.campaign_id, c.creator_id, a.number, a.to_observation_id, a.views_to, t.views_seen,
       t.views_settled, t.fallen_to, t.availability, t.measured_at
  from tracking_trackedclip t
  join clips_clip c on c.id = t.clip_id
  cross join lateral (select number, to_observation_id, views_to from earnings_accrual
                       where clip_id = t.clip_id order by number desc limit 1) a
 where t.views_settled < t.views_seen and a.views_to > t.views_settled
 order by a.views_to - t.views_settled desc, t.clip_id limit %s"""


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

    `believed` stands after all purges; `is_warning`: more than a fifth of what was counted is gone.
    """

    clip_id: int
    platform: str
    campaign_id: int
    creator_id: int
    accrual: str
    observation_id: int
    counted: int
    seen: int
    believed: int
    fallen_to: int | None
    availability: str
    measured_at: datetime | None
    purges: Sequence[PurgeLine]

    @property
    def missing(self) -> int:
        """Views that became money and are not there."""
        return self.counted - self.believed

    @property
    def is_warning(self) -> bool:
        """Whether more than a fifth is missing."""
        return self.missing * 5 > self.counted


def anomalies(*, at_most: int = SHOWN_MAX) -> list[Anomaly]:
    """The clips of which more was counted than is believed now, those that lack most first, with their purges."""
    with connection.cursor() as cursor:
        cursor.execute(_ANOMALIES, [at_most])
        rows = cursor.fetchall()
    purges: dict[int, list[PurgeLine]] = {}
    for purge in Purge.objects.filter(clip_id__in=[row[0] for row in rows]).order_by("id"):
        purges.setdefault(purge.clip_id, []).append(
            PurgeLine(
                observation_id=purge.observation_id,
                views_before=purge.views_before,
                views_after=purge.views_after,
                fell_at=purge.fell_at,
                confirmed_at=purge.confirmed_at,
            )
        )
    return [
        Anomaly(
            clip_id=clip_id,
            platform=platform,
            campaign_id=campaign_id,
            creator_id=creator_id,
            accrual=f"{clip_id}:{number}",
            observation_id=observation_id,
            counted=counted,
            seen=seen,
            believed=settled,
            fallen_to=fallen_to,
            availability=availability,
            measured_at=measured_at,
            purges=purges.get(clip_id, []),
        )
        for (
            clip_id,
            platform,
            campaign_id,
            creator_id,
            number,
            observation_id,
            counted,
            seen,
            settled,
            fallen_to,
            availability,
            measured_at,
        ) in rows
    ]
