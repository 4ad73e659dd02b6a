"""One seed from its first step to its verdict: everything goes wrong, then nothing does, then the books are read."""

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from simulator import jobs, swarm
from simulator.bugs.bug import Planting
from simulator.bugs.catalogue import BUGS
from simulator.company import Company
from simulator.director import Director
from simulator.judge import WHOLE_EVERY, Finding, Judge
from simulator.logs import Lines
from simulator.marks import Marks
from simulator.oracle import Found, Oracle
from simulator.outside import OutsideWorld
from simulator.runs import HEALS_DAYS
from simulator.stepping import pools, wire
from simulator.stepping.sessions import Sessions
from simulator.stepping.stage import Actor, Stage, Stuck
from simulator.universe import Universe

# What only a mistake in the code raises, whatever goes wrong around it.
NEVER = (AssertionError, TypeError, KeyError, AttributeError, ValueError, IndexError, ZeroDivisionError)
HEALING_STEPS_MAX = 60_000
# What the staff let go on last of all, such as a batch, takes some more rounds to come to its end.
LAST_ROUNDS, LAST_ROUNDS_MAX, BETWEEN_LAST_ROUNDS = 3, 12, timedelta(minutes=20)
LAST_STEPS_MIN = 200
TOLD_EVERY = 100
FRAMES_SHOWN = 8
TURNS_SHOWN = 60


def _say_nothing(steps: int) -> None:
    pass


@dataclass(kw_only=True)
class Outcome:
    """What became of one seed."""

    seed: int
    steps: int = 0
    healing_steps: int = 0
    seconds: float = 0.0
    judging_seconds: float = 0.0
    trace: str = ""
    days: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    plant: str | None = None
    violation: str | None = None
    invariant: str = ""
    last: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


class Play:
    """One seed in its universe."""

    def __init__(
        self,
        universe: Universe,
        options: swarm.Options,
        *,
        steps: int,
        heals_days: int = HEALS_DAYS,
        plant: str | None = None,
        tell: Callable[[int], None] = _say_nothing,
    ) -> None:
        """`steps` is how long things go wrong; what heals after them, so many days, comes on top.

        Without any day to heal the books are not read at rest, because there is none. `plant` names a bug that the
        house has from the first day on which anything goes wrong, or from the first of all. `tell` hears now and then
        how many steps were taken so far.
        """
        self._universe, self._options, self._steps, self._heals = universe, options, steps, timedelta(days=heals_days)
        self._judge, self._marks, self._plant, self._tell = Judge(), Marks(), plant, tell
        self._oracle = Oracle(OutsideWorld(universe.url, stripe_key=settings.STRIPE_API_KEY))
        self._errors: Counter[str] = Counter()
        self._violation: Finding | None = None

    def run(self, *, server_log: Path) -> Outcome:
        """Set up, play, heal, judge. `server_log` is what the PostgreSQL of the universe says of itself."""
        lines = Lines.listening()
        with (
            Sessions(self._universe.owner_url, server_log=server_log) as sessions,
            wire.stops(),
            pools.done_in_turn(),
            self._marks.watching(),
        ):
            self._plant_a_bug(from_the_start=True)
            company = Company(self._universe, self._options, oracle=self._oracle, on_failure=self._job_failed)
            stage = Stage(sessions)
            self._plant_a_bug(from_the_start=False)
            director = company.direct(stage)
            began, safe_steps = time.perf_counter(), 0
            try:
                self._go_wrong(director)
                safe_steps = director.steps
                if self._heals:
                    self._heal(company, director)
            except Stuck as stuck:
                self._violation = _mistake(str(stuck))
            except Exception as error:  # what breaks the judge is a finding, too: a mistake of the house, or its own
                self._violation = _mistake(f"the judge broke: {_shown(error)}")
            finally:
                stage.leave()
            if self._heals:
                self._read_the_books(director, lines)
            self._marks.look()
        return self._outcome(company, director, safe_steps=safe_steps, seconds=time.perf_counter() - began)

    def _plant_a_bug(self, *, from_the_start: bool) -> None:
        if self._plant is not None and BUGS[self._plant].from_the_start == from_the_start:
            BUGS[self._plant].plant(Planting(self._universe.owner))

    def _go_wrong(self, director: Director) -> None:
        while director.steps < self._steps and self._violation is None:
            self._turn(director)

    def _heal(self, company: Company, director: Director) -> None:
        company.calm_down(director)
        until, most = director.now + self._heals, director.steps + HEALING_STEPS_MAX
        while self._violation is None and director.now < until:
            self._turn(director)
            if director.steps % WHOLE_EVERY == 0:
                self._violation = self._violation or self._oracle.sent_twice()
            if director.steps > most:
                self._violation = _stuck(f"not at rest after {HEALING_STEPS_MAX:,} steps without any fault")
        # Now nothing new comes up, and what is due is done. A job passes over what somebody else has in hand, and the
        # next one finds it: there have to be some.
        director.time_stands = True
        for done in range(LAST_ROUNDS_MAX):
            if done >= LAST_ROUNDS and self._judge.at_rest(now=director.now) is None:
                break
            director.pass_time(BETWEEN_LAST_ROUNDS)
            last = director.steps + LAST_STEPS_MIN
            # Time that has passed may have settled something at the vendor's, and its letters say so.
            while self._violation is None and (
                director.steps < last or not director.is_quiet() or company.carrier.has_letters()
            ):
                self._turn(director)
                if director.steps > most + HEALING_STEPS_MAX:
                    self._violation = _stuck("jobs bring up new jobs without end")

    def _turn(self, director: Director) -> None:
        actor = director.turn()
        if actor is None:
            return
        if isinstance(actor.failure, Found):
            self._violation = actor.failure.finding
            return
        if actor.failure is not None:
            self._violation = _mistake(f"{actor.name} broke: {_shown(actor.failure)}")
            return
        if director.steps % TOLD_EVERY == 0:
            self._tell(director.steps)
        if director.steps % WHOLE_EVERY == 0:
            self._violation = self._violation or self._judge.whole(now=director.now)
        for one in director.stage.actors:
            if one.wrote:
                rooms, one.wrote = one.wrote, set()
                self._violation = self._violation or self._judge.after(rooms, now=director.now)

    def _read_the_books(self, director: Director, lines: Lines) -> None:
        if self._violation is not None:
            return
        try:
            # The oracle names the one thing that is wrong, where a reconciliation has only the difference it makes.
            self._violation = self._oracle.verdict() or self._judge.at_rest(now=director.now) or lines.finding()
        except Exception as error:  # as above
            self._violation = _mistake(f"the judge broke: {_shown(error)}")

    def _job_failed(self, actor: Actor, order: jobs.Order, error: Exception) -> None:
        self._errors[f"{order.task}: {type(error).__name__}: {str(error)[:120]}"] += 1
        if isinstance(error, NEVER):
            self._violation = _mistake(f"{actor.name}: {order.task}: {_shown(error)}")

    def _outcome(self, company: Company, director: Director, *, safe_steps: int, seconds: float) -> Outcome:
        return Outcome(
            seed=self._options.seed,
            steps=director.steps,
            healing_steps=director.steps - safe_steps,
            seconds=round(seconds, 3),
            judging_seconds=round(self._judge.seconds, 3),
            trace=director.digest.hexdigest(),
            days=(director.now - self._options.begins_at).days,
            kinds=dict(director.kinds),
            faults={**director.faults.happened, **company.twists.happened, **company.carrier.happened},
            asked=dict(self._judge.asked),
            marks=dict(self._marks.hit),
            told=asdict(company.told),
            errors=dict(self._errors),
            options=self._options.as_json(),
            plant=self._plant,
            violation=None if self._violation is None else str(self._violation),
            invariant="" if self._violation is None else self._violation.invariant,
            last=[turn.line() for turn in list(director.trace)[-TURNS_SHOWN:]] if self._violation else [],
        )


def _mistake(words: str) -> Finding:
    return Finding(invariant="", words=words)


def _stuck(words: str) -> Finding:
    return Finding(invariant="I21", words=words)


def _shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)[-FRAMES_SHOWN:])
