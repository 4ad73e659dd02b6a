"""Clips held against each other: whose views rise and fall together are served from one order.

Once an hour the clips of each campaign of which one was read lately are compared in pairs; what was found is kept with
the risk of each clip and heard at its next judgement. A campaign's clips are compared with each other only, and of very
many the newest.
"""

from datetime import datetime, timedelta

from cliphaven.clips.models import Clip
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.fraud.models import ClipRisk
from cliphaven.fraud.rules.across.lockstep import SPAN_HOURS, hard_rings, in_step, lockstep
from cliphaven.fraud.rules.series import Series, Snapshot
from cliphaven.tracking.queries.readings import latest_readings

CLIPS_MAX = 150
"""Of one campaign: eleven thousand pairs, some seconds of work."""
READINGS_MAX = 400
SPAN = timedelta(hours=SPAN_HOURS)
LATELY = timedelta(hours=3)
"""Without a reading since then nothing new can be found, and nothing would hear of it."""


@no_transaction
def compare_all(*, now: datetime) -> int:
    """Compare the clips of every campaign of which one was read lately, as far as they were read in the last week;
    answers how many move in step."""
    return sum(_compare(campaign_id=campaign_id, now=now) for campaign_id in campaigns_to_compare(now=now))


def campaigns_to_compare(*, now: datetime) -> list[int]:
    """The campaigns of which a clip was read within three hours, by id."""
    lately = Clip.objects.filter(tracked__measured_at__gt=now - LATELY)
    return list(lately.order_by("campaign_id").values_list("campaign_id", flat=True).distinct())


def _compare(*, campaign_id: int, now: datetime) -> int:
    clips = list(
        Clip.objects.filter(campaign_id=campaign_id, tracked__measured_at__gt=now - SPAN, risk__isnull=False).order_by(
            "-submitted_at", "-id"
        )[:CLIPS_MAX]
    )
    if len({clip.creator_id for clip in clips}) < 2:
        return _keep(found={clip.pk: None for clip in clips})
    readings = latest_readings([clip.pk for clip in clips], at_most=READINGS_MAX)
    group = [
        Series(
            clip=str(clip.pk),
            platform=clip.platform,
            posted_at=clip.posted_at,
            creator=str(clip.creator_id),
            snapshots=tuple(
                Snapshot(one.observed_at, one.views, one.likes, one.comments, one.shares)
                for one in readings.get(clip.pk, ())
            ),
        )
        for clip in clips
    ]
    pairs = lockstep(group, now=now)
    creators = {str(clip.pk): str(clip.creator_id) for clip in clips}
    rings = {name: ring for ring in hard_rings(pairs, creators=creators) for name in ring}
    found: dict[int, dict[str, object] | None] = {}
    for clip in clips:
        ring = {creators[name] for name in rings.get(str(clip.pk), ())}
        said = in_step(str(clip.pk), pairs, among=len(clips), ring=len(ring))
        found[clip.pk] = (
            None
            if said is None
            else {
                "strength": said.strength,
                "since_at": said.since_at.isoformat() if said.since_at else None,
                "evidence": dict(said.evidence),
            }
        )
    return _keep(found=found)


@own_transaction
def _keep(*, found: dict[int, dict[str, object] | None]) -> int:
    """Write what changed, in the order in which whoever judges locks risks."""
    changed = []
    for risk in ClipRisk.objects.select_for_update(no_key=True).filter(clip_id__in=found).order_by("clip_id"):
        if risk.in_step != found[risk.pk]:
            risk.in_step = found[risk.pk]
            changed.append(risk)
    ClipRisk.objects.bulk_update(changed, ("in_step",))
    return sum(one is not None for one in found.values())
