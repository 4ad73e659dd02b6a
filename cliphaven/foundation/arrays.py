"""Columns for PostgreSQL: arrays as it reads them, written at once instead of value by value as drivers do."""

from collections.abc import Sequence


def numbers(values: list[int] | list[int | None]) -> str:
    """An array of whole numbers, of the type int itself; None becomes null."""
    return "{" + repr(values)[1:-1].replace("None", "null") + "}"


def texts(values: Sequence[str]) -> str:
    """An array of texts."""
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return '{"' + joined + '"}' if values else "{}"
