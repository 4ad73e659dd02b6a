"""How far a run is, for whoever waits: a bar on a terminal, a line a seed elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from simulator.runs import SeedRun

WORDS_SHOWN = 200


class Progress:
    """Told of each seed that is over."""

    def __init__(self, *, seeds: int, shown: bool) -> None:
        """Nothing is shown unless `shown`."""
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
        self._steps = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def over(self, run: SeedRun) -> None:
        """One more seed is over."""
        self._steps += run.facts["steps"]
        self._bar.update(self._task, advance=1, description=f"{self._steps:,} steps")
        if run.violation is not None:
            self._console.print(f"seed {run.seed}: {run.violation[:WORDS_SHOWN]}", markup=False)
        elif not self._console.is_terminal:
            self._console.print(f"seed {run.seed}: {run.facts['steps']:,} steps, held", markup=False)
