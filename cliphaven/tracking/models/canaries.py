"""Control videos whose counts are known, and what each call that they rode along with said of them."""

from django.db import models

from cliphaven.campaigns.models import Platform
from cliphaven.identity.models import User
from cliphaven.tracking.models.calls import VendorCall


class Canary(models.Model):
    """A video whose count is known: `views` at `known_at`, and at most `growth_per_day` more for each day since.

    It rides along with calls until somebody of the staff retires it. A right reading becomes what is known.
    """

    platform = models.CharField(max_length=16, choices=Platform.choices)
    video_id = models.CharField(max_length=32)
    url = models.CharField(max_length=500)
    views = models.BigIntegerField()
    known_at = models.DateTimeField()
    growth_per_day = models.BigIntegerField(default=0)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    added_because = models.CharField(max_length=300)
    added_at = models.DateTimeField()
    rode_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    retired_because = models.CharField(max_length=300, blank=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("platform", "video_id"), condition=models.Q(retired_at=None), name="one_canary_per_video"
            ),
            models.CheckConstraint(
                condition=models.Q(views__gte=0, views__lte=10**11, growth_per_day__gte=0),
                name="canary_counts_in_bounds",
            ),
        )
        indexes = (
            models.Index(fields=("platform", "rode_at"), condition=models.Q(retired_at=None), name="canaries_to_ride"),
        )


class CanaryReading(models.Model):
    """What one call said of one canary, beside the fewest and the most views that could have been right."""

    canary = models.ForeignKey(Canary, on_delete=models.PROTECT, related_name="readings")
    call = models.ForeignKey(VendorCall, on_delete=models.PROTECT, related_name="canary_readings")
    outcome = models.CharField(max_length=24)
    views = models.BigIntegerField(null=True)
    fewest = models.BigIntegerField()
    most = models.BigIntegerField()
    verdict = models.CharField(
        max_length=8, choices=[("right", "right"), ("wrong", "wrong"), ("unread", "not measured")]
    )
    read_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("canary", "call"), name="one_reading_per_canary_and_call"),)
