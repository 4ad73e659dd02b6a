"""What will happen by itself, and when: money becoming available, payouts arriving, sessions expiring.

Everything is measured on the world's clock and kept, so that a restarted world goes on where it stopped.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from sandbox.store import Store

if TYPE_CHECKING:
    from sandbox.stripe.books import Books

Act = Callable[["Books", str], None]

_KIND: Final = "stripe:agenda"
_acts: dict[str, Act] = {}


class Agenda:
    """The things to come, soonest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heap = [(entry["at"], entry["name"], entry["subject"]) for entry in store.all(_KIND)]
        heapify(self._heap)

    def plan(self, at: int, name: str, subject: str) -> None:
        """Let `name` happen to `subject` at `at` (Unix seconds of the world's clock); planned twice is once."""
        id = f"{name} {subject} {at}"
        if self._store.get(_KIND, id) is None:
            self._store.put(_KIND, id, {"at": at, "name": name, "subject": subject})
            heappush(self._heap, (at, name, subject))

    def take(self, until: int) -> tuple[int, str, str] | None:
        """Take the next thing that is due by `until` off the agenda."""
        if not self._heap or self._heap[0][0] > until:
            return None
        at, name, subject = heappop(self._heap)
        self._store.delete(_KIND, f"{name} {subject} {at}")
        return at, name, subject


def due(name: str) -> Callable[[Act], Act]:
    """Declare the function that carries out what is planned under `name`; it is given the subject of the plan."""

    def declare(act: Act) -> Act:
        _acts[name] = act
        return act

    return declare


def catch_up(books: "Books") -> None:
    """Carry out everything that is due by now, each at its own moment; afterwards `books.moment` is now."""
    books.request = None
    now = books.now()
    while (entry := books.agenda.take(now)) is not None:
        at, name, subject = entry
        books.moment = at
        _acts[name](books, subject)
    books.moment = now
