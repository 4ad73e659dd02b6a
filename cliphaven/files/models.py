"""Files that people bring, and what became of each, written down for good."""

import uuid

from django.db import models

from cliphaven.files.rules import NAME_MAX, Purpose
from cliphaven.identity.models import Organisation, User


class FileState(models.TextChoices):
    """The life of a file."""

    ASKED = "asked"
    ARRIVED = "arrived"
    READY = "ready"
    REFUSED = "refused"
    EXPIRED = "expired"
    REMOVED = "removed"


class BroughtFile(models.Model):
    """A file that somebody asked to bring, for one purpose and the thing that `subject_id` is the number of there.

    `incoming_key` is where a browser may put it, `kept_key` where what we made of it is: both random, of our own, and
    never the same. Only what is ready is shown to others. Its moments are the wall's, as the storage's are.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=24, choices=[(one.value, one.value) for one in Purpose])
    subject_id = models.BigIntegerField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="files")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="files")
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.ASKED)
    said_name = models.CharField(max_length=NAME_MAX, blank=True)
    said_type = models.CharField(max_length=64)
    said_bytes = models.PositiveIntegerField()
    incoming_key = models.CharField(max_length=160, unique=True)
    kept_key = models.CharField(max_length=160, unique=True)
    refused_because = models.CharField(max_length=16, blank=True)
    kept_bytes = models.PositiveIntegerField(default=0)
    width_px = models.PositiveIntegerField(default=0)
    height_px = models.PositiveIntegerField(default=0)
    kept_sha256 = models.BinaryField(max_length=32, null=True)
    request_key = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    # Since when a job looks at it: no other does within the next two minutes.
    looked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    # When the storage was last told to delete what it need not have any more.
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("asked_by", "request_key"), name="one_file_per_request"),
            models.CheckConstraint(condition=models.Q(state__in=FileState.values), name="file_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state="refused") | ~models.Q(refused_because=""), name="refused_file_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ready")
                | models.Q(kept_bytes__gte=1, width_px__gte=1, height_px__gte=1, kept_sha256__isnull=False),
                name="ready_file_is_described",
            ),
            models.UniqueConstraint(
                fields=("purpose", "subject_id"), condition=models.Q(state="ready"), name="one_ready_file_per_subject"
            ),
        )
        indexes = (
            models.Index(fields=("purpose", "subject_id", "-asked_at"), name="files_of_subject"),
            models.Index(fields=("asked_by", "-asked_at"), name="files_of_person"),
            models.Index(
                fields=("asked_at",), condition=models.Q(state__in=["asked", "arrived"]), name="files_under_way"
            ),
            models.Index(
                fields=("decided_at",),
                condition=models.Q(state__in=["ready", "refused", "expired", "removed"], cleared_at=None),
                name="files_to_clear",
            ),
        )


class FileDeed(models.TextChoices):
    """What can happen to a file."""

    ASKED = "asked"
    ARRIVED = "arrived"
    TAKEN = "taken"
    REFUSED = "refused"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REMOVED = "removed"


class FileEvent(models.Model):
    """What happened to a file, and who did it (nobody: the house); kept as it was written, by a trigger."""

    file = models.ForeignKey(BroughtFile, on_delete=models.PROTECT, related_name="events")
    deed = models.CharField(max_length=8, choices=FileDeed.choices)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    detail = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()
