"""Redis as a cache that may be missing: it makes answers faster and never decides one."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

T = TypeVar("T")
_log = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, except that a Redis that does not answer is an empty one.

    Whoever asks goes on to PostgreSQL, where the truth is kept; nobody is let in and nobody is locked out by it.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """What is kept under the key, or the default: also when nobody answers."""
        return self._forgiving(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Any, version: int | None = None) -> Any:
        """What is kept under the keys: nothing when nobody answers."""
        nothing: dict[Any, Any] = {}
        return self._forgiving(lambda: super(ForgivingRedisCache, self).get_many(keys, version), nothing)

    def set(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> None:
        """Keep it if somebody answers."""
        self._forgiving(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Keep it if nothing is there; False, too, when nobody answers."""
        return self._forgiving(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget it; False, too, when nobody answers."""
        return self._forgiving(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Whether something is kept; False, too, when nobody answers."""
        return self._forgiving(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def sums(self, uses: Sequence[tuple[str, int, int]]) -> list[int] | None:
        """Add to each of the names, which is kept for so many seconds; the sums, or None when nobody answers."""

        def add_all() -> list[int]:
            pipeline = self._cache.get_client(write=True).pipeline(transaction=False)
            for name, times, life_s in uses:
                pipeline.incrby(name, times)
                pipeline.expire(name, life_s)
            return [int(answer) for answer in pipeline.execute()[::2]]

        return self._forgiving(add_all, None)

    def _forgiving(self, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except RedisError as error:
            _log.warning("Redis does not answer, PostgreSQL does: %s", error)
            return otherwise
