"""Accruals: views that became money owed."""

from django.db import models

from cliphaven.campaigns.models import Campaign, Terms
from cliphaven.clips.models import Clip
from cliphaven.identity.models import User
from cliphaven.tracking.models import Observation


class Accrual(models.Model):
    """One step of one clip's earnings, from one believed count to the next.

    The money stands in the ledger under (accrual, `{clip}:{number}`); this row says which views and terms made it.
    `unfunded_minor` is what the budget could no longer pay of this step.
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="accruals")
    number = models.PositiveIntegerField()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="accruals")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="accruals")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+")
    from_observation = models.ForeignKey(Observation, on_delete=models.PROTECT, null=True, related_name="+")
    to_observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="+")
    views_from = models.BigIntegerField()
    views_to = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    unfunded_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    accrued_at = models.DateTimeField()
    clears_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    # The transfer item that pays this accrual, as the room of payouts numbers them; None while nothing does.
    reserved_for = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("clip", "number"), name="accruals_are_numbered"),
            models.CheckConstraint(condition=models.Q(gross_minor__gte=1), name="accrual_gross_positive"),
            models.CheckConstraint(
                condition=models.Q(fee_minor__gte=0, fee_minor__lte=models.F("gross_minor")),
                name="accrual_fee_within_gross",
            ),
            models.CheckConstraint(condition=models.Q(unfunded_minor__gte=0), name="accrual_unfunded_not_negative"),
            models.CheckConstraint(
                condition=models.Q(reserved_for__isnull=True) | models.Q(cleared_at__isnull=False),
                name="only_cleared_accruals_are_reserved",
            ),
        )
        indexes = (
            models.Index(fields=("clears_at",), condition=models.Q(cleared_at__isnull=True), name="accruals_to_clear"),
            models.Index(
                fields=("creator", "campaign"),
                condition=models.Q(cleared_at__isnull=False, reserved_for__isnull=True),
                name="accruals_to_pay",
            ),
            models.Index(fields=("creator", "-accrued_at"), name="accruals_by_creator"),
        )

    @property
    def net_minor(self) -> int:
        """What the creator gets of it."""
        return self.gross_minor - self.fee_minor
