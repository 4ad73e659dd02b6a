"""By what clips are judged: the peer tables they are measured by, and the policy that says what follows."""

from django.db import models

from cliphaven.identity.models import User


class SignalMode(models.TextChoices):
    """What a signal may do. In shadow it is told to the staff and moves no money."""

    OFF = "off", "off"
    SHADOW = "shadow", "in shadow"
    LIVE = "live", "live"


class PeerTable(models.Model):
    """Peer tables made from this installation's own history, as JSON under the id of their contents. Never changed."""

    calibration_id = models.CharField(max_length=64, unique=True)
    text = models.TextField()
    source = models.CharField(max_length=200)
    clips = models.PositiveIntegerField()
    built_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    built_at = models.DateTimeField()


class Policy(models.Model):
    """One version of what the operator wants; the latest one holds, and none is ever changed.

    Scores are in thousandths. Where `hold_from_milli` (T₁) or `release_below_milli` (T₀) is None, the peer tables' own
    holds. `modes` has a SignalMode for each signal that is not in shadow, amounts are by currency in minor units, and
    `preview` is what whoever saved it was told that it would have done. A signal is made live once its precision is at
    least `live_from_percent`; `against_the_bar` names those that were made live all the same, with what was known.
    """

    peer_table = models.ForeignKey(PeerTable, on_delete=models.PROTECT, null=True, related_name="+")
    hold_from_milli = models.PositiveIntegerField(null=True)
    release_below_milli = models.PositiveIntegerField(null=True)
    modes = models.JSONField(default=dict)
    review_above_minor = models.JSONField(default=dict)
    clawback_max_minor = models.JSONField(default=dict)
    credit_max_minor = models.JSONField(default=dict)
    credit_window_days = models.PositiveSmallIntegerField(default=60)
    analytics_above_minor = models.JSONField(default=dict)
    hold_days = models.PositiveSmallIntegerField()
    appeal_days = models.PositiveSmallIntegerField()
    bypass_basis_points = models.PositiveSmallIntegerField()
    probe_percent = models.PositiveSmallIntegerField()
    live_from_percent = models.PositiveSmallIntegerField(default=60)
    against_the_bar = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    # The sender's name for the request: sent twice, it is saved once.
    request_key = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(hold_days__gte=1, hold_days__lte=30, appeal_days__gte=3, appeal_days__lte=14),
                name="policy_days_in_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(bypass_basis_points__lte=2_000, probe_percent__gte=10, probe_percent__lte=100),
                name="policy_shares_in_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(live_from_percent__gte=1, live_from_percent__lte=99), name="policy_bar_in_bounds"
            ),
            models.CheckConstraint(condition=models.Q(credit_window_days__lte=180), name="policy_window_in_bounds"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="policy_has_a_reason"),
        )
