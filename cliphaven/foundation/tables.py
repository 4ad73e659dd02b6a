"""Tables as files for spreadsheets: the only place that writes CSV, so that no cell is ever run as a formula.

What people wrote is text in every spreadsheet, also in one that takes semicolons for the ends of cells. Numbers of ours
stay numbers, negative ones too.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Protocol


class Target(Protocol):
    """What can be written to: a file, or an answer on its way."""

    def write(self, text: str, /) -> object:
        """Take some text."""


# What spreadsheets take for the beginning of a formula, in both widths.
_MARKS = "=+\\-@＝＋－＠"
# At the beginning, or after what some spreadsheet takes for the end of a cell, past quotes and spaces.
_FORMULA = re.compile(f"(^|[;\t\r\n])([\\s'\"]*[{_MARKS}])")
_STEERS_AT_THE_BEGINNING = ("\t", "\r", "\n")


class Number(str):
    """Digits of our own making, such as "-12.50", that a spreadsheet may add up."""

    __slots__ = ()


def harmless(text: str) -> str:
    """The same text with an apostrophe before whatever a spreadsheet would compute. A Number stays as it is."""
    if isinstance(text, Number):
        return text
    safe = _FORMULA.sub(r"\1'\2", text.replace("\0", ""))
    return f"'{safe}" if safe.lstrip(" ").startswith(_STEERS_AT_THE_BEGINNING) else safe


def write_csv(target: Target, *, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write the heads of the columns and the rows, and answer how many rows; every text in them is made harmless."""
    writer = csv.writer(target)
    writer.writerow(columns)
    written = 0
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        written += 1
    return written
