"""What is polled when, what every poll said, and what it cost."""

from django.db import models

from cliphaven.campaigns.models import Platform
from cliphaven.clips.models import Clip


class Availability(models.TextChoices):
    """Whether the platform still shows a clip. Unreachable never reduces anything."""

    ALIVE = "alive"
    UNREACHABLE = "unreachable"
    GONE = "gone"


class TrackedClip(models.Model):
    """The polling state of one clip. `views_seen` is the latest believed count, None while nothing was measured."""

    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, primary_key=True, related_name="tracked")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    availability = models.CharField(max_length=16, choices=Availability.choices, default=Availability.ALIVE)
    views_seen = models.BigIntegerField(null=True)
    seen_observation = models.ForeignKey("Observation", on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)
    views_before = models.BigIntegerField(null=True)
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
        indexes = (models.Index(fields=("platform", "due_at"), name="tracked_by_due"),)


class VendorCall(models.Model):
    """One call or run at a vendor: what was asked, what came back, what it really cost. Never an amount owed."""

    platform = models.CharField(max_length=16, choices=Platform.choices)
    source = models.CharField(max_length=64)
    run_id = models.CharField(max_length=64, blank=True)
    asked = models.PositiveIntegerField()
    measured = models.PositiveIntegerField(default=0)
    outcomes = models.JSONField(default=dict)
    cost_microusd = models.BigIntegerField(default=0)
    raw_digest = models.BinaryField(max_length=32, null=True)
    raw_items = models.JSONField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Observation(models.Model):
    """What one poll said about one clip, kept for ever; each row hashes the one before it."""

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
            models.CheckConstraint(condition=models.Q(views__gte=0, views__lte=10**11), name="views_in_bounds"),
        )
        indexes = (models.Index(fields=("clip", "observed_at"), name="observations_by_clip"),)
