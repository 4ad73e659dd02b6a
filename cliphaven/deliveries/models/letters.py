"""What endpoints are told, and each try to tell them."""

import uuid

from django.conf import settings
from django.db import models

from cliphaven.deliveries.models.endpoints import Endpoint
from cliphaven.deliveries.rules.pace import Result


class Event(models.Model):
    """Something that happened, as it is told: written with the fact, once for whoever it is told to, and never changed.

    `key` names the fact. `body` is what goes out, byte for byte, on each try.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("identity.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    type = models.CharField(max_length=32)
    key = models.CharField(max_length=160)
    body = models.TextField()
    happened_at = models.DateTimeField()
    """In the product's time, as in the letter."""

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "key"),
                condition=models.Q(user=None),
                name="one_event_per_fact_and_organisation",
            ),
            models.UniqueConstraint(
                fields=("user", "key"), condition=models.Q(organisation=None), name="one_event_per_fact_and_creator"
            ),
        )


class DeliveryState(models.TextChoices):
    """Where a letter is."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed", "given up"
    KEPT = "kept", "the endpoint was off"


class Delivery(models.Model):
    """An event on its way to one endpoint. Its moments are the wall's.

    A round of tries begins with the letter, and anew each time that somebody has it sent again.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    type = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=DeliveryState.choices)
    tries = models.IntegerField(default=0)
    tries_of_round = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("endpoint", "event"), name="one_delivery_per_event_and_endpoint"),
            models.CheckConstraint(
                condition=models.Q(state="waiting", next_try_at__isnull=False)
                | (~models.Q(state="waiting") & models.Q(next_try_at=None)),
                name="what_waits_is_tried_again",
            ),
        )
        indexes = (
            models.Index(fields=("endpoint", "-id"), name="deliveries_of_endpoint"),
            models.Index(fields=("next_try_at",), condition=models.Q(state="waiting"), name="deliveries_to_try"),
            models.Index(fields=("claimed_at",), condition=models.Q(state="sending"), name="deliveries_under_way"),
            models.Index(fields=("written_at",), name="deliveries_by_age"),
        )


class DeliveryTry(models.Model):
    """One try to deliver, and what came back: written before the letter goes out, and ended once."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    number = models.IntegerField()
    began_at = models.DateTimeField()
    result = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Result], blank=True)
    """Empty while it is under way."""
    status = models.IntegerField(null=True)
    took_ms = models.IntegerField(null=True)
    answer = models.CharField(max_length=1024, blank=True)
    """How it began."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("delivery", "number"), name="each_try_is_made_once"),)
