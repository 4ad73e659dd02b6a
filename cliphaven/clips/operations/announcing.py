"""What became of a clip, told to programs of its creator and of its sponsor."""

from datetime import datetime

from cliphaven.clips.models import Clip, ClipState
from cliphaven.clips.rules.intake import FIXES_MAX
from cliphaven.deliveries import operations as deliveries
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.foundation.transactions import joined_transaction

REVIEWER, CLOCK = "reviewer", "clock"


@joined_transaction
def waits(*, clip: Clip, now: datetime) -> None:
    """A clip waits for its sponsor's decision, for the first time or again."""
    data = {**_named(clip), "url": clip.canonical_url, "approves_at": clip.auto_approves_at}
    fact = deliveries.Fact(
        type=EventType.CLIP_SUBMITTED,
        key=f"clip:{clip.id}:submitted:{clip.fixes}",
        data=data,
        organisation_id=clip.campaign.organisation_id,
    )
    deliveries.announce(facts=[fact], now=now)


@joined_transaction
def approved(*clips: Clip, by: str, now: datetime) -> None:
    """Clips count from now on; `by` is REVIEWER or CLOCK."""
    told = [fact for clip in clips for fact in _to_both(clip, EventType.CLIP_APPROVED, {**_named(clip), "by": by})]
    deliveries.announce(facts=told, now=now)


@joined_transaction
def refused(*, clip: Clip, now: datetime) -> None:
    """A clip goes back to its creator, or was not accepted, as its state and its code say."""
    data = {**_named(clip), "code": clip.decision_code}
    if clip.state == ClipState.NEEDS_FIX:
        told = _to_both(clip, EventType.CLIP_NEEDS_FIX, data)
    else:
        told = _to_both(clip, EventType.CLIP_REJECTED, {**data, "is_final": clip.fixes >= FIXES_MAX})
    deliveries.announce(facts=told, now=now)


def _named(clip: Clip) -> dict[str, object]:
    return {"clip_id": clip.id, "campaign_id": clip.campaign_id, "platform": clip.platform}


def _to_both(clip: Clip, type_: EventType, data: dict[str, object]) -> list[deliveries.Fact]:
    # A clip that was inspected twice may be sent back for two reasons between two submissions.
    key = f"{type_}:{clip.id}:{clip.fixes}:{clip.inspections}"
    return [
        deliveries.Fact(type=type_, key=key, data=data, organisation_id=clip.campaign.organisation_id),
        deliveries.Fact(type=type_, key=key, data=data, user_id=clip.creator_id),
    ]
