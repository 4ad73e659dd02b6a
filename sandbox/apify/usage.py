"""The account's bill for the current month."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sandbox.apify.visit import iso
from sandbox.store import Json
from sandbox.world import World

_SERVICE = "PAID_ACTORS_PER_EVENT"


def monthly_usage(world: World) -> Json:
    """All that was charged since the first of the month, in US dollars."""
    now = world.clock.now()
    start = datetime(now.year, now.month, 1, tzinfo=UTC)
    end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC) - timedelta(milliseconds=1)
    bill = world.store.get("apify_bill", f"{now:%Y-%m}") or {"usd": "0", "runs": 0, "items": 0}
    amount = float(Decimal(bill["usd"]))
    return {
        "usageCycle": {"startAt": iso(start.timestamp()), "endAt": iso(end.timestamp())},
        "monthlyServiceUsage": {
            _SERVICE: {"quantity": bill["items"], "baseAmountUsd": amount, "amountAfterVolumeDiscountUsd": amount}
        },
        "dailyServiceUsages": [],
        "totalUsageCreditsUsdBeforeVolumeDiscount": amount,
        "totalUsageCreditsUsdAfterVolumeDiscount": amount,
    }
