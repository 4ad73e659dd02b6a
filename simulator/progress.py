"""How far a run is, for whoever waits: a bar on a terminal, a line a seed elsewhere."""

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from simulator.runs import SeedRun

WORDS_SHOWN = 200
# A seed takes about so many steps more while it heals; how many, nobody knows before.
HEALING_STEPS = 3_700
# What is not over yet is never shown as if it were.
ALMOST = 0.99


class Progress:
    """Told of each seed that is over, and of how far the others are."""

    def __init__(self, *, seeds: int, steps_each: int, shown: bool) -> None:
        """A seed takes `steps_each` before it heals. Nothing is shown unless `shown`."""
        self._console = Console(stderr=True, quiet=not shown)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not shown or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("seeds", total=seeds)
        self._steps_of_a_seed = steps_each + HEALING_STEPS
        self._over = self._steps = 0
        self._under_way: dict[int, int] = {}
        self._counting = threading.Lock()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def over(self, run: SeedRun) -> None:
        """One more seed is over."""
        with self._counting:
            self._under_way.pop(run.seed, None)
            self._steps += run.facts["steps"]
            self._over += 1
            self._move()
        if run.violation is not None:
            self._console.print(f"seed {run.seed}: {run.violation[:WORDS_SHOWN]}", markup=False)
        elif not self._console.is_terminal:
            self._console.print(f"seed {run.seed}: {run.facts['steps']:,} steps, held", markup=False)

    def go_on(self, seed: int, steps: int) -> None:
        """A seed that is being played has taken so many steps."""
        with self._counting:
            self._under_way[seed] = steps
            self._move()

    @property
    def shown(self) -> float:
        """Where the bar stands, in seeds: a seed that is being played counts as the part that it probably is."""
        return float(self._bar.tasks[self._task].completed)

    def _move(self) -> None:
        parts = [min(steps / self._steps_of_a_seed, ALMOST) for steps in self._under_way.values()]
        steps = self._steps + sum(self._under_way.values())
        self._bar.update(self._task, completed=self._over + sum(parts), description=f"{steps:,} steps")
