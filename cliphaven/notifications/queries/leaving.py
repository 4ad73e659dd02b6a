"""The way out at the end of a mail: whose mails of which kind it ends."""

from django.core import signing
from django.urls import reverse

from cliphaven.foundation.errors import Refused
from cliphaven.notifications.models import Message
from cliphaven.notifications.rules import Kind

_SALT = "notifications.unsubscribe"
_LONGEST = 200


class UnsubscribeRefused(Refused):
    """The address is not one of ours, or was changed on its way."""

    code = "unsubscribe_refused"


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
