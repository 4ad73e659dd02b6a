"""The account's own bill, as Apify keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.apify.runs import microusd


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthlyUsage:
    """What a monthly cycle has cost so far, in millionths of USD, after discounts; and each of its days."""

    starts_on: date
    ends_on: date
    total_microusd: int
    by_day: Mapping[date, int]


def read_usage(data: object) -> MonthlyUsage:
    """The usage from the vendor's words. Raises ProviderFailed when they cannot be read."""
    fields = data if isinstance(data, dict) else {}
    cycle = fields.get("usageCycle")
    total = fields.get("totalUsageCreditsUsdAfterVolumeDiscount")
    starts_on, ends_on = (_day(cycle.get(name)) if isinstance(cycle, dict) else None for name in ("startAt", "endAt"))
    if starts_on is None or ends_on is None or isinstance(total, bool) or not isinstance(total, int | float):
        raise ProviderFailed("Apify's bill is unreadable.", outcome=Outcome.NOT_EXECUTED, code="unreadable")
    days = fields.get("dailyServiceUsages")
    by_day: dict[date, int] = {}
    for entry in days if isinstance(days, list) else []:
        day = _day(entry.get("date")) if isinstance(entry, dict) else None
        if day is not None:
            by_day[day] = by_day.get(day, 0) + microusd(entry.get("totalUsageCreditsUsd"))
    return MonthlyUsage(starts_on=starts_on, ends_on=ends_on, total_microusd=microusd(total), by_day=by_day)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
