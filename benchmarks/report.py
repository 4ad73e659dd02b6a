"""What is said about a run: a table for the terminal and for docs/performance.md, and lines for machines."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.frame import Figure, Result

PERFORMANCE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def as_text(result: Result, facts: Mapping[str, str]) -> str:
    """The result as Markdown, which reads well on a terminal, too."""
    parts = []
    if result.figures:
        rows = [(figure.name, number(figure), _wanted(figure), _verdict(figure)) for figure in result.figures]
        parts.append(_table(("figure", "measured", "to reach", ""), rows))
    parts += [f"{table.title}:\n\n{_table(table.head, table.rows)}" for table in result.tables]
    parts.append(f"Measured on {facts['day']}: {', '.join(_phrases(facts))}.")
    return "\n\n".join(parts) + "\n"


def as_json(name: str, result: Result, facts: Mapping[str, str], *, quick: bool) -> str:
    """One line that holds everything, for whoever compares runs."""
    figures = [{**asdict(figure), "is_reached": figure.is_reached} for figure in result.figures]
    tables = [asdict(table) for table in result.tables]
    return json.dumps(
        {"benchmark": name, "quick": quick, "machine": dict(facts), "figures": figures, "tables": tables},
        ensure_ascii=False,
    )


def write_down(name: str, text: str, page: Path = PERFORMANCE) -> None:
    """Put the text between the benchmark's two markers in the page. Raises ValueError where they are missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before = page.read_text()
    if begin not in before or end not in before:
        raise ValueError(f"{page.name} has no place for {name}: it needs the lines {begin} and {end}")
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    page.write_text(re.sub(pattern, lambda _: f"{begin}\n\n{text}\n{end}", before, flags=re.S))


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


def _phrases(facts: Mapping[str, str]) -> list[str]:
    named = {"python": "Python", "postgresql": "PostgreSQL"}
    return [f"{named[name]} {value}" if name in named else value for name, value in facts.items() if name != "day"]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    # The first column holds names; all others numbers, which stand to the right.
    lines = [_line(head, widths), "|" + "|".join(_rule(width, column) for column, width in enumerate(widths)) + "|"]
    return "\n".join(lines + [_line(row, widths) for row in rows])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = [
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join([first, *others]) + " |"


def _rule(width: int, column: int) -> str:
    return "-" * (width + 2) if column == 0 else "-" * (width + 1) + ":"
