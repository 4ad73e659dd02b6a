"""What was read in the inbox."""

from datetime import datetime

from cliphaven.foundation.transactions import own_transaction
from cliphaven.notifications.models import Message


@own_transaction
def mark_read(*, user_id: int, message_id: int, now: datetime) -> None:
    """Somebody has read this message; another's is left alone."""
    Message.objects.filter(user_id=user_id, id=message_id, read_at=None).update(read_at=now)


@own_transaction
def mark_all_read(*, user_id: int, up_to: int, now: datetime) -> None:
    """Somebody has read all up to this message; what came since stays new."""
    Message.objects.filter(user_id=user_id, id__lte=up_to, read_at=None).update(read_at=now)
