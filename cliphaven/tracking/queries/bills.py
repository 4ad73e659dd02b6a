"""How Apify's bill compares with what was written down of its runs."""

from datetime import date

from cliphaven.tracking.models import VendorBill

DAYS_SHOWN = 31


def latest(*, at_most: int = DAYS_SHOWN) -> list[VendorBill]:
    """The days that were held against the vendor's bill, the latest first."""
    return list(VendorBill.objects.order_by("-billed_on")[:at_most])


def between(*, first: date, last: date) -> list[VendorBill]:
    """Those of these days that were held against the vendor's bill, the latest first."""
    return list(VendorBill.objects.filter(billed_on__gte=first, billed_on__lte=last).order_by("-billed_on"))
