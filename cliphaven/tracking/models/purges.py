"""Views that a platform took back."""

from django.db import models

from cliphaven.clips.models import Clip
from cliphaven.tracking.models.observations import Observation


class Purge(models.Model):
    """A fall of more than half a per cent that was still there at a second poll, a quarter of an hour later or more.

    `observation` confirmed it: from `views_before`, which had stood, to `views_after`. The fall was first seen at
    `fell_at`. Written once and never changed.
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="purges")
    observation = models.ForeignKey(
        Observation, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    views_before = models.BigIntegerField()
    views_after = models.BigIntegerField()
    fell_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(views_after__lt=models.F("views_before")), name="purges_fall"),
        )
        indexes = (models.Index(fields=("-confirmed_at",), name="latest_purges"),)
