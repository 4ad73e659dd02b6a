"""Lengths of time as hours and back: rates are views an hour, moments are the database's."""

from datetime import timedelta

_SECONDS = 3600.0


def hours(length: timedelta) -> float:
    """A length of time in hours."""
    return length.total_seconds() / _SECONDS


def length(of_hours: float) -> timedelta:
    """So many hours as a length of time."""
    return timedelta(seconds=of_hours * _SECONDS)
