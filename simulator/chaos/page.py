"""What is said about a run: one JSON object, and a table for docs/chaos.md."""

import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simulator import pages

PAGE = Path(__file__).resolve().parents[2] / "docs" / "chaos.md"


def machine(postgres: str) -> str:
    """Where a run took place."""
    return f"{', '.join(pages.measured_on().values())}, PostgreSQL {postgres}"


def seconds(values: Iterable[float]) -> dict[str, float]:
    """The middle one and the longest."""
    known = sorted(values)
    if not known:
        return {"p50": 0.0, "max": 0.0}
    return {"p50": round(statistics.median(known), 2), "max": round(known[-1], 2)}


def as_table(told: dict[str, Any]) -> str:
    """The run as Markdown."""
    restart, answers = told["restart_s"], told["answers"]
    rows = [
        ("kill -9 of PostgreSQL under load", f"{told['postgres_kills']:,}"),
        ("from its start to the first answered query, p50 / max", f"{restart['p50']:.2f} s / {restart['max']:.2f} s"),
        ("SIGKILL of web servers, workers, schedulers", f"{told['process_kills']:,}"),
        ("acts acknowledged / refused / in doubt", " / ".join(f"{told['acts'][word]:,}" for word in ACTS)),
        ("acknowledged and lost", f"{told['lost']:,}"),
        ("refused, or done twice, and in the books", f"{told['invented']:,}"),
        ("in doubt, found present / found absent", f"{told['in_doubt']['present']:,} / {told['in_doubt']['absent']:,}"),
        ("answers 2xx and 3xx / 4xx / 503 with Retry-After / none", _answers(answers)),
        ("answers that nobody may ever see", f"{len(told['wrong']):,}"),
        ("reads whose numbers were added up", f"{told['reads']:,}"),
        ("difference to Stripe after healing, minor units", f"{told['difference_minor']:,}"),
        ("invariants that hold after healing", f"{told['invariants']:,}"),
        ("lines that the processes wrote, searched for secrets", f"{told['log_lines']:,}"),
        ("from the last fault until all of this was so", f"{told['healed_s']:.0f} s"),
        ("sessions in PostgreSQL before / after / without the house", " / ".join(map(str, told["sessions"]))),
    ]
    faults = [(name, f"{count:,}") for name, count in told["faults"].items()]
    return "\n\n".join(
        (
            f"Seed {told['seed']}, commit {told['commit']}, {told['minutes']:g} minutes under fire,"
            f" {told['weeks']:.1f} weeks of the house's time. {told['machine']}.",
            _table(("what", "measured"), rows),
            _table(("fault", "times"), faults),
        )
    )


def write_down(told: dict[str, Any], page: Path = PAGE) -> None:
    """Put the table between the page's two markers. Raises ValueError where they are missing."""
    pages.keep(page, "run", as_table(told))


ACTS = ("acknowledged", "refused", "unknown")


def _answers(statuses: dict[str, int]) -> str:
    def count(*begin: str) -> str:
        return f"{sum(number for status, number in statuses.items() if status.startswith(begin)):,}"

    return " / ".join((count("2", "3"), count("4"), count("503"), count("no")))


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    names, values = (max(len(row[column]) for row in (head, *rows)) for column in (0, 1))
    lines = [f"| {name:<{names}} | {value:>{values}} |" for name, value in (head, *rows)]
    return "\n".join([lines[0], f"| {'-' * names} | {'-' * (values - 1)}: |", *lines[1:]])
