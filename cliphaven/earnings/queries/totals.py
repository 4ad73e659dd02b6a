"""What everybody has earned, all in all."""

from django.db.models import F, Sum

from cliphaven.earnings.models import Accrual


def net_by_creator() -> dict[tuple[int, str], int]:
    """What views have earned each creator in each currency, less our fee, in minor units; voids are not taken off."""
    sums = (
        Accrual.objects.order_by()
        .values_list("creator_id", "currency")
        .annotate(net=Sum(F("gross_minor") - F("fee_minor")))
    )
    return {(creator_id, currency): int(net) for creator_id, currency, net in sums}


def net_by_campaign() -> dict[tuple[int, int], int]:
    """What views have earned each creator in each campaign, less our fee, in minor units; voids are not taken off."""
    sums = (
        Accrual.objects.order_by()
        .values_list("creator_id", "campaign_id")
        .annotate(net=Sum(F("gross_minor") - F("fee_minor")))
    )
    return {(creator_id, campaign_id): int(net) for creator_id, campaign_id, net in sums}
