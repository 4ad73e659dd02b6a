"""What is polled when, and what is known of each clip."""

from django.db import models

from cliphaven.campaigns.models import Platform
from cliphaven.clips.models import Clip
from cliphaven.tracking.rules.evidence import GENESIS


class Availability(models.TextChoices):
    """Whether the platform still shows a clip. Unreachable never reduces anything."""

    ALIVE = "alive"
    UNREACHABLE = "unreachable"
    GONE = "gone"


class TrackedClip(models.Model):
    """The polling state of one clip.

    `views_seen` is the highest count ever believed, None while nothing was measured, and `seen_observation` the reading
    that said so; `views_settled` may fall when a platform takes views back (see rules/believed.py). `due_at` is None
    while the clip is not polled, because its campaign is closed or has nothing left to pay with. With `wanted_since`
    somebody waits for an answer about it all the same, until there is one.
    """

    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, primary_key=True, related_name="tracked")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    due_at = models.DateTimeField(null=True)
    wanted_since = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    availability = models.CharField(max_length=16, choices=Availability.choices, default=Availability.ALIVE)
    views_seen = models.BigIntegerField(null=True)
    seen_observation = models.ForeignKey("Observation", on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)
    views_settled = models.BigIntegerField(null=True)
    fallen_to = models.BigIntegerField(null=True)
    fallen_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)
    # The hash of the clip's latest observation: what the next one is chained to.
    chain_sha256 = models.BinaryField(max_length=32, default=GENESIS)
    # Polls since the last measurement.
    failures = models.PositiveIntegerField(default=0)
    polls = models.PositiveIntegerField(default=0)
    last_outcome = models.CharField(max_length=24, blank=True)
    last_polled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(views_seen__isnull=True) | models.Q(views_seen__gte=0, views_seen__lte=10**11),
                name="views_seen_in_bounds",
            ),
        )
        indexes = (
            models.Index(
                fields=("platform", "due_at"), condition=models.Q(due_at__isnull=False), name="tracked_by_due"
            ),
        )
