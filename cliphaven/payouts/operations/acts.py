"""What the staff do on payday is written down with the name and the reason, and one request does it once."""

from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.identity import queries as people
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.payouts.models import Act, StaffAct
from cliphaven.payouts.queries import acts

REASON_MAX = 300


class NotStaff(Refused):
    """Only people of the staff do this."""

    code = "not_staff"


class ReasonMissing(Refused):
    """What is done to other people's money needs a reason."""

    code = "reason_missing"


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


@joined_transaction
def record(
    *,
    act: Act,
    staff_id: int,
    batch_id: int | None = None,
    creator_id: int | None = None,
    reason: str = "",
    needs_reason: bool = False,
    request_key: str = "",
    now: datetime,
) -> bool:
    """Write down what somebody does to a batch or to a creator's payouts; False when this request has done it before.

    The caller holds the lock of the batch or creator. Raises NotStaff, ReasonMissing or KeyUsedBefore.
    """
    # A creator's payouts are also paused where views are in doubt.
    roles = (people.StaffRole.FINANCE,) if creator_id is None else (people.StaffRole.FINANCE, people.StaffRole.RISK)
    if refusal := people.staff_refusal(staff_id, *roles):
        raise NotStaff(refusal)
    before = acts.done_before(staff_id=staff_id, request_key=request_key)
    if before is not None:
        if (before.act, before.batch_id, before.creator_id) != (act, batch_id, creator_id):
            raise KeyUsedBefore("This key was used for another request. Send a new one.")
        return False
    said = " ".join(reason.split())
    if needs_reason and not said:
        raise ReasonMissing("Say why: the reason is kept, and told to those whom it concerns.")
    if len(said) > REASON_MAX:
        raise ReasonMissing(f"Say it in at most {REASON_MAX} characters.")
    StaffAct.objects.create(
        staff_id=staff_id,
        act=act,
        batch_id=batch_id,
        creator_id=creator_id,
        reason=said,
        request_key=request_key,
        acted_at=now,
    )
    return True


@joined_transaction
def tell_staff(*, key: str, subject: str, text: str, link: str, now: datetime) -> None:
    """Mail everybody of the staff, once per key."""
    for user_id in people.staff_ids():
        notifications.queue_message(
            user_id=user_id, key=key, kind=Kind.STAFF, subject=subject, text=text, link=link, now=now
        )
