"""How well it is known who asks: read at each request, of the sign-in that it comes by."""

import uuid

from cliphaven.identity.models import BrowserSession, Passkey, TokenFamily, Totp
from cliphaven.identity.rules.proofs import Standing


def has_second_factor(*, user_id: int) -> bool:
    """Whether a person has an authenticator app or a passkey, and is therefore asked for it."""
    return (
        Totp.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists()
        or Passkey.objects.filter(user_id=user_id).exists()
    )


def standing(*, sign_in_id: uuid.UUID | None, user_id: int) -> Standing | None:
    """How the person of an open sign-in, a browser's or a program's, has proved who they are; None if it is over."""
    if sign_in_id is None:
        return None
    columns = ("started_at", "proved_at", "proved_by")
    kept = (
        BrowserSession.objects.filter(name=sign_in_id, user_id=user_id).values_list(*columns).first()
        or TokenFamily.objects.filter(id=sign_in_id, user_id=user_id, ended_at=None).values_list(*columns).first()
    )
    if kept is None:
        return None
    return Standing(
        signed_in_at=kept[0],
        proved_at=kept[1],
        proved_by=kept[2],
        has_second_factor=has_second_factor(user_id=user_id),
    )
