"""Deposits, campaigns, and the versions of their terms."""

from django.db import models

from cliphaven.campaigns.rules.clip_rules import VALUE_MAX, RuleKind
from cliphaven.campaigns.rules.disputes import PauseReason
from cliphaven.campaigns.rules.refunds import REFUND_EDGES, RefundState
from cliphaven.foundation.money import AMOUNT_MINOR_MAX, CPM_MINOR_MAX, EXPONENTS
from cliphaven.foundation.outgoing.models import OutgoingItem
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
    NEEDS_REVIEW = "needs_review"
    SEEN_TO = "seen_to"


class Deposit(models.Model):
    """A sponsor's payment into the wallet by Checkout. The row stands before Stripe is asked.

    What arrived (`received_minor`, by which charge) is known once it is paid. One that `needs_review` was paid in a way
    that the books cannot tell without a person: why stands in `review_reason`. One that was `seen_to` has no entry of
    its own, now and ever: what the person did about it stands beside it (`MoneyInAct`).
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="deposits")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=DepositState.choices, default=DepositState.STARTED)
    checkout_session_id = models.CharField(max_length=255, unique=True, null=True)
    payment_intent_id = models.CharField(max_length=255, unique=True, null=True)
    charge_id = models.CharField(max_length=255, unique=True, null=True)
    received_minor = models.BigIntegerField(null=True)
    review_reason = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    # When the sweep last asked about it: those that were not asked about the longest come first.
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MINOR_MAX),
                name="deposit_amount_in_bounds",
            ),
            models.CheckConstraint(condition=models.Q(state__in=DepositState.values), name="deposit_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state="paid")
                | models.Q(payment_intent_id__isnull=False, charge_id__isnull=False, received_minor__gte=1),
                name="paid_deposit_names_its_charge",
            ),
        )
        indexes = (models.Index(fields=("organisation", "currency", "state"), name="deposits_of_organisation"),)


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


class RequiredInClip(models.Model):
    """A typed rule of a version of terms: what each clip must have. `value` is read as its kind says."""

    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="required_in_clips")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in RuleKind])
    value = models.CharField(max_length=VALUE_MAX)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("terms", "kind", "value"), name="each_clip_rule_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in RuleKind]), name="clip_rule_kind_is_known"
            ),
            models.CheckConstraint(condition=~models.Q(value=""), name="clip_rule_has_a_value"),
        )


class RefundRequest(models.Model):
    """A sponsor asked for money of the wallet back. The form's key makes a second click the same request."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="refund_requests")
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    request_key = models.CharField(max_length=64)
    # What the keys of its refunds begin with, so that a renamed environment sends nothing twice.
    keys_begin_with = models.CharField(max_length=64)
    requested_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "request_key"), name="one_request_per_form"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MINOR_MAX),
                name="refund_request_in_bounds",
            ),
        )


class Refund(OutgoingItem):
    """The part of a request that goes back to one payment's card or bank: one row, one refund at Stripe.

    `booked_at` says since when the books have it as gone from our balance, `returned_at` since when its money is in the
    wallet again because it did not get there.
    """

    READY = RefundState.REQUESTED.value
    EDGES = REFUND_EDGES

    request = models.ForeignKey(RefundRequest, on_delete=models.PROTECT, related_name="refunds")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    read_at = models.DateTimeField(null=True)
    booked_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("request", "deposit"), name="one_refund_per_payment"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MINOR_MAX), name="refund_in_bounds"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in RefundState]), name="refund_state_is_known"
            ),
        )
        indexes = (models.Index(fields=("state", "due_at"), name="refunds_by_due"),)


class Dispute(models.Model):
    """A payment that a card's bank questions or takes back, as Stripe last told of it. `status` is Stripe's own word.

    Money is booked from its balance transactions alone: see `DisputeMovement`. Those that the books cannot tell wait
    for a person (`review_reason`), who says when they are `seen_to`: a list of their ids.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="disputes")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=255, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=64)
    reason = models.CharField(max_length=64, blank=True)
    is_over = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    was_answered = models.BooleanField(default=False)
    review_reason = models.CharField(max_length=200, blank=True)
    seen_to = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("read_at",), name="disputes_by_reading"),)


class DisputeMovement(models.Model):
    """One balance transaction of a dispute, booked once. Negative amounts were taken from us, positive ones came back.

    Of what was taken, `drained_minor` came out of budgets and `owed_minor` the sponsor owed; of what came back,
    `owed_minor` settled that and `losses_minor` what had been written off.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="movements")
    balance_transaction_id = models.CharField(max_length=255, unique=True)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    drained_minor = models.BigIntegerField(default=0)
    owed_minor = models.BigIntegerField(default=0)
    losses_minor = models.BigIntegerField(default=0)
    booked_at = models.DateTimeField()


class SpendPause(models.Model):
    """An organisation's money in one currency that is not spent for now: why, since when, and how it ends.

    A warning's pause belongs to one payment and ends by itself; a chargeback's ends when nothing is owed.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="spend_pauses")
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=16, choices=[(reason.value, reason.value) for reason in PauseReason])
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="spend_pauses")
    warning_id = models.CharField(max_length=255, unique=True, null=True)
    paused_since = models.DateTimeField()
    lasts_until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    lifted_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(reason__in=[reason.value for reason in PauseReason]),
                name="spend_pause_reason_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(reason="fraud_warning", warning_id__isnull=False, lasts_until__isnull=False)
                | models.Q(reason="chargeback", warning_id__isnull=True, lasts_until__isnull=True),
                name="spend_pause_ends_as_its_reason_says",
            ),
            models.UniqueConstraint(
                fields=("organisation", "currency"),
                condition=models.Q(reason="chargeback", lifted_at__isnull=True),
                name="one_live_chargeback_pause",
            ),
        )
        indexes = (
            models.Index(
                fields=("organisation", "currency"), condition=models.Q(lifted_at__isnull=True), name="live_pauses"
            ),
        )


class Act(models.TextChoices):
    """What the staff do about money in that waits for them."""

    LOOKED_AGAIN = "looked_again", "had it looked up again"
    SETTLED = "settled", "saw to it"
    LIFTED = "lifted", "ended the warning's pause"


class MoneyInAct(models.Model):
    """Who of the staff did what about a payment, refund, dispute or pause, and why. The database lets none change."""

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="money_in_acts")
    act = models.CharField(max_length=16, choices=Act.choices)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="acts", null=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="acts", null=True)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="acts", null=True)
    pause = models.ForeignKey(SpendPause, on_delete=models.PROTECT, related_name="acts", null=True)
    note = models.CharField(max_length=300, blank=True)
    # The form's key: sent twice, it is done once.
    request_key = models.CharField(max_length=64, blank=True)
    acted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("staff", "request_key"),
                condition=~models.Q(request_key=""),
                name="one_money_in_act_per_request",
            ),
            models.CheckConstraint(condition=models.Q(act__in=Act.values), name="money_in_act_is_known"),
            models.CheckConstraint(
                condition=models.Q(deposit__isnull=False, refund=None, dispute=None, pause=None)
                | models.Q(deposit=None, refund__isnull=False, dispute=None, pause=None)
                | models.Q(deposit=None, refund=None, dispute__isnull=False, pause=None)
                | models.Q(deposit=None, refund=None, dispute=None, pause__isnull=False),
                name="a_money_in_act_is_about_one_thing",
            ),
        )


class ListedThrough(models.Model):
    """How far a list of Stripe's has been looked through, so that what no letter told of is found."""

    name = models.CharField(max_length=32, unique=True)
    listed_until = models.DateTimeField()


class DocumentKind(models.TextChoices):
    """What is issued to sponsors, each kind with numbers of its own."""

    RECEIPT = "receipt"
    REFUND_NOTE = "refund_note"
    RETURNED_REFUND_NOTE = "returned_refund_note"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class DocumentCounter(models.Model):
    """The last number given to a kind of document. Its row's lock keeps the numbers without gaps."""

    kind = models.CharField(max_length=24, primary_key=True, choices=DocumentKind.choices)
    last_number = models.PositiveIntegerField(default=0)


class Document(models.Model):
    """A receipt, a note or an invoice as it was issued. The PDF is drawn from `facts`, which nobody can change."""

    kind = models.CharField(max_length=24, choices=DocumentKind.choices)
    number = models.PositiveIntegerField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="documents")
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    facts = models.JSONField()
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="documents", null=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="documents", null=True)
    # The first day of the month that an invoice is about.
    month_starts_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "number"), name="document_number_once"),
            models.UniqueConstraint(fields=("kind", "deposit"), name="one_receipt_per_payment"),
            models.UniqueConstraint(fields=("kind", "refund"), name="one_note_per_refund"),
            models.UniqueConstraint(
                fields=("organisation", "currency", "month_starts_on"), name="one_invoice_per_month"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=DocumentKind.values), name="document_kind_is_known"),
        )
        indexes = (models.Index(fields=("organisation", "currency", "-id"), name="documents_of_organisation"),)
