"""Columns for PostgreSQL: arrays as it reads them, written at once instead of value by value as drivers do."""

from collections.abc import Iterable, Sequence


def numbers(values: Iterable[int | None]) -> str:
    """An array of whole numbers; None becomes null."""
    return "{" + ",".join(["null" if value is None else str(value) for value in values]) + "}"


def texts(values: Sequence[str]) -> str:
    """An array of texts."""
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return '{"' + joined + '"}' if values else "{}"
