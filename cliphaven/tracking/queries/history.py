"""The history of one clip: every observation of it, and whether the chain of them holds."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice

from django.db.models import BigIntegerField, F, Func, QuerySet

from cliphaven.tracking.models import Observation, TrackedClip
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


_COLUMNS = tuple(field.name for field in fields(ObservationPoint))


def clip_history(clip_id: int) -> list[ObservationPoint]:
    """A clip's observations, the oldest first; of more than two thousand the latest ones."""
    latest = observations_of(clip_id).order_by("-observed_at", "-id").values_list(*_COLUMNS)[:HISTORY_MAX]
    return [ObservationPoint(**dict(zip(_COLUMNS, row, strict=True))) for row in reversed(latest)]


def observations_of(clip_id: int) -> QuerySet[Observation]:
    """A clip's observations, to be asked for in the months alone that it was observed in."""
    first_id = Func(F("clip__submitted_at"), function="tracking_first_observation_id", output_field=BigIntegerField())
    ends = TrackedClip.objects.filter(clip_id=clip_id).values_list(first_id, "last_observation_id").first()
    # Given as numbers, the months that lie between them are all that is planned for: of years there are a hundred.
    return Observation.objects.none() if ends is None else Observation.objects.filter(clip_id=clip_id, id__range=ends)


def broken_link(clip_id: int) -> int | None:
    """The place (from 0) of the first of a clip's observations that does not follow from the ones before, if any."""
    return evidence.first_break(kept.link for kept in _chain(clip_id))


def chain_of(clip_id: int, *, at_most: int) -> list[KeptLink]:
    """A clip's observations as they stand in its chain, the first ones first."""
    return list(islice(_chain(clip_id), at_most))


def _chain(clip_id: int) -> Iterator[KeptLink]:
    rows = observations_of(clip_id).select_related("clip", "call").defer("call__raw_json").order_by("id")
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
