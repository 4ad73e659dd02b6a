"""What is still in the hold period and will be payable by a coming moment, as things stand."""

from datetime import datetime

from django.db.models import Max, Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import Accrual, Stage
from cliphaven.earnings.queries import PayablePart, remaining


def parts_clearing_until(at: datetime) -> list[PayablePart]:
    """What clears by itself until `at`, by creator, campaign and currency, in the shape of what is payable already.

    They name no accruals: nothing of it can be reserved yet.
    """
    rows = (
        Accrual.objects.filter(stage=Stage.CLEARING, clears_at__lte=at)
        .annotate(left_minor=remaining.left())
        .values("creator_id", "campaign_id", "currency")
        .annotate(left=Sum("left_minor"), last=Max("clears_at"))
        .order_by("creator_id", "campaign_id", "currency")
    )
    found = [row for row in rows if row["left"]]
    ended = campaigns.ended_campaigns([row["campaign_id"] for row in found])
    return [
        PayablePart(
            creator_id=row["creator_id"],
            campaign_id=row["campaign_id"],
            currency=row["currency"],
            amount_minor=int(row["left"]),
            accrual_ids=(),
            campaign_ended=row["campaign_id"] in ended,
            last_cleared_at=row["last"],
        )
        for row in found
    ]
