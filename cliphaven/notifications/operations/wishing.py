"""How somebody wants to hear of things: said by themselves, or by the link at the end of a mail."""

from datetime import datetime

from django.core import signing
from django.urls import reverse

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.notifications.models import MailWish, Message
from cliphaven.notifications.rules import CHOSEN, Kind, Wish

_SALT = "notifications.unsubscribe"
_LONGEST = 200


class UnsubscribeRefused(Refused):
    """The address is not one of ours, or was changed on its way."""

    code = "unsubscribe_refused"


@own_transaction
def say_wish(*, user_id: int, kind: Kind, wish: Wish, now: datetime) -> None:
    """From now on this person hears of this kind so. Raises ValueError for a kind that leaves no choice."""
    if kind not in CHOSEN:
        raise ValueError(f"Nobody chooses about {kind}")
    MailWish.objects.update_or_create(user_id=user_id, kind=kind, defaults={"wish": wish, "said_at": now})


def unsubscribing(message: Message) -> str:
    """The path at which whoever got this mail ends mails of its kind, without coming in. It never ends."""
    token = signing.Signer(salt=_SALT).sign_object([message.user_id, message.kind])
    return reverse("unsubscribe", args=[token])


def read_unsubscribing(token: str) -> tuple[int, Kind]:
    """Whose mails of which kind the path is about. Raises UnsubscribeRefused."""
    try:
        if len(token) > _LONGEST:
            raise signing.BadSignature
        user_id, kind = signing.Signer(salt=_SALT).unsign_object(token)
        return int(user_id), Kind(kind)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise UnsubscribeRefused("This address is not whole: open it from the mail once more") from error


def unsubscribe(*, token: str, now: datetime) -> Kind:
    """Mail this person nothing more of this kind; the inbox keeps it. Answers the kind; raises UnsubscribeRefused."""
    user_id, kind = read_unsubscribing(token)
    say_wish(user_id=user_id, kind=kind, wish=Wish.NEVER, now=now)
    return kind
