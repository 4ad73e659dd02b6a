"""Where a person is in just now: browsers and programs in one list."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.identity.models import BrowserSession, TokenFamily
from cliphaven.identity.rules.browsers import browser_name

# Under these names a session keeps what its row shows, and how long it may be silent.
BROWSER, IDLE_S = "browser", "idle_s"
SESSION_IDLE = timedelta(hours=12)
SHOWN_MAX = 50


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """One way in that is open; `kind` is browser or program."""

    id: uuid.UUID
    kind: str
    name: str
    started_at: datetime
    used_at: datetime
    ends_at: datetime


def sign_ins(*, user_id: int, now: datetime) -> list[SignIn]:
    """What a person has open at this moment (by the wall), the one used last first, at most SHOWN_MAX of each kind."""
    sessions = BrowserSession.objects.filter(user_id=user_id, ends_at__gt=now).order_by("-used_at")[:SHOWN_MAX]
    families = TokenFamily.objects.filter(user_id=user_id, ended_at=None, ends_at__gt=now).order_by("-used_at")
    browsers = [
        SignIn(
            id=session.name,
            kind="browser",
            name=browser_name(session.browser),
            started_at=session.started_at,
            used_at=session.used_at,
            ends_at=session.ends_at,
        )
        for session in sessions
        if session.used_at + timedelta(seconds=session.idle_s) > now
    ]
    programs = [
        SignIn(
            id=family.id,
            kind="program",
            name=family.program or "A program",
            started_at=family.started_at,
            used_at=family.used_at,
            ends_at=family.ends_at,
        )
        for family in families[:SHOWN_MAX]
    ]
    return sorted(browsers + programs, key=lambda one: (one.used_at, one.id), reverse=True)


def session_id(*, key_sha256: str) -> uuid.UUID | None:
    """By which name a session stands in the list; None for one that is not kept."""
    return BrowserSession.objects.filter(key_sha256=key_sha256).values_list("name", flat=True).first()
