"""How far clips are doubted: now, and as it was said at each turn."""

from django.db import models

from cliphaven.clips.models import Clip
from cliphaven.fraud.models.policies import Policy


class Band(models.TextChoices):
    """What a score asks for. In review there is more at stake than the policy leaves to a hold alone."""

    PASS = "pass", "not doubted"  # not a password
    WATCH = "watch", "watched closely"
    HOLD = "hold", "held"
    REVIEW = "review", "for a person to look at"


class ClipRisk(models.Model):
    """How far one clip is doubted now: the latest score, in thousandths, made from readings up to `scored_through`.

    `value_milli` is of the signals that are live, `shadow_milli` of those in shadow too. `is_doubted` begins at T₁ and
    ends below T₀: so long new earnings are held. A bypassed clip is judged like all others and never held: by those
    the staff see how often signals are right.
    """

    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, primary_key=True, related_name="risk")
    is_bypassed = models.BooleanField()
    value_milli = models.PositiveIntegerField(default=0)
    shadow_milli = models.PositiveIntegerField(default=0)
    band = models.CharField(max_length=8, choices=Band.choices, default=Band.PASS)
    is_doubted = models.BooleanField(default=False)
    scored_through = models.BigIntegerField(default=0)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    calibration_id = models.CharField(max_length=64, blank=True)
    # What moves in step with it, as it was last compared: strength, since_at and evidence; None if nothing does.
    in_step = models.JSONField(null=True)
    # Until when it was last asked to be read every hour.
    probed_until = models.DateTimeField(null=True)
    assessed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(band__in=Band.values), name="risk_band_is_known"),
            models.CheckConstraint(
                condition=models.Q(shadow_milli__gte=models.F("value_milli")), name="shadow_sees_what_is_live"
            ),
        )


class Assessment(models.Model):
    """One judgement of one clip, with all it rests on: whoever has the readings gets the same bytes. Never changed.

    Written when band, reasons, policy or peer tables are others than before; a clip's first one once it is not `pass`.
    `reasons` are the strongest three of all signals that are not off, each with its sentence and numbers; `is_live`
    says whether it moved money. What came after the reading `onset_observation_id` is doubted (0: all of it).
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="assessments", db_index=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, null=True, related_name="+")
    calibration_id = models.CharField(max_length=64)
    signals_version = models.CharField(max_length=16)
    input_digest = models.CharField(max_length=64)
    level = models.CharField(max_length=8)
    value_milli = models.PositiveIntegerField()
    shadow_milli = models.PositiveIntegerField()
    band = models.CharField(max_length=8, choices=Band.choices)
    reasons = models.JSONField()
    onset_observation_id = models.BigIntegerField()
    onset_views = models.BigIntegerField()
    through_observation_id = models.BigIntegerField()
    through_views = models.BigIntegerField()
    assessed_at = models.DateTimeField()

    @property
    def score_milli(self) -> int:
        """What it says, whether that moves money or not."""
        return max(self.value_milli, self.shadow_milli)

    class Meta:
        indexes = (models.Index(fields=("clip", "-id"), name="assessments_of_a_clip"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(onset_observation_id__lte=models.F("through_observation_id")),
                name="doubt_begins_before_it_is_said",
            ),
        )
