"""Whom a token lets in: asked of PostgreSQL at each request, so that what was revoked is void at once."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists

from cliphaven.identity.models import RevokedToken, TokenFamily, User
from cliphaven.identity.rules import access_tokens
from cliphaven.providers import denylist


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Who shows a good access token, and which sign-in it is of."""

    user: User
    family_id: uuid.UUID


def bearer(*, token: str, now: datetime) -> Bearer | None:
    """Whoever this access token lets in at this moment, or None; why not is told to nobody.

    Redis may say no sooner; that a token is good is said by PostgreSQL alone, which is asked in one statement.
    """
    try:
        claims = access_tokens.read(token, issuer=settings.SITE_URL, keys=settings.TOKEN_KEYS, now=now)
        family_id = uuid.UUID(claims.sid)
    except (access_tokens.NotAToken, ValueError):
        return None
    if denylist.knows(claims.sid, claims.jti):
        return None
    family = (
        TokenFamily.objects.select_related("user")
        .filter(
            ~Exists(RevokedToken.objects.filter(jti=claims.jti)),
            id=family_id,
            user_id=claims.user_id,
            ended_at=None,
            ends_at__gt=now,
            user__is_active=True,
            user__token_version=claims.version,
        )
        .first()
    )
    return None if family is None else Bearer(user=family.user, family_id=family.id)
