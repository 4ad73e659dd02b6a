"""Whose turn it is, what befalls them, when time moves: everything that chance decides, from one seed."""

import hashlib
import random
from collections import Counter, deque
from collections.abc import Callable, Collection, Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.faults import Faults
from simulator.stepping.stage import Actor, Kind, Stage
from simulator.swarm import Options

REMEMBERED = 400
SHORT = (timedelta(seconds=1), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=15))
# Not so long that a week goes by between two looks, not so short that a seed is nothing but looks.
HEALING = (timedelta(hours=2), timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
LONG = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=8), timedelta(days=1))
# How long the whole machine sleeps, with everybody in the middle of something: past leases, past the time in which
# somebody else may still be sending, and until shortly before an idempotency key is too old to be trusted.
SLEEPS = (timedelta(minutes=12), timedelta(hours=1), timedelta(hours=2), timedelta(hours=19))
# That can befall it at any step, and so does it seldom.
AT_ANY_STEP = 0.04
PAYDAY_HOUR = 6
SLOW_ANSWER, SLOW = "answer_after_80_s", timedelta(seconds=80)
CLOCK_BACK = (timedelta(hours=-1), timedelta(hours=-1), timedelta(hours=-5))
# How long a frozen process stands still: past the lease of a poll and a worker's last sign of life, past the time in
# which somebody else may still be sending, past the life of an idempotency key.
FREEZES = (timedelta(minutes=20), timedelta(minutes=20), timedelta(minutes=95), timedelta(hours=25))
# Somebody in the middle of something is this likely to go on. People are many and workers few, but what moves money is
# what workers do: each of them goes on as often as several people. People begin by the seed's own rate, because nearly
# everything that they do is many steps long.
WORKS, GOES_ON, LOOKS = 24.0, 8.0, 0.3
# In a crowded seed everybody begins something while others are in the middle of theirs, and time goes on meanwhile.
CROWDED_EAGERNESS, CROWDED_LOOKS, CROWDED_PAUSES = 3.0, 1.0, 2.0
# How likely time moves on when nobody is in the middle of anything: past jobs that wait; past people who have much to
# do (each move brings dozens of jobs, and most of them find nothing); and while nobody begins anything.
HURRIES, WAITS, RESTS = 0.02, 0.06, 0.3
# Now and then, at any step, people stop beginning anything until all is done and hours or days have gone by: what is
# earned, cleared and paid needs time, and there is always somebody in the middle of something.
LULLS = 0.004


@dataclass(frozen=True)
class Turn:
    """One step as it is remembered: number, moment, actor, stop and what befell there."""

    number: int
    at: datetime
    actor: str
    kind: str
    label: str
    order: str | None

    def line(self) -> str:
        """The same in every run of the same seed and code."""
        what = f"{self.actor} {self.kind} {self.label} {self.order or ''}"
        return f"{self.number} {self.at:%m-%dT%H:%M:%S} {what}".rstrip()


class Director:
    """Lets actors go on, one at a time, and keeps the trace."""

    def __init__(
        self,
        *,
        stage: Stage,
        faults: Faults,
        options: Options,
        chance: random.Random,
        begins_at: datetime,
        set_clock: Callable[[datetime], None],
        has_work: Callable[[], bool],
        people: Container[str] = frozenset(),
    ) -> None:
        """`set_clock` moves everybody's time; `has_work` tells whether a job waits for a worker."""
        self.stage, self.faults, self.options = stage, faults, options
        self.now, self.steps = begins_at, 0
        self.trace: deque[Turn] = deque(maxlen=REMEMBERED)
        self.digest = hashlib.sha256()
        self.kinds: Counter[str] = Counter()
        self._chance, self._set_clock, self._ask_for_work = chance, set_clock, has_work
        self._work_waits: bool | None = None
        self._resting: set[str] = set()
        self._thaws: dict[str, datetime] = {}
        self._people = people
        self._is_calm = self.time_stands = self._is_lull = False
        self._schedule_looked = True

    def calm_down(self, options: Options, *, resting: set[str]) -> None:
        """From now on by these options, in small spans of time and long strides; those who rest begin nothing new."""
        self.options, self._resting, self._is_calm = options, resting, True
        self._thaws = {}
        self.faults.calm_down(options)
        for actor in self.stage.actors:
            actor.takes_strides = True

    def is_quiet(self) -> bool:
        """Whether nobody is in the middle of anything, and no job waits."""
        all_idle = all(actor.stop.kind is Kind.IDLE for actor in self.stage.actors)
        return all_idle and not self.stage.waiting and not self._has_work()

    @property
    def frozen(self) -> frozenset[str]:
        """The names of those who stand still, as a process does that its machine has forgotten."""
        return frozenset(name for name, until in self._thaws.items() if until > self.now)

    def pass_time(self, duration: timedelta) -> None:
        """It is later now, for everybody."""
        self.now += duration
        self._schedule_looked, self._work_waits = False, None
        self.digest.update(f"time {self.now.isoformat()}".encode())
        self._set_clock(self.now)

    def turn(self) -> Actor | None:
        """One step: somebody goes on, or time moves (None)."""
        self._is_lull |= not self._is_calm and self._chance.random() < LULLS
        frozen = self.frozen
        ready = [actor for actor in self.stage.ready() if actor.name not in frozen]
        busy = [actor for actor in ready if actor.stop.kind is not Kind.IDLE]
        if (
            not busy
            and not self.stage.waiting
            and self._may_move_on()
            and self._chance.random() < self._share_of_time()
        ):
            self.pass_time(min(self._long(), self.faults.longest_span(now=self.now)))
            self._is_lull = False
            return None
        if busy and (span := self._in_between(busy)):
            self.pass_time(span)
            return None
        able = [actor for actor in ready if actor.stop.kind is not Kind.IDLE or self._may_begin(actor)]
        if not able:
            self.pass_time(self._long() if not self.time_stands else timedelta(seconds=1))
            return None
        [actor] = self._chance.choices(able, [self._weight(actor) for actor in able])
        if self._freezes(actor):
            return None
        self._schedule_looked |= actor.name.startswith("scheduler")
        self._step(actor)
        return actor

    def _freezes(self, actor: Actor) -> bool:
        """Whether a worker stands still from now on, in the middle of a job, and holds nobody up in the database."""
        rate = self.options.twists.get("frozen", 0.0)
        if not rate or actor.stop.kind is Kind.IDLE or not actor.name.startswith("worker"):
            return False
        # Most of their time processes wait for vendors, and so that is where they mostly freeze.
        if actor.stop.kind not in (Kind.REQUEST, Kind.ANSWER):
            rate *= AT_ANY_STEP
        if self._chance.random() * 100 >= rate or not self.stage.holds_nothing(actor):
            return False
        self.faults.happened["frozen"] += 1
        self._thaws[actor.name] = self.now + self._chance.choice(FREEZES)
        self.digest.update(f"{actor.name} stands still".encode())
        return True

    def _pauses(self) -> float:
        return max(self.options.pause_percent, CROWDED_PAUSES) if self.options.crowded else self.options.pause_percent

    def _in_between(self, busy: Collection[Actor]) -> timedelta | None:
        """How far time moves while somebody is in the middle of something, if it does."""
        if self._chance.random() * 100 < self._pauses():
            return self._chance.choice(SHORT)
        # People are nearly always in the middle of something: what a worker is to try again later would never be due.
        only_people = not self._has_work() and all(actor.name in self._people for actor in busy)
        if only_people and self._chance.random() < WAITS:
            return self._chance.choice(SHORT)
        if self._happens("asleep", share=AT_ANY_STEP):
            return self._chance.choice(SLEEPS)
        return None

    def _step(self, actor: Actor) -> None:
        stop = actor.stop
        order = self.faults.draw(stop, now=self.now)
        self.steps += 1
        self.kinds[stop.kind] += 1
        turn = Turn(self.steps, self.now, actor.name, stop.kind, stop.label, order)
        self.trace.append(turn)
        self.digest.update(turn.line().encode())
        if order == SLOW_ANSWER:
            # It comes after all, and whoever waited goes on as if nothing had been.
            self.pass_time(SLOW)
            order = None
        self.stage.step(actor, order)
        self._work_waits = None

    def _has_work(self) -> bool:
        """Asked of the database once between two steps: it is wanted all the time, and nobody else brings any."""
        if self._work_waits is None:
            self._work_waits = self._ask_for_work()
        return self._work_waits

    def _weight(self, actor: Actor) -> float:
        if actor.name.startswith("worker"):
            return WORKS
        if actor.stop.kind is not Kind.IDLE:
            return GOES_ON
        if actor.name in self._people:
            return max(self.options.eagerness, CROWDED_EAGERNESS) if self.options.crowded else self.options.eagerness
        return CROWDED_LOOKS if self.options.crowded else LOOKS

    def _may_begin(self, actor: Actor) -> bool:
        if actor.name.startswith("worker"):
            return self._has_work()
        return actor.name not in self._resting and not (self._is_lull and actor.name in self._people)

    def _may_move_on(self) -> bool:
        """A house in good health looks every second what is due: no time goes by between two looks."""
        return not self.time_stands and (self._schedule_looked or not self._is_calm)

    def _share_of_time(self) -> float:
        if self._has_work():
            return HURRIES
        if self._is_lull:
            return 1.0
        return RESTS if self._is_calm else WAITS

    def _long(self) -> timedelta:
        if self._is_calm:
            return self._chance.choice(HEALING)
        if self._happens("clock_back"):
            return self._chance.choice(CLOCK_BACK)
        if self._chance.random() < self.options.share_of_weeks:
            return self._until_payday()
        return self._chance.choice(LONG)

    def _happens(self, twist: str, *, share: float = 1.0) -> bool:
        """Whether this befalls time now."""
        if self._chance.random() * 100 >= self.options.twists.get(twist, 0.0) * share:
            return False
        self.faults.happened[twist] += 1
        return True

    def _until_payday(self) -> timedelta:
        day = (self.now + timedelta(days=(7 - self.now.weekday()) % 7)).replace(
            hour=PAYDAY_HOUR, minute=0, second=30, microsecond=0
        )
        return day - self.now if day > self.now else day + timedelta(days=7) - self.now
