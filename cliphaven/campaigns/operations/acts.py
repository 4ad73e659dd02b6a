"""What the staff do about money in is written down with the name and the note, and one request does it once."""

from datetime import datetime

from cliphaven.campaigns.models import Act, MoneyInAct
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.identity import queries as people

NOTE_MAX = 300


class NotStaff(Refused):
    """Only people of the staff do this."""

    code = "not_staff"


class NoteMissing(Refused):
    """What is done about other people's money needs a note."""

    code = "note_missing"


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


@joined_transaction
def record(
    *,
    act: Act,
    staff_id: int,
    deposit_id: int | None = None,
    refund_id: int | None = None,
    dispute_id: int | None = None,
    pause_id: int | None = None,
    note: str = "",
    needs_note: bool = False,
    request_key: str = "",
    now: datetime,
) -> bool:
    """Write down what somebody does about one of the four things; False when this request has done it before.

    The caller holds its lock. Raises NotStaff, NoteMissing or KeyUsedBefore.
    """
    if refusal := people.staff_refusal(staff_id, people.StaffRole.FINANCE):
        raise NotStaff(refusal)
    about = (act, deposit_id, refund_id, dispute_id, pause_id)
    before = MoneyInAct.objects.filter(staff_id=staff_id, request_key=request_key).first() if request_key else None
    if before is not None:
        if (before.act, before.deposit_id, before.refund_id, before.dispute_id, before.pause_id) != about:
            raise KeyUsedBefore("This form was sent before, for something else: open the page anew")
        return False
    said = " ".join(note.split())
    if needs_note and not said:
        raise NoteMissing("Say why, in a few words: others will read it")
    if len(said) > NOTE_MAX:
        raise NoteMissing(f"Say it in at most {NOTE_MAX} letters")
    MoneyInAct.objects.create(
        staff_id=staff_id,
        act=act,
        deposit_id=deposit_id,
        refund_id=refund_id,
        dispute_id=dispute_id,
        pause_id=pause_id,
        note=said,
        request_key=request_key,
        acted_at=now,
    )
    return True
