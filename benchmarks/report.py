"""What is said about a run: a table for the terminal and for docs/performance.md, and lines for machines."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks.frame import Figure, Result
from simulator import pages

PERFORMANCE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def as_text(result: Result, facts: Mapping[str, str]) -> str:
    """The result as Markdown, which reads well on a terminal, too."""
    parts = []
    if result.figures:
        rows = [(figure.name, number(figure), _wanted(figure), _verdict(figure)) for figure in result.figures]
        parts.append(pages.table(("figure", "measured", "to reach", ""), rows, numbers=True))
    parts += [f"{table.title}:\n\n{pages.table(table.head, table.rows, numbers=True)}" for table in result.tables]
    parts.append(f"Measured on {facts['day']}: {', '.join(value for name, value in facts.items() if name != 'day')}.")
    return "\n\n".join(parts) + "\n"


def as_json(name: str, result: Result, facts: Mapping[str, str], *, quick: bool) -> str:
    """One line that holds everything, for whoever compares runs."""
    figures = [{**asdict(figure), "is_reached": figure.is_reached} for figure in result.figures]
    tables = [asdict(table) for table in result.tables]
    return json.dumps(
        {"benchmark": name, "quick": quick, "machine": dict(facts), "figures": figures, "tables": tables},
        ensure_ascii=False,
    )


def number(figure: Figure) -> str:
    """A figure's value as people read it."""
    return f"{_digits(figure.value)} {figure.unit}".strip()


def _wanted(figure: Figure) -> str:
    return "" if figure.limit is None else f"{figure.reach} {_digits(figure.limit)} {figure.unit}".strip()


def _verdict(figure: Figure) -> str:
    return {None: "", True: "reached", False: "**not reached**"}[figure.is_reached]


def _digits(value: float) -> str:
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"
