"""By which policy this installation polls, and what a poll must be worth just now."""

from django.conf import settings
from django.db import connection

from cliphaven.tracking.models import vendor_of
from cliphaven.tracking.rules import policies


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
