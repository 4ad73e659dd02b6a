"""What people do to earnings is written down with who, why and how much, and one request does it once."""

from datetime import datetime

from cliphaven.earnings.models import Deed, EarningAct
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.tracking import queries as tracking


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


@joined_transaction
def done_before(*, deed: Deed, clip_id: int, actor: str, request_key: str) -> EarningAct | None:
    """What this request has done already; None for a new one, or one without a key. Raises KeyUsedBefore.

    Ask it while holding the locks that the act needs: two clicks at once then come one after the other.
    """
    if not request_key:
        return None
    act = EarningAct.objects.filter(actor=actor, request_key=request_key).first()
    if act is not None and (act.deed, act.clip_id) != (deed, clip_id):
        raise KeyUsedBefore("This key was used for another request. Send a new one.")
    return act


@joined_transaction
def record(
    *,
    deed: Deed,
    clip_id: int,
    actor: str,
    request_key: str,
    reason: str,
    note: str,
    currency: str,
    entries: int,
    amount_minor: int,
    clawed_back_minor: int = 0,
    owed_minor: int = 0,
    now: datetime,
) -> None:
    """Write down what somebody did to so many earning entries of one clip; amounts are net, in minor units."""
    look = tracking.looks([clip_id]).get(clip_id)
    EarningAct.objects.create(
        clip_id=clip_id,
        deed=deed,
        reason=reason,
        note=note.strip(),
        actor=actor,
        request_key=request_key,
        currency=currency,
        entries=entries,
        amount_minor=amount_minor,
        clawed_back_minor=clawed_back_minor,
        owed_minor=owed_minor,
        views_standing=look.settled_views if look else None,
        acted_at=now,
    )
