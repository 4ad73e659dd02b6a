"""How many requests a second each endpoint takes. Without a limit they are only counted."""

import time
from collections import Counter, defaultdict, deque

from sandbox.stripe.errors import ApiError


class Rate:
    """Counts requests in seconds of the wall, whatever clock the world runs on; a restart forgets the limit."""

    def __init__(self) -> None:
        self.per_second: int | None = None
        self._last_second: defaultdict[str, deque[float]] = defaultdict(deque)
        self._refused: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()
        self._most: Counter[str] = Counter()

    def limit(self, per_second: int | None) -> None:
        """Take so many a second from now on, and count anew."""
        self.per_second = per_second
        for counted in (self._last_second, self._refused, self._taken, self._most):
            counted.clear()

    def take(self, endpoint: str) -> None:
        """Let one request in. Raises ApiError (429) when this second is full."""
        now, lately = time.monotonic(), self._last_second[endpoint]
        while lately and now - lately[0] >= 1:
            lately.popleft()
        if self.per_second is not None and len(lately) >= self.per_second:
            self._refused[endpoint] += 1
            raise ApiError("Request rate limit exceeded.", code="rate_limit", status=429)
        lately.append(now)
        self._taken[endpoint] += 1
        self._most[endpoint] = max(self._most[endpoint], len(lately))

    def counted(self) -> dict[str, dict[str, int]]:
        """By endpoint: requests taken, refused, and the most that were taken within one second."""
        return {
            endpoint: {
                "taken": self._taken[endpoint],
                "refused": self._refused[endpoint],
                "most_in_a_second": self._most[endpoint],
            }
            for endpoint in self._last_second
        }
