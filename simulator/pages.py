"""Tables that are measured and kept in pages, between two marks that nobody sees."""

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


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown, its columns aligned for whoever reads the source."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, *rows)
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
