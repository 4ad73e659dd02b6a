"""What was read in the inbox."""

from collections.abc import Collection
from datetime import datetime

from cliphaven.foundation.transactions import own_transaction
from cliphaven.notifications.models import Message


@own_transaction
def mark_read(*, user_id: int, message_ids: Collection[int], now: datetime) -> int:
    """Somebody has read these of their messages; others' are left alone. Answers how many were new to them."""
    return Message.objects.filter(user_id=user_id, id__in=message_ids, read_at=None).update(read_at=now)


@own_transaction
def mark_all_read(*, user_id: int, up_to: int, now: datetime) -> int:
    """Somebody has read all up to this message; what came since stays new. Answers how many were."""
    return Message.objects.filter(user_id=user_id, id__lte=up_to, read_at=None).update(read_at=now)
