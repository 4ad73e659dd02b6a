"""What a day of polls may cost at each vendor, what it has cost, and what a poll must be worth because of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips.models import Vendor
from cliphaven.tracking.models import VendorPrice


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorBudget:
    """One vendor's day: `spent` of `budget`, in millionths of USD for Apify and in units of quota for YouTube.

    `price` is what a poll must be worth, in USD·h. Until `used_up_until` nothing more is asked.
    """

    vendor: str
    label: str
    is_money: bool
    spent: int
    budget: int
    price: float
    counted_at: datetime | None
    used_up_until: datetime | None

    @property
    def price_said(self) -> str:
        """The price for people."""
        return f"{self.price:,.2f}"


def budgets() -> Sequence[VendorBudget]:
    """Each vendor's day as it was counted last; vendors that were never counted are absent."""
    return [
        VendorBudget(
            vendor=row.vendor,
            label=str(Vendor(row.vendor).label),
            is_money=row.vendor == Vendor.APIFY,
            spent=row.spent,
            budget=row.budget,
            price=row.price,
            counted_at=row.counted_at,
            used_up_until=row.used_up_until,
        )
        for row in VendorPrice.objects.order_by("vendor")
    ]
