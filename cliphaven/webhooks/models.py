"""What vendors told us."""

from django.db import models


class ProviderEvent(models.Model):
    """One webhook, stored once by the vendor's own id. It is a hint: the object it names is fetched again."""

    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=255)
    event_type = models.CharField(max_length=120)
    connected_account = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=255, blank=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "event_id"), name="one_row_per_event"),)
        indexes = (
            models.Index(fields=("received_at",), condition=models.Q(handled_at__isnull=True), name="events_to_handle"),
        )
