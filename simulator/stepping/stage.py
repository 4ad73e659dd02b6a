"""Actors: threads that run real code and stop wherever the outside world could see, or spoil, what they do.

The director (the main thread) lets exactly one actor go on at a time, until its next stop. An actor that waits for a
lock of the database is set aside; that it waits is a fact told by PostgreSQL, never a guess from time.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from simulator.stepping.sessions import Sessions

LONGEST_STEP_S = 60.0
LOOK_EVERY_S = 0.004


class Kind(StrEnum):
    """Where an actor stands."""

    IDLE = "idle"  # between two pieces of work
    STATEMENT = "statement"  # before a statement
    COMMIT = "commit"  # before COMMIT is sent
    COMMITTED = "committed"  # after it was applied, before anybody knows
    REQUEST = "request"  # before a call to a vendor
    ANSWER = "answer"  # after the vendor answered, before anybody knows
    SLEEP = "sleep"


# Where an actor still stops that takes long strides: whoever else acts finds everything begun or committed.
STRIDES = frozenset({Kind.IDLE, Kind.COMMIT, Kind.REQUEST})
# Where one still stops whose whole piece of work is one step.
LEAPS = frozenset({Kind.IDLE})


@dataclass(frozen=True)
class Stop:
    """One place where an actor stands; `label` is the same in every run of the same code."""

    kind: Kind
    label: str


class Killed(BaseException):
    """The actor's process is gone, as by SIGKILL: nothing that it would still do happens."""


class Stuck(RuntimeError):
    """An actor neither stopped nor waited for a lock: a fault of the simulator, or an endless loop in the house."""


class Actor:
    """A thread that plays one process of the house, or one person, from stop to stop.

    `play` does one piece of work; it is called again and again. `clean_up` runs in the thread after a kill, `tidy_up`
    (the same, if there is none) after a piece of work that ended of itself.
    """

    def __init__(
        self,
        name: str,
        *,
        play: Callable[["Actor"], None],
        clean_up: Callable[[], None],
        tidy_up: Callable[[], None] | None = None,
    ) -> None:
        """The thread starts at the first `go_on`."""
        self.name = name
        self.stop = Stop(Kind.IDLE, "not begun")
        self.order: str | None = None
        self.is_dead = False
        self.takes_strides = False
        self.stops_at = frozenset(Kind)
        self.wrote: set[str] = set()
        self.kills = 0
        self.failure: BaseException | None = None
        self.backend_pid: int | None = None
        self._play, self._clean_up, self._tidy_up = play, clean_up, tidy_up or clean_up
        self._may_go, self._has_stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._is_ending = False
        self._last: Stop | None = None

    # ---- the director's side

    def begin(self) -> None:
        """Start the thread; it stops before its first piece of work."""
        self._thread.start()
        self._has_stopped.acquire()

    def let_go(self, order: str | None) -> None:
        """Let it go on from its stop; `order` is what befalls it there (None: nothing)."""
        self.order, self._last = order, self.stop
        self._may_go.release()

    def has_stopped(self, *, within_s: float) -> bool:
        """Whether it reached its next stop in this time."""
        return self._has_stopped.acquire(timeout=within_s)

    def end(self) -> None:
        """Kill it where it stands and wait for the thread."""
        self._is_ending = True
        self.let_go("kill")
        self._thread.join(LONGEST_STEP_S)

    # ---- the actor's side

    def pause(self, stop: Stop) -> str | None:
        """Stand at `stop` until the director lets go; answers what befalls the actor. Raises Killed."""
        if self.is_dead:
            raise Killed
        if stop.kind not in self.stops_at or (self.takes_strides and stop.kind not in STRIDES):
            return None
        self.stop = stop
        self._has_stopped.release()
        self._may_go.acquire()
        order, self.order = self.order, None
        if order == "kill":
            self.is_dead = True
            raise Killed
        return order

    def _run(self) -> None:
        _here.actor = self
        while True:
            try:
                self.pause(Stop(Kind.IDLE, ""))
                self._play(self)
            except Killed:
                self.kills += 1
            except BaseException as error:  # told to the director, who ends the run with it
                self.failure = error
                self.is_dead = True
            (self._clean_up if self.is_dead else self._tidy_up)()
            if self._is_ending or self.failure is not None:
                self._has_stopped.release()
                return
            self.is_dead = False


class Stage:
    """All actors, of whom one goes on at a time."""

    def __init__(self, sessions: Sessions) -> None:
        """`sessions` tells who waits for whom in the database."""
        self._sessions = sessions
        self.actors: list[Actor] = []
        self.waiting: list[Actor] = []

    def enter(self, actor: Actor) -> None:
        """Let an actor come on; it stands before its first piece of work."""
        actor.begin()
        self.actors.append(actor)

    def ready(self) -> list[Actor]:
        """Those who may go on, in the order in which they entered."""
        return [actor for actor in self.actors if actor not in self.waiting]

    def holds_nothing(self, actor: Actor) -> bool:
        """Whether nobody in the database could be waiting for this actor."""
        return actor.backend_pid is None or self._sessions.is_between(actor.backend_pid)

    def step(self, actor: Actor, order: str | None = None) -> None:
        """Let one actor go on to its next stop, and then those whose locks came free. Raises Stuck."""
        actor.let_go(order)
        self._settle(actor)
        for other in list(self.waiting):
            if other is not actor and not self._waits(other):
                self.waiting.remove(other)
                self._settle(other)

    def leave(self) -> None:
        """End all threads; those that wait for a lock get it when the others are gone."""
        for actor in sorted(self.actors, key=lambda actor: actor in self.waiting):
            if actor in self.waiting:
                self._sessions.cancel(actor.backend_pid)
                actor.has_stopped(within_s=LONGEST_STEP_S)
            actor.end()

    def _settle(self, actor: Actor) -> None:
        waited = 0.0
        while not actor.has_stopped(within_s=LOOK_EVERY_S):
            waited += LOOK_EVERY_S
            if self._waits(actor):
                self.waiting.append(actor)
                return
            if waited > LONGEST_STEP_S:
                raise Stuck(f"{actor.name} does not come back from: {actor.stop.kind} {actor.stop.label}")

    def _waits(self, actor: Actor) -> bool:
        return actor.backend_pid is not None and self._sessions.waits(actor.backend_pid)


class _Here(threading.local):
    actor: Actor | None = None


_here = _Here()


def acting() -> Actor | None:
    """The actor whose thread this is, or None."""
    return _here.actor


def stay_dead() -> None:
    """For whoever catches every exception: a kill that met another one on its way out is still a kill."""
    actor = acting()
    if actor is not None and actor.is_dead:
        raise Killed


@contextmanager
def stopping_at(kinds: frozenset[Kind]) -> Iterator[None]:
    """What the actor does now stops at these alone."""
    actor = acting()
    assert actor is not None
    before, actor.stops_at = actor.stops_at, kinds
    try:
        yield
    finally:
        actor.stops_at = before


def hurrying() -> AbstractContextManager[None]:
    """What the actor does now is done in long strides."""
    return stopping_at(STRIDES)


def leaping() -> AbstractContextManager[None]:
    """What the actor does now is one step: others may wait for what it holds, or it for what they hold."""
    return stopping_at(LEAPS)


@contextmanager
def aside() -> Iterator[None]:
    """What the thread does now is not the house's: nothing stops in here."""
    actor, _here.actor = _here.actor, None
    try:
        yield
    finally:
        _here.actor = actor
