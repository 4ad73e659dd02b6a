"""With what somebody can prove who they are, and what was changed about that."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cliphaven.identity.models import Passkey, RecoveryCode, SecurityEvent, Totp, User
from cliphaven.identity.rules import sealing, totp
from cliphaven.identity.rules.relying_party import NAME
from cliphaven.identity.rules.security_news import NEWS

EVENTS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class APasskey:
    """One passkey in its person's list; `is_synced` when it lives in a password manager."""

    id: uuid.UUID
    name: str
    is_synced: bool
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Factors:
    """What a person has: `app_since` is None without an authenticator app; recovery codes are those left."""

    has_password: bool
    app_since: datetime | None
    passkeys: list[APasskey]
    recovery_codes: int

    @property
    def has_second(self) -> bool:
        """Whether they are asked for a second factor."""
        return self.app_since is not None or bool(self.passkeys)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One change, in words."""

    kind: str
    line: str
    detail: str
    origin: str
    noted_at: datetime


def factors_of(*, user_id: int) -> Factors:
    """What this person can prove who they are with, beside their mail."""
    app = Totp.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    return Factors(
        has_password=User.objects.get(id=user_id).has_usable_password(),
        app_since=app.confirmed_at if app else None,
        passkeys=[
            APasskey(id=one.id, name=one.name, is_synced=one.is_synced, added_at=one.added_at, used_at=one.used_at)
            for one in Passkey.objects.filter(user_id=user_id).order_by("added_at", "id")
        ],
        recovery_codes=RecoveryCode.objects.filter(user_id=user_id, used_at=None).count(),
    )


def events_of(*, user_id: int) -> list[Event]:
    """What was changed last about how a person comes in, the newest first, at most EVENTS_SHOWN."""
    return [
        Event(
            kind=event.kind,
            line=NEWS[event.kind].line,
            detail=event.detail,
            origin=event.origin,
            noted_at=event.noted_at,
        )
        for event in SecurityEvent.objects.filter(user_id=user_id).order_by("-id")[:EVENTS_SHOWN]
    ]


def app_address(*, user_id: int, since: datetime) -> str | None:
    """What the picture says to an app that was begun after `since` and has shown no code yet; None if there is none."""
    begun = Totp.objects.select_related("user").filter(user_id=user_id, confirmed_at=None, begun_at__gt=since).first()
    if begun is None:
        return None
    return totp.address(secret=opened_secret(begun), email=begun.user.email, issuer=NAME)


def app_secret(*, user_id: int) -> str:
    """The secret of the app that was begun, for whoever cannot take the picture."""
    return opened_secret(Totp.objects.get(user_id=user_id, confirmed_at=None))


def opened_secret(app: Totp) -> str:
    """The secret of an app. Raises NotOpened when its key is gone."""
    about = sealing_subject(user_id=app.user_id)
    return sealing.opened(bytes(app.sealed_secret), keys=settings.FACTOR_KEYS, about=about)


def sealing_subject(*, user_id: int) -> str:
    """Whose secret it is, in the words it is closed with: in another row it does not open."""
    return f"totp:{user_id}"
