"""Tables that are measured and kept in pages, between two marks that nobody sees; and where they were measured."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path


def keep(page: Path, name: str, what: str) -> None:
    """Put Markdown in place of what stood between the page's marks `<!-- name: begin -->` and `<!-- name: end -->`.

    Raises ValueError when the page has no such marks.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.read_text().partition(begin)
    _, ends, after = rest.partition(end)
    if not (found and ends):
        raise ValueError(f"{page} has no place for {name}: it lacks {begin} and {end}")
    page.write_text(f"{before}{begin}\n\n{what.strip()}\n\n{end}{after}")


def has_place(page: Path, name: str) -> bool:
    """Whether `keep` would find the marks that it needs."""
    _, found, rest = page.read_text().partition(f"<!-- {name}: begin -->")
    return bool(found) and f"<!-- {name}: end -->" in rest


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = False) -> str:
    """A table in Markdown, its columns aligned for whoever reads the source.

    With `numbers`, all columns but the first hold numbers, which stand to the right.
    """
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [_line(row, widths, numbers=numbers) for row in (head, *rows)]
    lines.insert(1, "|" + "|".join(_rule(width, numbers and column > 0) for column, width in enumerate(widths)) + "|")
    return "\n".join(lines)


def measured_on() -> dict[str, str]:
    """The machine and its programs, by kind: numbers mean nothing without them."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"Python {platform.python_version()}",
    }


def _line(cells: Sequence[str], widths: Sequence[int], *, numbers: bool) -> str:
    aligned = [
        cell.rjust(width) if numbers and column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(aligned)} |"


def _rule(width: int, to_the_right: bool) -> str:
    return "-" * (width + 1) + ":" if to_the_right else "-" * (width + 2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
