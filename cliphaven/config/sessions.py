"""Sessions in the database, by the hash of their key, with an end to silence."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import CreateError, UpdateError

from cliphaven.foundation import clock
from cliphaven.identity.models import BrowserSession
from cliphaven.identity.queries import sign_ins
from cliphaven.identity.rules.digests import session_digest

NOTED_EVERY = timedelta(minutes=1)
USER = "_auth_user_id"  # where Django's own sign-in keeps it


class SessionStore(db.SessionStore):
    """As Django's, but that rows know whose they are, and that the database's errors stay what they are.

    Django takes every error of the database while a session is saved for one that was ended meanwhile. That is answered
    with 400, which says that nothing was done, after everything else was.
    """

    def exists(self, session_key: str | None = None) -> bool:
        """Whether there is a session under this key."""
        return BrowserSession.objects.filter(key_sha256=session_digest(session_key or "")).exists()

    def load(self) -> dict[str, Any]:
        """What is kept under this key; nothing, and no key, when it ended or was silent for too long."""
        now, key = clock.wall(), session_digest(self.session_key or "")
        kept = BrowserSession.objects.filter(key_sha256=key, ends_at__gt=now).first()
        if kept is None or kept.used_at + timedelta(seconds=kept.idle_s) <= now:
            self._session_key = None
            return {}
        if kept.used_at + NOTED_EVERY <= now:
            BrowserSession.objects.filter(key_sha256=key).update(used_at=now)
        return dict(self.decode(kept.data))

    def save(self, must_create: bool = False) -> None:
        """Keep it. Raises UpdateError when it was ended meanwhile, CreateError when the key is taken."""
        if self.session_key is None:
            self.create()
            return
        data: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        now, key = clock.wall(), session_digest(self.session_key)
        kept = {
            "data": self.encode(data),
            "ends_at": self.get_expiry_date(),
            "user_id": data.get(USER),
            "browser": str(data.get(sign_ins.BROWSER, ""))[:200],
            "idle_s": int(data.get(sign_ins.IDLE_S, sign_ins.SESSION_IDLE.total_seconds())),
            "used_at": now,
        }
        if not must_create:
            if not BrowserSession.objects.filter(key_sha256=key).update(**kept):
                raise UpdateError
            return
        fresh = BrowserSession(key_sha256=key, started_at=now, **kept)
        if BrowserSession.objects.bulk_create([fresh], ignore_conflicts=True) and not self._is_mine(fresh):
            raise CreateError

    def delete(self, session_key: str | None = None) -> None:
        """End it; there may be none."""
        BrowserSession.objects.filter(key_sha256=session_digest(session_key or self.session_key or "")).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Forget sessions that are over."""
        BrowserSession.objects.filter(ends_at__lt=clock.wall()).delete()

    @staticmethod
    def _is_mine(fresh: BrowserSession) -> bool:
        return BrowserSession.objects.filter(key_sha256=fresh.key_sha256, name=fresh.name).exists()
