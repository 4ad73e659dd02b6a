"""What the staff did to tracking by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.tracking.models import TrackingAct, TrackingDeed

ACTS_SHOWN_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ActLine:
    """Who did what, about which clip, campaign or call, to how many clips, and why."""

    who: str
    what: str
    clip_id: int | None
    campaign_id: int | None
    call_id: int | None
    clips: int
    why: str
    acted_at: datetime


def latest_acts(*, clip_id: int | None = None, call_id: int | None = None) -> Sequence[ActLine]:
    """The last twenty, the newest first; of one clip or of one call alone where given."""
    acts = TrackingAct.objects.select_related("staff")
    if clip_id is not None:
        acts = acts.filter(clip_id=clip_id)
    if call_id is not None:
        acts = acts.filter(call_id=call_id)
    return [
        ActLine(
            who=act.staff.name,
            what=str(TrackingDeed(act.deed).label),
            clip_id=act.clip_id,
            campaign_id=act.campaign_id,
            call_id=act.call_id,
            clips=act.clips,
            why=act.why,
            acted_at=act.acted_at,
        )
        for act in acts.order_by("-id")[:ACTS_SHOWN_MAX]
    ]
