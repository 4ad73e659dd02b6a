"""Keys by which programs come in for long: made by a person, good for what they say, void at a word."""

import uuid

from django.db import models

from cliphaven.identity.models.people import Organisation, User


class ApiKey(models.Model):
    """The hash of 32 random bytes, with what it is good for. It acts as its person, with one of their faces."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    face = models.CharField(max_length=8)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="api_keys")
    """For which it acts; none for creators and staff."""
    name = models.CharField(max_length=80)
    shown = models.CharField(max_length=16)
    """How the key begins, so that its person knows which one it is."""
    secret_sha256 = models.BinaryField(max_length=32, unique=True)
    scopes = models.CharField(max_length=80)
    """Words with spaces between."""
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    """To the minute: it is not written at each request."""
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["user", "revoked_at"], name="api_keys_of_person"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(face="sponsor", organisation__isnull=False)
                | models.Q(face__in=["creator", "staff"], organisation=None),
                name="a_sponsors_key_is_of_an_organisation",
            ),
        )
