"""The account's bill for a month, and for each of its days."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sandbox.apify.visit import iso
from sandbox.store import Json
from sandbox.world import World

_SERVICE = "PAID_ACTORS_PER_EVENT"


def monthly_usage(world: World, day: datetime) -> Json:
    """All that was charged in the month of that day, in US dollars."""
    start = datetime(day.year, day.month, 1, tzinfo=UTC)
    end = datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=UTC) - timedelta(milliseconds=1)
    bill = world.store.get("apify_bill", f"{day:%Y-%m}") or {"usd": "0", "runs": 0, "items": 0, "days": {}}
    amount = float(Decimal(bill["usd"]))
    return {
        "usageCycle": {"startAt": iso(start.timestamp()), "endAt": iso(end.timestamp())},
        "monthlyServiceUsage": {
            _SERVICE: {"quantity": bill["items"], "baseAmountUsd": amount, "amountAfterVolumeDiscountUsd": amount}
        },
        "dailyServiceUsages": [
            {"date": f"{date}T00:00:00.000Z", "serviceUsage": {}, "totalUsageCreditsUsd": float(Decimal(usd))}
            for date, usd in sorted(bill.get("days", {}).items())
        ],
        "totalUsageCreditsUsdBeforeVolumeDiscount": amount,
        "totalUsageCreditsUsdAfterVolumeDiscount": amount,
    }
