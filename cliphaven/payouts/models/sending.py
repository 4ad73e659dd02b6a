"""Connected accounts, Monday batches, and the rows of both phases of paying."""

from datetime import datetime

from django.conf import settings
from django.db import models

from cliphaven.campaigns.models import Campaign
from cliphaven.foundation.outgoing.models import OutgoingItem
from cliphaven.identity.models import User
from cliphaven.payouts.rules import (
    BANK_PAYOUT_EDGES,
    BANK_PAYOUT_OVER,
    SENT_AFTER_ALL,
    TRANSFER_EDGES,
    TRANSFER_REVERSAL_EDGES,
    TRANSFER_REVERSAL_LIVE,
    BankPayoutState,
    TransferReversalState,
    TransferState,
    held_until,
    transfer_group,
)

TRANSFER_STATES = [(state.value, state.value) for state in TransferState]
TRANSFER_REVERSAL_STATES = [(state.value, state.value) for state in TransferReversalState]
BANK_PAYOUT_STATES = [(state.value, state.value) for state in BankPayoutState]


class ConnectedAccount(models.Model):
    """A creator's account at Stripe, and what Stripe last said about it. The row stands before Stripe is asked."""

    creator = models.OneToOneField(User, on_delete=models.PROTECT, related_name="connected_account")
    stripe_id = models.CharField(max_length=64, unique=True, null=True)
    transfers_active = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    details_submitted = models.BooleanField(default=False)
    missing = models.JSONField(default=list)
    usable_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    @property
    def is_usable(self) -> bool:
        """Whether money can be sent to it and on to a bank, in the currencies of its bank accounts."""
        return self.transfers_active and self.payouts_enabled

    def bank_for(self, currency: str) -> "BankAccount | None":
        """The bank account that money in a currency can go to; None while there is none, or none that works."""
        working = (bank for bank in self.bank_accounts.all() if bank.works and bank.currency == currency)
        return next(working, None)


class FormerAccount(models.Model):
    """An account at Stripe that a creator had before, and that left the platform. What was sent there still says so."""

    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="former_accounts")
    stripe_id = models.CharField(max_length=64, unique=True)
    left_at = models.DateTimeField()


class BankAccount(models.Model):
    """Where Stripe pays a creator's money in one currency out to, as it last said. Other money would be converted."""

    account = models.ForeignKey(ConnectedAccount, on_delete=models.CASCADE, related_name="bank_accounts")
    currency = models.CharField(max_length=3)
    # Kept when Stripe has none any more, so that the next one is known to be another.
    stripe_id = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    works = models.BooleanField()
    works_since = models.DateTimeField(null=True)
    # When it took the place of another, or joined others: it is paid only some days later.
    changed_at = models.DateTimeField(null=True)
    # When one of the staff let payouts to it begin sooner; says nothing about the next bank account.
    hold_lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "currency"), name="one_bank_account_a_currency"),)

    @property
    def held_until(self) -> datetime | None:
        """Until when nothing goes to it; None where it took no other's place."""
        return held_until(changed_at=self.changed_at, lifted_at=self.hold_lifted_at)


class BatchState(models.TextChoices):
    """The life of a Monday's run. Above a limit it begins by waiting for two of the staff."""

    AWAITING_RELEASE = "awaiting_release"
    PLANNED = "planned"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    SENT_BACK = "sent_back"


class Batch(models.Model):
    """The whole Monday run of one ISO week. One at most is not sent back, so that a week is paid once."""

    iso_week = models.CharField(max_length=8)
    # 2 for the one that was planned after the first was sent back. There is no third.
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=16, choices=BatchState.choices, default=BatchState.PLANNED)
    planned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=200, blank=True)
    # Frozen when it is planned: another name for the environment must not make new keys for what was sent already.
    key_prefix = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("iso_week", "number"), name="batches_of_a_week_are_numbered"),
            models.UniqueConstraint(
                fields=("iso_week",), condition=~models.Q(state="sent_back"), name="one_live_batch_per_week"
            ),
            models.CheckConstraint(condition=models.Q(number__in=(1, 2)), name="a_week_is_planned_twice_at_most"),
            models.CheckConstraint(condition=models.Q(state__in=BatchState.values), name="batch_state_is_known"),
        )

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
    # Which part of what its batch pays out it goes to the bank with; None before that, and after it was withdrawn.
    part = models.PositiveIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "creator", "campaign"), name="one_transfer_per_batch_and_campaign"
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["sent", "reversing", "reversed"]) | models.Q(stripe_id__isnull=False),
                name="sent_transfer_has_its_id",
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
            models.Index(
                fields=("due_at",), condition=models.Q(state="reversing"), name="transfers_taken_back_in_part"
            ),
            models.Index(
                fields=("batch",), condition=models.Q(failure_code=SENT_AFTER_ALL), name="transfers_sent_after_all"
            ),
        )

    @property
    def group(self) -> str:
        """The name under which every attempt at it can be found at Stripe."""
        return transfer_group(
            prefix=self.batch.keys_begin_with,
            week=self.batch.iso_week,
            creator_id=self.creator_id,
            campaign_id=self.campaign_id,
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
    NO_BANK_ACCOUNT = "no_bank_account", "Stripe has no bank account of yours for this currency: add one under Payouts"
    ACCOUNT_UNREADABLE = "account_unreadable", "Stripe could not be asked about your account: you are in the next run"
    RUN_FULL = "run_full", "This run was full: it is kept for you and goes into the next one"
    PAUSED = "paused", "Your payouts are paused: what to do about it stands under Payouts"


class Skip(models.Model):
    """A creator whom a batch left out although money was payable, and why."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="skips")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="skips")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=32, choices=SkipReason.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("batch", "creator", "currency"), name="one_skip_per_batch"),)


class Act(models.TextChoices):
    """What the staff do on payday."""

    RELEASED = "released", "released it"
    SENT_BACK = "sent_back", "sent it back"
    PLANNED_AGAIN = "planned_again", "planned it again"
    STOPPED = "stopped", "stopped it"
    RESUMED = "resumed", "let it go on"
    PAUSED = "paused", "paused a creator's payouts"
    UNPAUSED = "unpaused", "let a creator's payouts go on"
    HOLD_LIFTED = "hold_lifted", "let payouts to a new bank account begin sooner"
    TAKEN_BACK = "taken_back", "took a transfer back"
    SETTLED = "settled", "saw to a transfer that was taken back"


class StaffAct(models.Model):
    """Who of the staff did what to a batch or to a creator's payouts, and why. It is never changed."""

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="payday_acts")
    act = models.CharField(max_length=16, choices=Act.choices)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="acts", null=True)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="acts_on_payouts", null=True)
    reason = models.CharField(max_length=300, blank=True)
    # The sender's name for the request: sent twice, it is done once.
    request_key = models.CharField(max_length=64, blank=True)
    acted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "staff"), condition=models.Q(act="released"), name="one_release_per_person"
            ),
            models.UniqueConstraint(
                fields=("staff", "request_key"), condition=~models.Q(request_key=""), name="one_act_per_request"
            ),
            models.CheckConstraint(
                condition=models.Q(batch=None, creator__isnull=False) | models.Q(batch__isnull=False, creator=None),
                name="an_act_is_on_a_batch_or_a_creator",
            ),
            models.CheckConstraint(condition=models.Q(act__in=Act.values), name="act_is_known"),
        )


class PauseReason(models.TextChoices):
    """Why a creator's payouts are paused, in words for the creator."""

    IDENTITY = "identity", "We have to check who you are"
    SECURITY = "security", "Somebody else may have been in your account"
    EARNINGS = "earnings", "We are checking how some of your views came about"
    ASKED_FOR = "asked_for", "You asked us to wait"


class PayoutPause(models.Model):
    """A time in which nothing new is sent to a creator. It ends by a person's word."""

    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="payout_pauses")
    reason = models.CharField(max_length=16, choices=PauseReason.choices)
    note = models.CharField(max_length=300, blank=True)
    # The creator said that a change of the bank account was not theirs: one of the staff has to see to it.
    by_creator = models.BooleanField(default=False)
    paused_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("creator",), condition=models.Q(resumed_at=None), name="one_pause_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(reason__in=PauseReason.values), name="pause_reason_is_known"),
        )


class TransferReversal(OutgoingItem):
    """Money of a transfer taken back to the platform: asked for by one of the staff, or found done at Stripe."""

    READY, EDGES = TransferReversalState.ASKED, TRANSFER_REVERSAL_EDGES

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="reversals")
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=TRANSFER_REVERSAL_STATES, default=TransferReversalState.ASKED.value)
    # None when somebody did it at Stripe.
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="transfer_reversals", null=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    # When the books took it over; None while they have not, or refuse it.
    booked_at = models.DateTimeField(null=True)
    # Money that cannot be taken back for good is sent to the account again by hand, and this is Stripe's id of that.
    sent_again_id = models.CharField(max_length=64, unique=True, null=True)
    # Who said first that this was done; whoever says so next closes it.
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="proposed_reversals", null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="closed_reversals", null=True)
    closing_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("transfer",),
                condition=models.Q(state__in=sorted(state.value for state in TRANSFER_REVERSAL_LIVE)),
                name="one_reversal_at_a_time",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="transfer_reversal_amount_positive"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(stripe_id__isnull=False),
                name="done_transfer_reversal_has_its_id",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_again_id=None)
                | models.Q(proposed_by__isnull=False, closed_by__isnull=False)
                & ~models.Q(proposed_by=models.F("closed_by")),
                name="sending_again_is_seen_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in TransferReversalState]),
                name="transfer_reversal_state_is_known",
            ),
        )
