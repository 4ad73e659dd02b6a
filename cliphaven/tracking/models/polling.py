"""What is polled when, and what is known of each clip."""

from typing import Any

from django.db import models

from cliphaven.campaigns.models import Campaign, Platform
from cliphaven.clips.models import Clip, Vendor
from cliphaven.tracking.rules.evidence import GENESIS
from cliphaven.tracking.rules.policies import PRICE, GrowthEstimate


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

    From `ride_at` on the clip may fill a batch that is sent for others, from `due_at` on it wants one, and from
    `overdue_at` on it gets one. They follow from `log_rate` and `rate_variance` (rules/estimate.py; None before the
    first count), from `worth`, the USD that a view is worth to whoever pays, and from `hazard`: how much dearer views
    are that nobody sees, above 1 while the campaign runs out of money, and 0 while reading its clips costs too much.
    """

    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, primary_key=True, related_name="tracked")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    # The clip's own, which never change: whoever chooses among millions would read a row more for each that is chosen.
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    video_id = models.CharField(max_length=64)
    url = models.CharField(max_length=500)
    # The clip's own, or its submission where nobody knows; neither changes.
    posted_at = models.DateTimeField()
    worth = models.FloatField(default=0.0)
    hazard = models.FloatField(default=1.0)
    log_rate = models.FloatField(null=True)
    rate_variance = models.FloatField(null=True)
    ride_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    wanted_since = models.DateTimeField(null=True)
    # Until then it is read every hour: somebody has to know more about how its views come in.
    probed_until = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    availability = models.CharField(max_length=16, choices=Availability.choices, default=Availability.ALIVE)
    # Signs that it is gone, since it was last there: as rules/availability.py writes them.
    gone_signs = models.CharField(max_length=800, blank=True)
    # When its account was last asked whether it still lists the clip.
    account_asked_at = models.DateTimeField(null=True)
    views_seen = models.BigIntegerField(null=True)
    # Readings are never deleted, so that the database need not watch over each step to the next one.
    seen_observation = models.ForeignKey(
        "Observation", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    seen_at = models.DateTimeField(null=True)
    views_settled = models.BigIntegerField(null=True)
    fallen_to = models.BigIntegerField(null=True)
    fallen_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)
    # The clip's latest observation and its hash: what the next one is chained to.
    last_observation_id = models.BigIntegerField(default=0)
    chain_sha256 = models.BinaryField(max_length=32, default=GENESIS)
    # Polls since the last measurement.
    failures = models.PositiveIntegerField(default=0)
    polls = models.PositiveIntegerField(default=0)
    last_outcome = models.CharField(max_length=24, blank=True)
    last_polled_at = models.DateTimeField(null=True)
    # Its part of what the calls that asked about it cost, rounded down: to weigh by, not to add up.
    cost_microusd = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(views_seen__isnull=True) | models.Q(views_seen__gte=0, views_seen__lte=10**11),
                name="views_seen_in_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(worth__gte=0, hazard__gte=0), name="worth_and_hazard_not_below_0"
            ),
        )
        indexes = (
            # The clip's id is in both: whoever reads them in order finds equal moments in one order, without sorting.
            models.Index(
                fields=("platform", "due_at", "clip"), condition=models.Q(due_at__isnull=False), name="tracked_by_due"
            ),
            models.Index(
                fields=("platform", "due_at", "clip"),
                condition=models.Q(wanted_since__isnull=False),
                name="tracked_by_wanted",
            ),
            # What was read lately, of millions: whoever judges readings asks each minute.
            models.Index(fields=("measured_at",), name="tracked_by_measured"),
            # The few that YouTube leaves out: their accounts are asked.
            models.Index(
                fields=("account_asked_at", "clip"),
                condition=models.Q(platform="youtube", availability="unreachable"),
                name="tracked_left_out",
            ),
            # The few of which views were taken back: where counted views may be above what is believed.
            models.Index(
                fields=("clip",), condition=models.Q(views_settled__lt=models.F("views_seen")), name="tracked_that_fell"
            ),
        )

    @classmethod
    def following(cls, clip: Clip, **plan: Any) -> "TrackedClip":
        """A row for this clip, not saved: its own facts, and what is planned for it."""
        return cls(
            clip_id=clip.id,
            platform=clip.platform,
            campaign_id=clip.campaign_id,
            video_id=clip.video_id,
            url=clip.canonical_url,
            **{"posted_at": clip.posted_at or clip.submitted_at, **plan},
        )

    @property
    def growth(self) -> GrowthEstimate | None:
        """What is believed of the clip's growth; None before its first count."""
        if self.log_rate is None or self.rate_variance is None:
            return None
        return GrowthEstimate(log_rate=self.log_rate, variance=self.rate_variance)


class VendorPrice(models.Model):
    """What a poll by one vendor must be worth, in USD·h: the one number that all its clips share.

    An hourly step keeps it where the day's budget is spent and no more. `spent` and `budget` are of the day (UTC) of
    `counted_at`: millionths of USD for Apify, units of quota for YouTube; what is asked beside polls is in them, too.
    Until `used_up_until` nothing is polled.
    """

    vendor = models.CharField(max_length=16, choices=Vendor.choices, primary_key=True)
    price = models.FloatField(default=PRICE)
    spent = models.BigIntegerField(default=0)
    budget = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    stepped_at = models.DateTimeField(null=True)
    used_up_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(price__gt=0), name="price_above_0"),)


class PriceStep(models.Model):
    """One step of a vendor's price: what a poll had to be worth from `stepped_at` on, in USD·h.

    Since the step before, an hour had cost `spent` on average, where `planned` was planned: millionths of USD for
    Apify, units of quota for YouTube. Kept for a year and a bit, for people to look at.
    """

    vendor = models.CharField(max_length=16, choices=Vendor.choices)
    price = models.FloatField()
    spent = models.FloatField()
    planned = models.FloatField()
    stepped_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("vendor", "stepped_at"), name="one_price_step_a_moment"),
            models.CheckConstraint(
                condition=models.Q(price__gt=0, spent__gte=0, planned__gte=0), name="price_steps_not_below_0"
            ),
        )


class TrackedCampaign(models.Model):
    """What polling knows of a campaign: whether its clips are polled, and how dear their unseen views are.

    `hazard` is that of its clips (see TrackedClip), as of `weighed_at`.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, primary_key=True, related_name="tracked")
    is_polled = models.BooleanField()
    hazard = models.FloatField(default=1.0)
    weighed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(hazard__gte=0), name="campaign_hazard_not_below_0"),)
