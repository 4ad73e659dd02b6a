"""What campaigns owed their creators day by day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from cliphaven.earnings.models import Accrual


@dataclass(frozen=True, kw_only=True, slots=True)
class AccruedDay:
    """What a campaign's clips earned their creators on a day: net of the fee and of what was reversed, minor units."""

    campaign_id: int
    day: date
    currency: str
    net_minor: int


def accrued_days(*, since: datetime, until: datetime) -> list[AccruedDay]:
    """What campaigns' clips earned from `since` on and before `until`, by campaign and day (UTC)."""
    rows = (
        Accrual.objects.filter(accrued_at__gte=since, accrued_at__lt=until, reversal=None)
        .annotate(day=TruncDate("accrued_at", tzinfo=UTC))
        .values_list("campaign_id", "day", "currency")
        .annotate(net=Sum(F("gross_minor") - F("fee_minor")))
        .order_by("day", "campaign_id")
    )
    return [
        AccruedDay(campaign_id=campaign_id, day=day, currency=currency, net_minor=int(net_minor))
        for campaign_id, day, currency, net_minor in rows
    ]
