"""What every poll said."""

from django.db import models

from cliphaven.clips.models import Clip
from cliphaven.tracking.models.calls import VendorCall


class Observation(models.Model):
    """What one poll said about one clip, kept for ever; each row hashes the one before it.

    The database refuses to change or delete a row (migration 0002).
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="observations")
    call = models.ForeignKey(VendorCall, on_delete=models.PROTECT, related_name="observations")
    views = models.BigIntegerField()
    likes = models.BigIntegerField(null=True)
    comments = models.BigIntegerField(null=True)
    shares = models.BigIntegerField(null=True)
    saves = models.BigIntegerField(null=True)
    observed_at = models.DateTimeField()
    source = models.CharField(max_length=120)
    believed = models.BooleanField()
    dropped = models.BooleanField(default=False)
    previous_sha256 = models.BinaryField(max_length=32)
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("clip", "call"), name="one_observation_per_clip_and_call"),
            models.UniqueConstraint(fields=("clip", "previous_sha256"), name="the_chain_does_not_fork"),
            models.CheckConstraint(condition=models.Q(views__gte=0, views__lte=10**11), name="views_in_bounds"),
        )
        indexes = (models.Index(fields=("clip", "observed_at"), name="observations_by_clip"),)
