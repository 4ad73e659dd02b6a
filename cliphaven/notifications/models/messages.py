"""Messages to people: each stands in their inbox, and goes out by mail as they want it."""

from django.conf import settings
from django.db import models

from cliphaven.notifications.rules import UNSEEN, Kind


class MessageState(models.TextChoices):
    """What became of a message's mail."""

    QUEUED = "queued"
    SENT = "sent"
    GIVEN_UP = "given_up"
    COLLECTED = "collected", "waits for the day's summary"
    IN_SUMMARY = "in_summary", "told in a day's summary"
    NOT_WANTED = "not_wanted", "stands in the inbox alone"
    STOPPED = "stopped", "mail to this address does not arrive"


class Message(models.Model):
    """One message to one person about one event: (`user`, `key`) is unique, so that nobody is told twice.

    Its row is the line of the inbox, and `state` what became of its mail, so that each event has one message for each
    person and each of the two ways. `link` is a path of this site. What lets somebody in (`kind` access) is forgotten
    with the mail, link and `secret`; such a message is in no inbox. `address` is where the mail goes when it is not its
    person's own: one that they want to have, or had until lately.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    subject = models.CharField(max_length=200)
    text = models.TextField()
    link = models.CharField(max_length=500, blank=True)
    secret = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=16, choices=MessageState.choices, default=MessageState.QUEUED)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=254, blank=True, default="")
    sent_to = models.CharField(max_length=254, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)
    read_at = models.DateTimeField(null=True)
    summary = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="tells_of")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_message_per_event_and_user"),)
        indexes = (
            models.Index(fields=("user", "-id"), condition=~models.Q(kind__in=sorted(UNSEEN)), name="inboxes"),
            models.Index(
                fields=("user",),
                condition=models.Q(read_at=None) & ~models.Q(kind__in=sorted(UNSEEN)),
                name="unread_messages",
            ),
            models.Index(fields=("user",), condition=models.Q(state="collected"), name="collected_messages"),
            models.Index(fields=("queued_at",), condition=models.Q(state="queued"), name="queued_messages"),
            models.Index(fields=("provider_id",), condition=~models.Q(provider_id=""), name="messages_by_provider_id"),
        )
