"""What is polled when, what every poll said, and what it cost."""

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


class VendorCall(models.Model):
    """One call or run at a vendor: what was asked, what came back, what it really cost. Never an amount owed.

    `raw_json` is the answer as it came, compressed by zlib; `raw_digest` is the SHA-256 of it before compression, and
    stays when the answer itself is forgotten. With `blocked_until` the vendor said that it will serve nothing before.
    """

    platform = models.CharField(max_length=16, choices=Platform.choices)
    source = models.CharField(max_length=64)
    run_id = models.CharField(max_length=64, blank=True)
    asked = models.PositiveIntegerField()
    measured = models.PositiveIntegerField(default=0)
    outcomes = models.JSONField(default=dict)
    cost_microusd = models.BigIntegerField(default=0)
    raw_digest = models.BinaryField(max_length=32, null=True)
    raw_json = models.BinaryField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    blocked_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("started_at",), name="vendor_calls_by_moment"),
            models.Index(
                fields=("blocked_until",), condition=models.Q(blocked_until__isnull=False), name="vendor_blocks"
            ),
        )


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
