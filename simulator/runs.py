"""Many seeds, some at a time: each in a process and a database of its own, on one throw-away PostgreSQL."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TextIO

from simulator.universe import Server

# A seed that does not come back is stopped: nothing in it waits for anything but itself.
SEED_SECONDS_MAX = 3_600
LAST_WORDS_SECONDS_MAX = 10
HEALS_DAYS = 8
WORDS_SHOWN = 4_000
Tell = Callable[["SeedRun"], None]
Keep = Callable[["Report"], None]
GoOn = Callable[[int, int], None]


class SeedLost(RuntimeError):
    """A seed's process ended without saying what became of it: a fault of the simulator, or of the machine."""


def _say_nothing(run: "SeedRun") -> None:
    pass


def _keep_nothing(report: "Report") -> None:
    pass


def _watch_nothing(seed: int, steps: int) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class SeedRun:
    """What one seed said when it was over; `facts` is its outcome as JSON."""

    seed: int
    facts: dict[str, Any]

    @property
    def violation(self) -> str | None:
        """What was found to be wrong, in words."""
        found: str | None = self.facts["violation"]
        return found


@dataclass(kw_only=True)
class Report:
    """A whole run."""

    began_at: datetime
    steps_each: int
    commit: str
    plant: str | None = None
    seconds: float = 0.0
    runs: list[SeedRun] = field(default_factory=list)
    was_interrupted: bool = False

    @property
    def first_violation(self) -> SeedRun | None:
        """The lowest seed in which something was wrong."""
        broken = [run for run in self.runs if run.violation is not None]
        return min(broken, key=lambda run: run.seed) if broken else None

    @property
    def missed_marks(self) -> list[str]:
        """The rare things that no seed met."""
        return sorted(mark for mark, times in self.summed("marks").items() if times == 0)

    @property
    def steps(self) -> int:
        """Of all seeds together."""
        return sum(run.facts["steps"] for run in self.runs)

    def summed(self, name: str) -> dict[str, int]:
        """The counts called `name` of all seeds, most frequent first."""
        sums: dict[str, int] = {}
        for run in self.runs:
            for what, count in run.facts[name].items():
                sums[what] = sums.get(what, 0) + count
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))

    def total(self, name: str) -> float:
        """The number called `name` of all seeds."""
        return float(sum(run.facts[name] for run in self.runs))

    def after(self, earlier: Mapping[str, Any]) -> "Report":
        """One report of what an earlier run's file says and what was played since, at whatever commits that was."""
        before = [SeedRun(seed=facts["seed"], facts=facts) for facts in earlier["seeds"]]
        commits = dict.fromkeys([*earlier["commit"].split(", "), self.commit])
        return replace(
            self,
            runs=sorted([*before, *self.runs], key=lambda run: run.seed),
            seconds=self.seconds + earlier["seconds"],
            began_at=datetime.fromisoformat(earlier["began_at"]),
            commit=", ".join(commits),
        )

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        first = self.first_violation
        return {
            "began_at": self.began_at.isoformat(),
            "commit": self.commit,
            "steps_each": self.steps_each,
            "plant": self.plant,
            "seconds": round(self.seconds, 1),
            "steps": self.steps,
            "first_violation": first.facts if first is not None else None,
            "seeds": [run.facts for run in self.runs],
        }


def play(
    server: Server,
    seeds: Iterable[int],
    *,
    steps: int,
    heals_days: int = HEALS_DAYS,
    at_once: int = 1,
    stop_at_first: bool = True,
    plant: str | None = None,
    tell: Tell = _say_nothing,
    keep: Keep = _keep_nothing,
    go_on: GoOn = _watch_nothing,
) -> Report:
    """Play the seeds in their order, so many at once; `tell` hears of each that is over, `keep` of all until then.

    While one is played, `go_on` hears now and then its number and how many steps it has taken.

    With `stop_at_first`, no new seed is begun once something was wrong in one. With `plant`, the house has that bug.
    Whoever interrupts gets what was played until then. Raises SeedLost.
    """
    report = Report(began_at=datetime.now(UTC), steps_each=steps, commit=commit(), plant=plant)
    waiting, lock, is_over = iter(seeds), threading.Lock(), threading.Event()
    began = time.monotonic()

    def work() -> None:
        while True:
            with lock:
                seed = None if is_over.is_set() else next(waiting, None)
            if seed is None:
                return
            try:
                run = _played(server, seed=seed, steps=steps, heals_days=heals_days, plant=plant, go_on=go_on)
            except SeedLost:
                is_over.set()
                raise
            with lock:
                report.runs = sorted([*report.runs, run], key=lambda one: one.seed)
                report.seconds = time.monotonic() - began
                if stop_at_first and run.violation is not None:
                    is_over.set()
                tell(run)
                keep(report)

    with ThreadPoolExecutor(at_once) as threads:
        workers = [threads.submit(work) for _ in range(at_once)]
        try:
            for worker in workers:
                worker.result()
        except KeyboardInterrupt:
            # A terminal tells the seeds' processes, too: they are lost, and nobody waits for more of them.
            report.was_interrupted = True
        finally:
            is_over.set()
    return report


def commit() -> str:
    """The commit that is checked out, marked when files differ from it; empty outside a checkout."""
    try:
        told = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()


def _played(server: Server, *, seed: int, steps: int, heals_days: int, plant: str | None, go_on: GoOn) -> SeedRun:
    name = f"seed_{seed}_{plant}" if plant else f"seed_{seed}"
    owner_url, database_url = server.new_database(name)
    command = [sys.executable, "-m", "simulator.seed", "--seed", str(seed), "--steps", str(steps)]
    command += ["--heals-days", str(heals_days)]
    command += ["--database-url", database_url, "--owner-url", owner_url]
    command += ["--server-log", str(server.log)]
    command += ["--plant", plant] if plant else []
    environment = {**os.environ, **server.environment(database_url), "PYTHONHASHSEED": "0"}
    try:
        facts = outcome_of(command, environment, seed=seed, go_on=go_on)
    finally:
        server.drop(name)
    return SeedRun(seed=seed, facts=facts)


def outcome_of(command: Sequence[str], environment: Mapping[str, str], *, seed: int, go_on: GoOn) -> dict[str, Any]:
    """The outcome that a seed's process prints at last; `go_on` hears of its steps as they come. Raises SeedLost."""
    outcomes: list[dict[str, Any]] = []
    # What it complains of goes to a file: with two pipes it could wait at the one while the other is read.
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=complaints, text=True)
        # Beside us, because the lines do not end with the process when another one that it started is left behind.
        listener = threading.Thread(target=_listen, args=(process.stdout, seed, go_on, outcomes), daemon=True)
        listener.start()
        try:
            process.wait(SEED_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise SeedLost(f"Seed {seed} did not end within {SEED_SECONDS_MAX / 60:.0f} minutes") from error
        listener.join(LAST_WORDS_SECONDS_MAX)
        if not outcomes:
            complaints.seek(0)
            raise SeedLost(f"Seed {seed} ended without an outcome:\n{complaints.read()[-WORDS_SHOWN:]}")
    return outcomes[-1]


def _listen(lines: TextIO, seed: int, go_on: GoOn, outcomes: list[dict[str, Any]]) -> None:
    """Until nobody says anything any more."""
    with lines:
        for line in lines:
            said = _read(line)
            if said.keys() == {"steps"}:
                go_on(seed, said["steps"])
            elif "trace" in said:
                outcomes.append(said)


def _read(line: str) -> dict[str, Any]:
    """What a line says; nothing when it was cut off, or is none of a seed's."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
