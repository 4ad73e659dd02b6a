"""Ids of observations carry their month: the month's number times a million million, plus a running number. Pure."""

from datetime import UTC, datetime

IDS_OF_A_MONTH = 10**12
MONTHS_AHEAD = 3
_FIRST_YEAR = 2000


def month_number(moment: datetime) -> int:
    """The number of the moment's month in UTC; January 2000 is 0."""
    moment = moment.astimezone(UTC)
    return (moment.year - _FIRST_YEAR) * 12 + moment.month - 1


def months_to_make(now: datetime) -> tuple[int, ...]:
    """The months whose partitions there should be now: this one and the next three."""
    this = month_number(now)
    return tuple(range(this, this + MONTHS_AHEAD + 1))
