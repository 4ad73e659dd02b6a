"""What the staff do to tracking is written down with who and why, and one request does it once."""

from dataclasses import dataclass
from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.identity import queries as people
from cliphaven.tracking.models import TrackingAct, TrackingDeed

NOTE_MAX = 300


class NotStaff(Refused):
    """Only people of the staff do this."""

    code = "not_staff"


class ReasonMissing(Refused):
    """What is done by hand costs money or moves what is believed: it needs a reason."""

    code = "reason_missing"


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


@dataclass(frozen=True, kw_only=True)
class Order:
    """One of the staff does something about one clip, one campaign or one call, and says why.

    The same `request_key` of the same person is the same order, however often it is sent.
    """

    deed: TrackingDeed
    staff_id: int
    why: str
    request_key: str
    clip_id: int | None = None
    campaign_id: int | None = None
    call_id: int | None = None


@joined_transaction
def done_before(*, order: Order) -> int | None:
    """How many clips this order concerned when it was carried out; None for a new one.

    Ask it while holding the locks that the deed needs: two clicks at once then come one after the other. Raises
    NotStaff, ReasonMissing or KeyUsedBefore.
    """
    check_staff(staff_id=order.staff_id)
    act = TrackingAct.objects.filter(staff_id=order.staff_id, request_key=order.request_key).first()
    if act is not None:
        about = (order.deed, order.clip_id, order.campaign_id, order.call_id)
        if (act.deed, act.clip_id, act.campaign_id, act.call_id) != about:
            raise KeyUsedBefore("This form was sent before, for something else: open the page anew.")
        return act.clips
    checked_reason(why=order.why)
    return None


@joined_transaction
def check_staff(*, staff_id: int) -> None:
    """Raises NotStaff for anybody who is not of the staff, or not any more."""
    if refusal := people.staff_refusal(staff_id, people.StaffRole.RISK):
        raise NotStaff(refusal)


@joined_transaction
def checked_reason(*, why: str) -> str:
    """The reason on one line, as it is kept. Raises ReasonMissing."""
    said = " ".join(why.split())
    if not 1 <= len(said) <= NOTE_MAX:
        raise ReasonMissing(f"Say why, in at most {NOTE_MAX} letters: others will read it.")
    return said


@joined_transaction
def record(*, order: Order, clips: int, now: datetime) -> None:
    """Write down an order that was carried out, and how many clips it concerned."""
    TrackingAct.objects.create(
        deed=order.deed,
        staff_id=order.staff_id,
        why=" ".join(order.why.split()),
        request_key=order.request_key,
        clips=clips,
        clip_id=order.clip_id,
        campaign_id=order.campaign_id,
        call_id=order.call_id,
        acted_at=now,
    )
