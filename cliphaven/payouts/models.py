"""Connected accounts, Monday batches, and the rows of both phases of paying."""

from django.conf import settings
from django.db import models

from cliphaven.campaigns.models import Campaign
from cliphaven.foundation.outgoing.models import OutgoingItem
from cliphaven.identity.models import User
from cliphaven.payouts.rules import (
    BANK_PAYOUT_EDGES,
    BANK_PAYOUT_OVER,
    TRANSFER_EDGES,
    BankPayoutState,
    TransferState,
)

TRANSFER_STATES = [(state.value, state.value) for state in TransferState]
BANK_PAYOUT_STATES = [(state.value, state.value) for state in BankPayoutState]


class ConnectedAccount(models.Model):
    """A creator's account at Stripe, and what Stripe last said about it. The row stands before Stripe is asked."""

    creator = models.OneToOneField(User, on_delete=models.PROTECT, related_name="connected_account")
    stripe_id = models.CharField(max_length=64, unique=True, null=True)
    transfers_active = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    details_submitted = models.BooleanField(default=False)
    currency = models.CharField(max_length=3, blank=True)
    missing = models.JSONField(default=list)
    bank_account = models.CharField(max_length=120, blank=True)
    # Stripe's id of the last bank account there was. One that replaced another is paid only some days later.
    bank_account_id = models.CharField(max_length=64, blank=True)
    bank_account_replaced_at = models.DateTimeField(null=True)
    usable_since = models.DateTimeField(null=True)
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
    # Frozen when it is planned: another name for the environment must not make new keys for what was sent already.
    key_prefix = models.CharField(max_length=64, blank=True, default="")

    @property
    def keys_begin_with(self) -> str:
        """What its keys and groups at Stripe begin with. Batches of before it was frozen follow the setting."""
        return self.key_prefix or settings.KEY_PREFIX


class Transfer(OutgoingItem):
    """What one creator gets for one campaign in a batch. The amount is frozen; the key follows from the row."""

    READY, EDGES = TransferState.RESERVED, TRANSFER_EDGES

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="transfers")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="transfers")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="transfers")
    destination = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=TRANSFER_STATES, default=TransferState.RESERVED.value)
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
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in TransferState]), name="transfer_state_is_known"
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=models.Q(state__in=["reserved", "sending", "unknown"]),
                name="transfers_to_send",
            ),
        )


class BankPayout(OutgoingItem):
    """One attempt to move what a batch sent on to the bank. A failed attempt stays; the next is a new row.

    What is due may be to send it, to look it up, or to read it again.
    """

    READY, EDGES = BankPayoutState.WAITING_FOR_FUNDS, BANK_PAYOUT_EDGES

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="bank_payouts")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bank_payouts")
    currency = models.CharField(max_length=3)
    # 1 for what went out on its own; a transfer that first needed a person is paid out later, as the next part.
    part = models.PositiveIntegerField(default=1)
    connected_account = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=BANK_PAYOUT_STATES, default=BankPayoutState.WAITING_FOR_FUNDS.value)
    bank_account_id = models.CharField(max_length=64, blank=True)
    arrives_on = models.DateField(null=True)
    trace_id = models.CharField(max_length=120, blank=True)
    paid_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "creator", "currency", "part", "attempt"), name="bank_payout_attempts_are_numbered"
            ),
            models.UniqueConstraint(
                fields=("batch", "creator", "currency", "part"),
                condition=~models.Q(state__in=sorted(state.value for state in BANK_PAYOUT_OVER)),
                name="one_live_bank_payout",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="bank_payout_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in BankPayoutState]),
                name="bank_payout_state_is_known",
            ),
        )
        indexes = (models.Index(fields=("state", "due_at"), name="bank_payouts_by_due"),)


class SkipReason(models.TextChoices):
    """Why a batch left a creator out, in words the creator can act on."""

    BELOW_MINIMUM = "below_minimum", "Below the minimum payout: it is kept for you and adds up"
    NO_CONNECTED_ACCOUNT = "no_connected_account", "Payouts are not set up yet: connect your bank under Payouts"
    ACCOUNT_INCOMPLETE = "account_incomplete", "Stripe still needs details from you: finish the set-up under Payouts"
    OTHER_CURRENCY = "other_currency", "Your Stripe account is kept in another currency: write to us"
    ACCOUNT_UNREADABLE = "account_unreadable", "Stripe could not be asked about your account: you are in the next run"
    RUN_FULL = "run_full", "This run was full: it is kept for you and goes into the next one"


class Skip(models.Model):
    """A creator whom a batch left out although money was payable, and why."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="skips")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="skips")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=32, choices=SkipReason.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("batch", "creator", "currency"), name="one_skip_per_batch"),)
