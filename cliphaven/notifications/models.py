"""Messages to people."""

from django.conf import settings
from django.db import models


class MessageState(models.TextChoices):
    """Where a message is."""

    QUEUED = "queued"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Message(models.Model):
    """One mail to one person about one event: (`user`, `key`) is unique, so that nobody is told twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    key = models.CharField(max_length=160)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    link = models.CharField(max_length=500, blank=True)
    secret = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=16, choices=MessageState.choices, default=MessageState.QUEUED)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_message_per_event_and_user"),)
