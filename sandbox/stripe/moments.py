"""Spans of time and the days of the bank's calendar. Moments are Unix seconds of the world's clock."""

from datetime import UTC, datetime, timedelta
from typing import Final

HOUR: Final = 3_600
DAY: Final = 24 * HOUR
_SATURDAY: Final = 5


def midnight(moment: int) -> int:
    """The beginning of the moment's day, UTC."""
    return moment - moment % DAY


def business_days_later(moment: int, days: int) -> int:
    """Midnight UTC at the beginning of the business day that is `days` business days after the moment's day."""
    day = datetime.fromtimestamp(midnight(moment), UTC)
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days -= 1
    return int(day.timestamp())
