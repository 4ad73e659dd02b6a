"""How somebody moves to another mail address, and back."""

from django.db import models

from cliphaven.identity.models.people import User


class AddressChange(models.Model):
    """Somebody wants another address: mailed there and confirmed by a press while they are signed in, once.

    Secrets are kept as SHA-256. From `confirmed_at` until `undo_until` whoever reads the old mailbox can undo it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="address_changes")
    old_address = models.CharField(max_length=254)
    new_address = models.CharField(max_length=254)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    undo_sha256 = models.BinaryField(max_length=32, unique=True, null=True)
    undo_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=("old_address",),
                condition=models.Q(confirmed_at__isnull=False, undone_at=None),
                name="addresses_left_behind",
            ),
        )
