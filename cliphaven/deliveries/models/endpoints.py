"""Addresses to which letters go, whose they are, and what was done to them."""

import uuid

from django.conf import settings
from django.db import models


class OffBecause(models.TextChoices):
    """Why an endpoint gets nothing for now."""

    PERSON = "person", "switched off by a person"
    FAILING = "failing", "took nothing for days"
    GONE = "gone", "answered 410: it wants no more"


class Endpoint(models.Model):
    """An address of an organisation, or of a creator, at which a program listens. Its moments are the wall's.

    The secret is kept encrypted, since every letter is signed with it; the one before holds until `before_ends_at`.
    One that was removed stays as a row, for its log.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("identity.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """The creator whose it is; none where it is an organisation's."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    request_key = models.CharField(max_length=64)
    """Of the request that it was made by, which does it once."""
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    subscriptions = models.CharField(max_length=1000)
    """Kinds of events with spaces between, or * for all there are and will be."""
    sealed_secret = models.BinaryField()
    secret_made_at = models.DateTimeField()
    sealed_before = models.BinaryField(null=True)
    before_ends_at = models.DateTimeField(null=True)
    is_on = models.BooleanField(default=True)
    off_because = models.CharField(max_length=8, choices=OffBecause.choices, blank=True)
    off_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    """In a row, of all letters."""
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    """When it last took a letter."""
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=("organisation",), condition=models.Q(removed_at=None), name="endpoints_of_organisation"
            ),
            models.Index(fields=("user",), condition=models.Q(removed_at=None), name="endpoints_of_creator"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(organisation=None, user__isnull=False)
                | models.Q(organisation__isnull=False, user=None),
                name="an_endpoint_is_somebodys",
            ),
            models.CheckConstraint(
                condition=models.Q(is_on=True, off_because="", off_at=None)
                | models.Q(is_on=False, off_because__in=OffBecause.values, off_at__isnull=False),
                name="an_endpoint_that_is_off_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(sealed_before=None, before_ends_at=None)
                | models.Q(sealed_before__isnull=False, before_ends_at__isnull=False),
                name="a_secret_from_before_ends",
            ),
            models.UniqueConstraint(fields=("made_by", "request_key"), name="one_endpoint_per_request"),
        )


class Deed(models.TextChoices):
    """What can be done to an endpoint."""

    MADE = "made", "Made"
    CHANGED = "changed", "Changed"
    SECRET_RENEWED = "secret_renewed", "New secret"
    SWITCHED_ON = "switched_on", "Switched on"
    SWITCHED_OFF = "switched_off", "Switched off"
    TESTED = "tested", "Test sent"
    REPLAYED = "replayed", "Sent again"
    REMOVED = "removed", "Removed"


class EndpointAct(models.Model):
    """What was done to an endpoint, by whom and from where; kept as it was written, by a trigger."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="acts")
    deed = models.CharField(max_length=16, choices=Deed.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """Who did it; nobody where the house did."""
    detail = models.CharField(max_length=700, blank=True)
    """Such as the address from before; never a secret."""
    origin = models.CharField(max_length=80)
    acted_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("endpoint", "-id"), name="acts_of_endpoint"),)
