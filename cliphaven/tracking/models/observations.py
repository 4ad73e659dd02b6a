"""What every poll said."""

from django.db import models

from cliphaven.clips.models import Clip
from cliphaven.tracking.models.calls import VendorCall


class Observation(models.Model):
    """What one poll said about one clip, kept for ever; each row hashes the one before it, `previous_id` (0: none).

    The table is made of months, and an id tells its month (rules/months.py). The database refuses to change or delete
    a row, and one that does not follow from a row of the same clip that nothing else follows from: within a month by an
    index, across months by `tracking_crossing` (sql/observations.sql).
    """

    # What is written down about a clip keeps clips and calls in place; no insert has to look whether they are there.
    clip = models.ForeignKey(
        Clip, on_delete=models.PROTECT, related_name="observations", db_constraint=False, db_index=False
    )
    call = models.ForeignKey(
        VendorCall, on_delete=models.PROTECT, related_name="observations", db_constraint=False, db_index=False
    )
    views = models.BigIntegerField()
    likes = models.BigIntegerField(null=True)
    comments = models.BigIntegerField(null=True)
    shares = models.BigIntegerField(null=True)
    saves = models.BigIntegerField(null=True)
    observed_at = models.DateTimeField()
    source = models.CharField(max_length=120)
    believed = models.BooleanField()
    dropped = models.BooleanField(default=False)
    previous_id = models.BigIntegerField(default=0)
    previous_sha256 = models.BinaryField(max_length=32)
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(views__gte=0, views__lte=10**11), name="views_in_bounds"),
            models.CheckConstraint(
                condition=models.Q(previous_id__gte=0, previous_id__lt=models.F("id")), name="previous_comes_before"
            ),
        )
