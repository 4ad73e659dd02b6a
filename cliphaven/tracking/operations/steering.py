"""Keeping to the budget: what a day may cost at each vendor, and the price that makes clips keep to it.

Every ten minutes the day's spending is counted, polls and whatever else was asked; a vendor whose budget is spent is
polled no more until the next day (UTC).
Once an hour the price of a poll takes a step: dearer where more was spent than a twenty-fourth of the day's budget.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Sum

from cliphaven.clips.models import PLATFORMS_OF, PauseReason, Vendor
from cliphaven.clips.operations import pauses
from cliphaven.clips.queries import questions
from cliphaven.foundation.transactions import own_transaction
from cliphaven.tracking.models import PriceStep, VendorCall, VendorPrice
from cliphaven.tracking.rules import pricing
from cliphaven.tracking.rules.policies import PRICE

STEP = timedelta(hours=1)
FIRST_PRICE: Mapping[str, float] = {Vendor.APIFY: PRICE, Vendor.YOUTUBE: 1.0}
LOWEST_PRICE: Mapping[str, float] = {Vendor.APIFY: PRICE, Vendor.YOUTUBE: 0.2}
"""However much budget is left, a paid poll is worth no less. At 0.3 cents a result, 12 USD·h are as if late money cost
18 % a month. YouTube's quota costs nothing; there the price only keeps clips from being read more than once an hour."""
STEPS_KEPT = timedelta(days=400)
"""A year, and the month that is held against the same one of the year before."""
_HOURS_OF_DAY = 24
_MICRO = 1_000_000


@own_transaction
def steer(*, now: datetime) -> None:
    """Count what the day has cost so far, stop where its budget is spent, and step the prices when it is time."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for vendor in Vendor:
        VendorPrice.objects.bulk_create([VendorPrice(vendor=vendor, price=FIRST_PRICE[vendor])], ignore_conflicts=True)
        row = VendorPrice.objects.select_for_update().get(vendor=vendor)
        row.spent, row.budget, row.counted_at = _spent(vendor, midnight, now), _budget_of(vendor), now
        if row.spent >= row.budget:
            row.used_up_until = midnight + timedelta(days=1)
            pauses.begin(vendor=vendor, reason=PauseReason.BUDGET, ends_at=row.used_up_until, now=now)
        elif row.used_up_until is not None and row.used_up_until > now:
            row.used_up_until = now  # the budget was raised; what is over stays to be seen
            pauses.end(vendor=vendor, reason=PauseReason.BUDGET, now=now)
        _step(row, now)
        row.save()


@own_transaction
def forget_steps(*, now: datetime) -> int:
    """Drop the steps of prices that nobody looks at any more; answers how many."""
    return PriceStep.objects.filter(stepped_at__lt=now - STEPS_KEPT).delete()[0]


def _budget_of(vendor: Vendor) -> int:
    """What a day of polls may cost: millionths of USD for Apify, units of quota for YouTube."""
    return round(settings.APIFY_BUDGET_USD * _MICRO) if vendor is Vendor.APIFY else settings.YOUTUBE_BUDGET_UNITS


def _step(row: VendorPrice, now: datetime) -> None:
    if row.stepped_at is not None and now - row.stepped_at < STEP:
        return
    if row.stepped_at is not None:
        # After a pause of the whole house the hours in which nothing was asked count, too: that much was saved.
        spent = _spent(Vendor(row.vendor), row.stepped_at, now) / ((now - row.stepped_at) / STEP)
        planned = row.budget / _HOURS_OF_DAY
        row.price = pricing.stepped_price(row.price, spent=spent, planned=planned, lowest=LOWEST_PRICE[row.vendor])
        PriceStep.objects.create(vendor=row.vendor, price=row.price, spent=spent, planned=planned, stepped_at=now)
    row.stepped_at = now


def _spent(vendor: Vendor, since: datetime, until: datetime) -> int:
    """What was asked of a vendor came to: polls, and questions about profiles and about who made clips."""
    polls = VendorCall.objects.filter(
        platform__in=PLATFORMS_OF[vendor], started_at__gte=since, started_at__lt=until
    ).aggregate(calls=Count("id"), cost=Sum("cost_microusd", default=0))
    asked, paid = questions.asked_between(platforms=PLATFORMS_OF[vendor], since=since, until=until)
    # A call to YouTube costs one unit, whatever it asks for and whatever comes of it.
    return int(polls["cost"]) + paid if vendor is Vendor.APIFY else int(polls["calls"]) + asked
