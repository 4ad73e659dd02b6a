"""What programs carry instead of a session: families of refresh tokens, and access tokens that were revoked.

Access tokens themselves are not kept: their signature is enough. Whether they still count is asked here each time.
"""

import uuid

from django.db import models

from cliphaven.identity.models.people import User


class EndedFor(models.TextChoices):
    """Why a sign-in is over."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_OWNER = "ended_by_owner"
    EVERYWHERE = "everywhere"
    REUSED = "reused"
    FACTORS_CHANGED = "factors_changed"


class TokenFamily(models.Model):
    """One sign-in of a program: the refresh tokens that follow from it one after the other. Its id is their `sid`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    program = models.CharField(max_length=200, blank=True)
    method = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    used_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_for = models.CharField(max_length=16, choices=EndedFor.choices, blank=True)
    proved_at = models.DateTimeField(null=True)
    """As of a browser's session: when its person last proved again who they are."""
    proved_by = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = (models.Index(fields=["user", "ended_at"], name="token_families_of_user"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_for="") | models.Q(ended_at__isnull=False),
                name="only_an_ended_family_has_a_reason",
            ),
        )


class RefreshToken(models.Model):
    """The hash of 32 random bytes, good once: whoever shows it gets the next one of its family."""

    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="refresh_tokens")
    parent = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="child")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    """By the database server's clock, so that any two requests can be put in order whichever machine heard them."""


class RevokedToken(models.Model):
    """An access token that was revoked before it expired; forgotten once it has."""

    jti = models.CharField(max_length=32, unique=True)
    expires_at = models.DateTimeField(db_index=True)
