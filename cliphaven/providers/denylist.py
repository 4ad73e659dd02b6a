"""What was revoked, told by Redis before PostgreSQL is asked. It can only ever say no.

Without REDIS_URL there is none, and nothing changes: PostgreSQL knows all of it, and is asked whenever Redis does not
know, or does not answer. So a Redis that was emptied, is slow or is gone opens no door.
"""

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache

_PREFIX = "revoked:"


def add(name: str, *, life: timedelta) -> None:
    """Remember a revoked token or sign-in, for as long as a token of it could still be shown."""
    if settings.HAS_REDIS:
        cache.set(_PREFIX + name, 1, timeout=int(life.total_seconds()) + 1)


def knows(*names: str) -> bool:
    """Whether one of them was revoked, as far as Redis remembers; False when it does not, or does not answer."""
    return settings.HAS_REDIS and bool(cache.get_many([_PREFIX + name for name in names]))
