"""Connected accounts, Monday batches, and the rows of both phases of paying."""

from django.db import models

from cliphaven.campaigns.models import Campaign
from cliphaven.identity.models import User


class ConnectedAccount(models.Model):
    """A creator's account at Stripe, and what Stripe last said about it."""

    creator = models.OneToOneField(User, on_delete=models.PROTECT, related_name="connected_account")
    stripe_id = models.CharField(max_length=64, unique=True)
    transfers_active = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    missing = models.JSONField(default=list)
    bank_account = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    @property
    def is_usable(self) -> bool:
        """Whether money can be sent to it and on to a bank."""
        return self.transfers_active and self.payouts_enabled


class BatchState(models.TextChoices):
    """The life of a Monday's run."""

    PLANNED = "planned"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Batch(models.Model):
    """The whole Monday run of one ISO week: unique, so that a week is paid once."""

    iso_week = models.CharField(max_length=8, unique=True)
    state = models.CharField(max_length=16, choices=BatchState.choices, default=BatchState.PLANNED)
    planned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=200, blank=True)


class TransferState(models.TextChoices):
    """Phase 1: platform to connected account."""

    RESERVED = "reserved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    RELEASED = "released"
    NEEDS_REVIEW = "needs_review"


class Transfer(models.Model):
    """One item of a batch: what one creator gets for one campaign. The amount is frozen; the key follows from the row."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="transfers")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="transfers")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="transfers")
    destination = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=TransferState.choices, default=TransferState.RESERVED)
    attempt = models.PositiveIntegerField(default=1)
    claimed_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    looked_up_at = models.DateTimeField(null=True)
    stripe_id = models.CharField(max_length=64, unique=True, null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_sentence = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "creator", "campaign"), name="one_transfer_per_batch_and_campaign"
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(stripe_id__isnull=False), name="sent_transfer_has_its_id"
            ),
        )


class BankPayoutState(models.TextChoices):
    """Phase 2: connected account to bank."""

    WAITING_FOR_FUNDS = "waiting_for_funds"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    NEEDS_REVIEW = "needs_review"


class BankPayout(models.Model):
    """One attempt to move what a batch sent to a creator on to the bank. A failed attempt stays; a new one is a new row."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="bank_payouts")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bank_payouts")
    currency = models.CharField(max_length=3)
    attempt = models.PositiveIntegerField(default=1)
    connected_account = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=BankPayoutState.choices, default=BankPayoutState.WAITING_FOR_FUNDS)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    looked_up_at = models.DateTimeField(null=True)
    stripe_id = models.CharField(max_length=64, unique=True, null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_sentence = models.CharField(max_length=300, blank=True)
    arrives_on = models.DateField(null=True)
    paid_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "creator", "currency", "attempt"), name="bank_payout_attempts_are_numbered"
            ),
            models.UniqueConstraint(
                fields=("batch", "creator", "currency"),
                condition=~models.Q(state__in=["failed", "returned"]),
                name="one_live_bank_payout",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="bank_payout_amount_positive"),
        )


class SkipReason(models.TextChoices):
    """Why a batch left a creator out, in words the creator can act on."""

    BELOW_MINIMUM = "below_minimum", "Below the minimum payout: it is kept for you and adds up"
    NO_CONNECTED_ACCOUNT = "no_connected_account", "Payouts are not set up yet: connect your bank under Payouts"
    ACCOUNT_INCOMPLETE = "account_incomplete", "Stripe still needs details from you: finish the set-up under Payouts"


class Skip(models.Model):
    """A creator whom a batch left out although money was payable, and why."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="skips")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="skips")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=32, choices=SkipReason.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("batch", "creator", "currency"), name="one_skip_per_batch"),)
