"""Deposits, campaigns, and the versions of their terms."""

from django.db import models

from cliphaven.foundation.money import AMOUNT_MINOR_MAX, CPM_MINOR_MAX, EXPONENTS
from cliphaven.identity.models import Organisation, User


class Platform(models.TextChoices):
    """Where clips are posted."""

    TIKTOK = "tiktok", "TikTok"
    INSTAGRAM = "instagram", "Instagram"
    YOUTUBE = "youtube", "YouTube"


class DepositState(models.TextChoices):
    """What we know of a payment into a wallet."""

    STARTED = "started"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class Deposit(models.Model):
    """A sponsor's payment into the wallet by Checkout. The row stands before Stripe is asked."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="deposits")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=DepositState.choices, default=DepositState.STARTED)
    checkout_session_id = models.CharField(max_length=255, unique=True, null=True)
    payment_intent_id = models.CharField(max_length=255, unique=True, null=True)
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MINOR_MAX),
                name="deposit_amount_in_bounds",
            ),
            models.CheckConstraint(condition=models.Q(state__in=DepositState.values), name="deposit_state_is_known"),
        )


class CampaignState(models.TextChoices):
    """The life of a campaign."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    CLOSED = "closed"


class Campaign(models.Model):
    """What a sponsor pays for. Its money is the ledger account `campaign:{id}:budget`; no amount is kept here."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="campaigns")
    title = models.CharField(max_length=200)
    brief = models.TextField(max_length=2000)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=CampaignState.choices, default=CampaignState.DRAFT)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=CampaignState.values), name="campaign_state_is_known"),
            models.CheckConstraint(condition=models.Q(currency__in=list(EXPONENTS)), name="campaign_currency_is_known"),
        )

    def __str__(self) -> str:
        return self.title


class Terms(models.Model):
    """One version of a campaign's terms. Clips pin the version they were submitted under; a version never changes."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="terms")
    version = models.PositiveIntegerField()
    min_views = models.BigIntegerField(default=0)
    max_payout_per_clip_minor = models.BigIntegerField(null=True)
    cap_per_creator_minor = models.BigIntegerField(null=True)
    clips_per_creator_daily = models.PositiveIntegerField(null=True)
    fee_bp = models.PositiveIntegerField()
    hold_days = models.PositiveIntegerField(default=7)
    review_hours = models.PositiveIntegerField(default=48)
    freshness_days = models.PositiveIntegerField(default=7)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("campaign", "version"), name="terms_version_once"),
            models.CheckConstraint(condition=models.Q(fee_bp__lte=5000), name="fee_in_bounds"),
            models.CheckConstraint(
                condition=models.Q(min_views__gte=0, min_views__lte=10**11), name="minimum_views_in_bounds"
            ),
            models.CheckConstraint(
                condition=models.Q(max_payout_per_clip_minor__isnull=True) | models.Q(max_payout_per_clip_minor__gte=1),
                name="clip_cap_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(cap_per_creator_minor__isnull=True) | models.Q(cap_per_creator_minor__gte=1),
                name="creator_cap_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(clips_per_creator_daily__isnull=True) | models.Q(clips_per_creator_daily__gte=1),
                name="daily_clips_positive",
            ),
        )


class Rate(models.Model):
    """What a version of terms pays per 1,000 views on one platform. A platform without a rate is not part of it."""

    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="rates")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    cpm_minor = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("terms", "platform"), name="one_rate_per_platform"),
            models.CheckConstraint(
                condition=models.Q(cpm_minor__gte=1, cpm_minor__lte=CPM_MINOR_MAX), name="cpm_in_bounds"
            ),
        )
