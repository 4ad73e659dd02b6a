"""What binds people together: the same bank account, mailbox or device, the same address of the network."""

from django.db import models

from cliphaven.identity.models import User


class TraitKind(models.TextChoices):
    """What two people may have in common."""

    PAYOUT_ACCOUNT = "payout_account", "the same bank account"
    MAILBOX = "mailbox", "the same mailbox"
    DEVICE = "device", "the same device"
    IP = "ip", "the same address of the network"


FORGOTTEN = (TraitKind.DEVICE, TraitKind.IP)
"""What is forgotten when nobody came with it for long."""


class Trait(models.Model):
    """That somebody has a trait: its keyed digest, from which nobody learns what it was, and when it was seen."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="traits", db_index=False)
    kind = models.CharField(max_length=16, choices=TraitKind.choices)
    digest = models.BinaryField(max_length=32)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "kind", "digest"), name="a_trait_once_per_person"),
            models.CheckConstraint(condition=models.Q(kind__in=TraitKind.values), name="trait_kind_is_known"),
        )
        indexes = (
            models.Index(fields=("kind", "digest"), name="who_has_a_trait"),
            models.Index(
                fields=("last_seen_at",), condition=models.Q(kind__in=FORGOTTEN), name="traits_to_be_forgotten"
            ),
        )
