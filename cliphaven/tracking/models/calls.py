"""What was asked of vendors, what came back, and what it cost."""

from django.db import models

from cliphaven.campaigns.models import Platform


class VendorCall(models.Model):
    """One call or run at a vendor: what was asked, what came back, what it really cost. Never an amount owed.

    `raw_json` is the answer as it came, compressed by zlib; `raw_digest` is the SHA-256 of it before compression, and
    stays when the answer itself is forgotten. With `blocked_until` the vendor said that it will serve nothing before.
    `asked_of` counts the clips asked for by campaign id: the cost is shared by it. `unmeasured` has the outcome of each
    clip that made no observation, by clip id.

    A call whose canary was wrong is quarantined: its observations are kept and not believed, until it is cleared by a
    person (an act of theirs says why) or by `cleared_by_call`, a later one of the platform whose canary was right.
    """

    platform = models.CharField(max_length=16, choices=Platform.choices)
    source = models.CharField(max_length=64)
    run_id = models.CharField(max_length=64, blank=True)
    asked = models.PositiveIntegerField()
    # Whom it asked for: of a call that its poller did not live to record, nobody else would know.
    clip_ids = models.JSONField(default=list)
    measured = models.PositiveIntegerField(default=0)
    outcomes = models.JSONField(default=dict)
    asked_of = models.JSONField(default=dict)
    unmeasured = models.JSONField(default=dict)
    cost_microusd = models.BigIntegerField(default=0)
    raw_digest = models.BinaryField(max_length=32, null=True)
    raw_json = models.BinaryField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    canary_ids = models.JSONField(default=list)
    quarantined_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_by_call = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    blocked_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("started_at",), name="vendor_calls_by_moment"),
            models.Index(
                fields=("blocked_until",), condition=models.Q(blocked_until__isnull=False), name="vendor_blocks"
            ),
            models.Index(fields=("started_at",), condition=models.Q(ended_at=None), name="vendor_calls_under_way"),
            models.Index(
                fields=("started_at",), condition=models.Q(raw_json__isnull=False), name="answers_that_are_kept"
            ),
            models.Index(
                fields=("platform",),
                condition=models.Q(quarantined_at__isnull=False, cleared_at=None),
                name="calls_in_quarantine",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(cleared_at=None) | models.Q(quarantined_at__isnull=False),
                name="only_what_is_in_quarantine_is_cleared",
            ),
        )

    @property
    def tag(self) -> str:
        """By what the call's run is known at Apify."""
        return f"poll-call-{self.pk}"
