"""By which policy this installation polls, what a poll must be worth just now, and what it had to be before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from cliphaven.clips.models import vendor_of
from cliphaven.tracking.models import PriceStep
from cliphaven.tracking.rules import policies

STEPS_SHOWN_MAX = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceLine:
    """A step of a vendor's price: what a poll had to be worth from then on, in USD·h.

    In an hour before it `spent` was spent where `planned` was planned: millionths of USD, or units of YouTube's quota.
    """

    vendor: str
    price: float
    spent: float
    planned: float
    stepped_at: datetime


def current_policy() -> policies.Policy:
    """The policy of this installation. Raises UnknownPolicy for a setting that names none."""
    return policies.Policy.parse(settings.POLLING_POLICY)


def current_price(platform: str) -> float:
    """What a poll by the platform's vendor must be worth just now, in USD·h."""
    # Asked with every call that is recorded: to put these few words together would take longer than the answer.
    with connection.cursor() as cursor:
        cursor.execute("select price from tracking_vendorprice where vendor = %s", [vendor_of(platform)])
        row = cursor.fetchone()
    return policies.PRICE if row is None else float(row[0])


def price_steps(*, since: datetime, vendor: str = "") -> Sequence[PriceLine]:
    """The steps of prices from then on, the latest first; of one vendor where given. At most STEPS_SHOWN_MAX."""
    steps = PriceStep.objects.filter(stepped_at__gte=since)
    if vendor:
        steps = steps.filter(vendor=vendor)
    return [
        PriceLine(
            vendor=step.vendor,
            price=step.price,
            spent=step.spent,
            planned=step.planned,
            stepped_at=step.stepped_at,
        )
        for step in steps.order_by("-stepped_at", "vendor")[:STEPS_SHOWN_MAX]
    ]
