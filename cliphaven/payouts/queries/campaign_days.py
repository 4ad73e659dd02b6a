"""What campaigns paid out day by day."""

from datetime import UTC, date, datetime

from django.db.models import Sum
from django.db.models.functions import TruncDate

from cliphaven.payouts.models import Transfer
from cliphaven.payouts.queries.batches import SENT


def sent_days(*, since: datetime, until: datetime) -> dict[tuple[int, date], int]:
    """What went to Stripe for creators from `since` on and before `until`, by campaign and day (UTC), in minor units of
    the campaign's currency; days without a transfer are absent."""
    rows = (
        Transfer.objects.filter(state__in=SENT, settled_at__gte=since, settled_at__lt=until)
        .annotate(day=TruncDate("settled_at", tzinfo=UTC))
        .values_list("campaign_id", "day")
        .annotate(sent_minor=Sum("amount_minor"))
        .order_by()
    )
    return {(campaign_id, day): int(sent_minor) for campaign_id, day, sent_minor in rows}
