"""What is left of accruals: the net less what was taken of it for reversed earnings."""

from collections.abc import Collection

from django.db import connection
from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from cliphaven.earnings.models import Deduction
from cliphaven.foundation import arrays


def left() -> Combinable:
    """An expression over accruals: what is left of each, in minor units."""
    taken = (
        Deduction.objects.filter(accrual_id=OuterRef("pk"))
        .values("accrual_id")
        .annotate(taken=Sum("amount_minor"))
        .values("taken")
        .order_by()
    )
    return F("gross_minor") - F("fee_minor") - Coalesce(Subquery(taken, output_field=BigIntegerField()), Value(0))


def taken_of(accrual_ids: Collection[int]) -> dict[int, int]:
    """What was taken of each of the accruals; those of which nothing was are absent."""
    # One array: thousands of ids as arguments of their own take longer than the rows.
    with connection.cursor() as cursor:
        cursor.execute(
            "select accrual_id, sum(amount_minor) from earnings_deduction where accrual_id = any(%s::bigint[])"
            " group by accrual_id",
            [arrays.numbers(list(accrual_ids))],
        )
        return {accrual_id: int(taken) for accrual_id, taken in cursor.fetchall()}


def taken_of_holds(hold_ids: Collection[int]) -> dict[int, int]:
    """What was taken of the money of each of the holds; those of which nothing was are absent."""
    rows = Deduction.objects.filter(hold_id__in=hold_ids).values_list("hold_id").annotate(Sum("amount_minor"))
    return {hold_id: int(taken) for hold_id, taken in rows.order_by() if hold_id is not None}
