"""Counts within a window of time, in Redis. Where there is none, or it does not answer, PostgreSQL counts."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.conf import settings
from django.core.cache import caches

from cliphaven.providers.redis_cache import ForgivingRedisCache

_PREFIX = "ch:count:"


def count(uses: Sequence[tuple[str, int, datetime]], *, now: datetime) -> list[int] | None:
    """Add to each name, until its window ends, and answer the sums; None when Redis cannot be asked."""
    if not settings.HAS_REDIS:
        return None
    return cast(ForgivingRedisCache, caches["default"]).sums(
        [
            (f"{_PREFIX}{name}:{int(ends_at.timestamp())}", times, math.ceil((ends_at - now).total_seconds()) + 1)
            for name, times, ends_at in uses
        ]
    )
