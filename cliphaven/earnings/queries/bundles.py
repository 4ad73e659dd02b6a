"""The file that proves a clip's views, and which of them were turned into money."""

from datetime import datetime
from typing import Any

from cliphaven.earnings.models import Accrual
from cliphaven.tracking.queries.bundles import clip_evidence
from cliphaven.tracking.rules import bundles


def evidence_file(*, clip_id: int, now: datetime) -> dict[str, Any] | None:
    """The evidence of a clip, ready for JSON (see docs/evidence.md); None where there is no such clip."""
    found = clip_evidence(clip_id=clip_id)
    if found is None:
        return None
    return bundles.bundle(
        platform=found.platform,
        video_id=found.video_id,
        url=found.url,
        links=found.links,
        calls=found.calls,
        accruals=[
            bundles.AccrualFacts(
                name=row.name,
                from_observation_id=row.from_observation_id,
                to_observation_id=row.to_observation_id,
                views_from=row.views_from,
                views_to=row.views_to,
            )
            for row in Accrual.objects.filter(clip_id=clip_id).order_by("number")
        ],
        made_at=now,
    )
