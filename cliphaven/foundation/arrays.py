"""Columns for PostgreSQL: arrays as it reads them, written at once instead of value by value as drivers do."""

from collections.abc import Sequence
from datetime import datetime


def numbers(values: list[int] | list[int | None] | list[float] | list[float | None]) -> str:
    """An array of numbers, of the type int or float itself; None becomes null."""
    return "{" + repr(values)[1:-1].replace("None", "null") + "}"


def texts(values: Sequence[str]) -> str:
    """An array of texts."""
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return '{"' + joined + '"}' if values else "{}"


def moments(values: Sequence[datetime | None]) -> str:
    """An array of aware moments; None becomes null."""
    return "{" + ",".join(["null" if value is None else f'"{value.isoformat()}"' for value in values]) + "}"


def blobs(values: Sequence[bytes]) -> str:
    """An array of bytes."""
    # One backslash for the array, one for the bytes.
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"
