"""The history of one clip: every observation of it, and whether the chain of them holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import QuerySet

from cliphaven.clips.models import Clip
from cliphaven.tracking.models import Observation
from cliphaven.tracking.rules import evidence
from cliphaven.tracking.rules.bundles import KeptLink

HISTORY_MAX = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservationPoint:
    """One observation on a chart. Not `believed`: a fall seen once, or a fault. `dropped`: by more than 20 %."""

    observed_at: datetime
    views: int
    likes: int | None
    comments: int | None
    shares: int | None
    believed: bool
    dropped: bool
    source: str


def clip_history(clip_id: int) -> list[ObservationPoint]:
    """A clip's observations, the oldest first; of more than two thousand the latest ones."""
    latest = _observations(clip_id).order_by("-observed_at", "-id")[:HISTORY_MAX]
    return [
        ObservationPoint(
            observed_at=row.observed_at,
            views=row.views,
            likes=row.likes,
            comments=row.comments,
            shares=row.shares,
            believed=row.believed,
            dropped=row.dropped,
            source=row.source,
        )
        for row in reversed(latest)
    ]


def broken_link(clip_id: int) -> int | None:
    """The place (from 0) of the first of a clip's observations that does not follow from the ones before, if any."""
    return evidence.first_break(kept.link for kept in _chain(clip_id))


def chain_of(clip_id: int, *, at_most: int) -> list[KeptLink]:
    """A clip's observations as they stand in its chain, the first ones first."""
    return list(islice(_chain(clip_id), at_most))


def _chain(clip_id: int) -> Iterator[KeptLink]:
    rows = _observations(clip_id).select_related("clip", "call").defer("call__raw_json").order_by("id")
    for row in rows.iterator(chunk_size=500):
        facts = evidence.ObservedFacts(
            platform=row.clip.platform,
            video_id=row.clip.video_id,
            views=row.views,
            likes=row.likes,
            comments=row.comments,
            shares=row.shares,
            saves=row.saves,
            observed_at=row.observed_at,
            source=row.source,
            run_id=row.call.run_id,
            raw_digest=bytes(row.call.raw_digest or b""),
            believed=row.believed,
            dropped=row.dropped,
        )
        link = evidence.Link(facts=facts, previous_sha256=bytes(row.previous_sha256), sha256=bytes(row.sha256))
        yield KeptLink(observation_id=row.id, call_id=row.call_id, link=link)


def _observations(clip_id: int) -> QuerySet[Observation]:
    submitted_at = Clip.objects.filter(id=clip_id).values_list("submitted_at", flat=True).first()
    return (
        Observation.objects.none() if submitted_at is None else Observation.objects.of_clip(clip_id, since=submitted_at)
    )
