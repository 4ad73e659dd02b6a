"""How somebody wants to hear of things: said by themselves, or by the link at the end of a mail."""

from datetime import datetime

from cliphaven.foundation.transactions import own_transaction
from cliphaven.notifications.models import MailWish
from cliphaven.notifications.queries import read_unsubscribing
from cliphaven.notifications.rules import CHOSEN, Kind, Wish


@own_transaction
def say_wish(*, user_id: int, kind: Kind, wish: Wish, now: datetime) -> None:
    """From now on this person hears of this kind so. Raises ValueError for a kind that leaves no choice."""
    if kind not in CHOSEN:
        raise ValueError(f"Nobody chooses about {kind}")
    MailWish.objects.update_or_create(user_id=user_id, kind=kind, defaults={"wish": wish, "said_at": now})


@own_transaction
def unsubscribe(*, token: str, now: datetime) -> Kind:
    """Mail this person nothing more of this kind; the inbox keeps it. Answers the kind; raises UnsubscribeRefused."""
    user_id, kind = read_unsubscribing(token)
    MailWish.objects.update_or_create(user_id=user_id, kind=kind, defaults={"wish": Wish.NEVER, "said_at": now})
    return kind
