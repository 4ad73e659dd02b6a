"""What creators are asked to show of clips that earn much, where public counts cannot tell; and what they showed."""

from django.db import models

from cliphaven.clips.models import Clip


class AnalyticsRequest(models.Model):
    """A clip whose views are worth more than the policy lets pass unasked: once, and nothing follows from no answer.

    `worth_minor` is what its views earned by its rate when it was asked. The file is kept as it came, at most two
    megabytes, beside its SHA-256 and what its first bytes say that it is.
    """

    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, related_name="analytics_request")
    worth_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    asked_at = models.DateTimeField()
    text = models.TextField(max_length=4000, blank=True)
    file = models.BinaryField(null=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_kind = models.CharField(max_length=8, blank=True)
    file_sha256 = models.BinaryField(max_length=32, null=True)
    file_size = models.PositiveIntegerField(default=0)
    request_key = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(file=None, file_sha256=None, file_size=0, file_kind="", answered_at=None)
                | models.Q(
                    file__isnull=False,
                    file_sha256__isnull=False,
                    file_size__gte=1,
                    file_size__lte=2_097_152,
                    answered_at__isnull=False,
                )
                & ~models.Q(file_kind=""),
                name="analytics_given_are_described",
            ),
        )
        indexes = (models.Index(fields=("clip",), condition=models.Q(answered_at=None), name="analytics_waited_for"),)
