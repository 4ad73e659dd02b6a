"""What the staff did on payday: to a batch, to a creator's payouts, or by a request that may come twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.payouts.models import Act, StaffAct

ACTS_SHOWN_MAX = 50


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """One act: who, what in words, why, when."""

    who: str
    what: str
    reason: str
    acted_at: datetime


def acts_on(*, week: str) -> Sequence[ActLine]:
    """What was done to a week's batch, and to the one before it that was sent back, oldest first."""
    acts = StaffAct.objects.filter(batch__iso_week=week).select_related("staff").order_by("id")[:ACTS_SHOWN_MAX]
    return [
        ActLine(who=act.staff.name, what=act.get_act_display(), reason=act.reason, acted_at=act.acted_at)
        for act in acts
    ]


def done_before(*, staff_id: int, request_key: str) -> StaffAct | None:
    """The act that a person's request has done already; None for a new request, or one without a key."""
    return StaffAct.objects.filter(staff_id=staff_id, request_key=request_key).first() if request_key else None


def releasers(*, batch_id: int) -> list[int]:
    """The ids of those who have released a batch."""
    released = StaffAct.objects.filter(batch_id=batch_id, act=Act.RELEASED)
    return list(released.values_list("staff_id", flat=True).order_by("id"))


def planned_again_at(*, batch_id: int) -> datetime | None:
    """When somebody asked for the week of a batch that was sent back to be planned once more; None while nobody did."""
    asked = StaffAct.objects.filter(batch_id=batch_id, act=Act.PLANNED_AGAIN)
    return asked.order_by("id").values_list("acted_at", flat=True).first()
