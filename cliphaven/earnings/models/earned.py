"""Accruals: views that became money owed; and what became of each: held, taken for a debt, reversed."""

from django.db import models

from cliphaven.campaigns.models import Campaign, Terms
from cliphaven.clips.models import Clip
from cliphaven.identity.models import User
from cliphaven.tracking.models import Observation


class Stage(models.TextChoices):
    """Where the money of one accrual is. What lies behind `reserved` (sent, paid) is the room of payouts' to know."""

    CLEARING = "clearing"
    HELD = "held"
    PAYABLE = "payable"
    RESERVED = "reserved"
    REVERSED = "reversed"


UNPAID = (Stage.CLEARING, Stage.HELD, Stage.PAYABLE)


class Accrual(models.Model):
    """One step of one clip's earnings, from one believed count to the next.

    The money stands in the ledger under (accrual, `{clip}:{number}`); this row says which views and terms made it.
    `gross_total_minor` is what the clip earned up to and with this step. `capped_minor` is what the creator's cap did
    not let it earn, `unfunded_minor` what the budget could no longer pay of the rest.

    What moves from stage to stage is the net less its deductions.
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="accruals", db_index=False)
    number = models.PositiveIntegerField()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="accruals", db_index=False)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="accruals", db_index=False)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_observation = models.ForeignKey(
        Observation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    to_observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="+")
    views_from = models.BigIntegerField()
    views_to = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    gross_total_minor = models.BigIntegerField()
    capped_minor = models.BigIntegerField(default=0)
    unfunded_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    accrued_at = models.DateTimeField()
    clears_at = models.DateTimeField()
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.CLEARING)
    cleared_at = models.DateTimeField(null=True)
    # The transfer item that pays this accrual, as the room of payouts numbers them; None while nothing does.
    reserved_for = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("clip", "number"), name="accruals_are_numbered"),
            models.CheckConstraint(condition=models.Q(gross_minor__gte=1), name="accrual_gross_positive"),
            models.CheckConstraint(
                condition=models.Q(fee_minor__gte=0, fee_minor__lte=models.F("gross_minor")),
                name="accrual_fee_within_gross",
            ),
            models.CheckConstraint(
                condition=models.Q(gross_total_minor__gte=models.F("gross_minor")), name="accrual_total_holds_its_step"
            ),
            models.CheckConstraint(condition=models.Q(capped_minor__gte=0), name="accrual_capped_not_negative"),
            models.CheckConstraint(condition=models.Q(unfunded_minor__gte=0), name="accrual_unfunded_not_negative"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="accrual_stage_is_known"),
            models.CheckConstraint(
                condition=models.Q(stage__in=(Stage.HELD, Stage.REVERSED))
                | models.Q(stage=Stage.CLEARING, cleared_at__isnull=True)
                | models.Q(stage__in=(Stage.PAYABLE, Stage.RESERVED), cleared_at__isnull=False),
                name="accrual_clears_before_it_is_payable",
            ),
            models.CheckConstraint(
                condition=models.Q(stage=Stage.RESERVED, reserved_for__isnull=False)
                | (~models.Q(stage=Stage.RESERVED) & models.Q(reserved_for__isnull=True)),
                name="accrual_is_reserved_for_a_transfer",
            ),
        )
        indexes = (
            models.Index(
                fields=("clears_at", "id"), condition=models.Q(stage=Stage.CLEARING), name="accruals_to_clear"
            ),
            models.Index(
                fields=("creator", "campaign"), condition=models.Q(stage=Stage.PAYABLE), name="accruals_to_pay"
            ),
            models.Index(
                fields=("reserved_for",), condition=models.Q(reserved_for__isnull=False), name="accruals_by_transfer"
            ),
            models.Index(fields=("creator", "-accrued_at"), name="accruals_by_creator"),
            models.Index(fields=("campaign", "accrued_at"), name="accruals_by_campaign"),
        )

    @property
    def net_minor(self) -> int:
        """What the creator gets of it."""
        return self.gross_minor - self.fee_minor

    @property
    def name(self) -> str:
        """What the books call it."""
        return f"{self.clip_id}:{self.number}"


class HoldReason(models.TextChoices):
    """Why earnings are held, in words for the creator."""

    VIEWS_DROPPED = "views_dropped", "The platform took views back"
    SUSPICIOUS_VIEWS = "suspicious_views", "The views do not look like people watching"
    UNDER_REVIEW = "under_review", "Our staff is looking at the clip"
    DISPUTED = "disputed", "Somebody else says that the clip is theirs"


class HoldOutcome(models.TextChoices):
    """How a hold ended."""

    RELEASED = "released"
    VOIDED = "voided"


class Hold(models.Model):
    """One accrual's money kept apart until `releases_at`, on which it goes back by itself to where it came from.

    In the books it is (hold, `hold:{id}`), for `amount_minor`, and (release, `hold:{id}`) for what was not taken of it
    meanwhile. `placed_by` and `ended_by` are "system" or "user:7".
    """

    accrual = models.ForeignKey(Accrual, on_delete=models.PROTECT, related_name="holds")
    came_from = models.CharField(max_length=16)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=24, choices=HoldReason.choices)
    note = models.TextField(max_length=2000, blank=True)
    placed_by = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    releases_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=HoldOutcome.choices, blank=True)
    ended_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("accrual",), condition=models.Q(ended_at__isnull=True), name="one_open_hold_per_accrual"
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="hold_amount_not_negative"),
            models.CheckConstraint(condition=models.Q(reason__in=HoldReason.values), name="hold_reason_is_known"),
            models.CheckConstraint(
                condition=models.Q(came_from__in=(Stage.CLEARING, Stage.PAYABLE)), name="hold_came_from_a_stage"
            ),
            models.CheckConstraint(
                condition=models.Q(releases_at__gt=models.F("placed_at")), name="hold_releases_after_it_began"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, outcome="", ended_by="")
                | (models.Q(ended_at__isnull=False, outcome__in=HoldOutcome.values) & ~models.Q(ended_by="")),
                name="a_hold_ends_with_an_outcome",
            ),
        )
        indexes = (
            models.Index(fields=("releases_at", "id"), condition=models.Q(ended_at__isnull=True), name="holds_to_end"),
            models.Index(fields=("placed_by",), name="holds_by_whom"),
        )


class HoldExtension(models.Model):
    """Somebody put the day on which a hold ends by itself further away, and said why."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="extensions")
    former_releases_at = models.DateTimeField()
    releases_at = models.DateTimeField()
    reason = models.TextField(max_length=2000)
    actor = models.CharField(max_length=64)
    extended_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(releases_at__gt=models.F("former_releases_at")), name="an_extension_is_later"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="an_extension_has_a_reason"),
        )


class ReversalReason(models.TextChoices):
    """Why earnings do not count, in words for the creator."""

    BOUGHT_VIEWS = "bought_views", "The views were not made by people"
    VIEWS_TAKEN_BACK = "views_taken_back", "The platform took the views back"
    NOT_YOURS = "not_yours", "The clip is somebody else's"
    TERMS_BROKEN = "terms_broken", "The clip breaks the terms of the campaign"
    OUR_MISTAKE = "our_mistake", "We counted wrongly"


class ReversalKind(models.TextChoices):
    """Whether the earnings were still unpaid, or already on their way or paid."""

    VOID = "void"
    CLAWBACK = "clawback"


class ReturnedTo(models.TextChoices):
    """Who has the money back: the campaign, the wallet of its sponsor once it is closed, or the platform."""

    CAMPAIGN = "campaign"
    WALLET = "wallet"
    LOSSES = "losses"


class EarningReversal(models.Model):
    """One accrual does not count, for a named reason. Its views stay counted, so that they are not earned again.

    A void gives back what is unpaid: (void, `{clip}:{number}`). A clawback takes what was paid from the creator's other
    earnings, and what they do not cover is owed: (clawback, `{clip}:{number}`). A part of a voided accrual that had
    paid a debt is taken likewise. `fee_minor` is the fee that the platform gave back, and `returned_minor` what the
    sponsor has back, fee included: of a closed campaign nothing of what was paid, or had paid a debt.
    """

    accrual = models.OneToOneField(Accrual, on_delete=models.PROTECT, related_name="reversal")
    kind = models.CharField(max_length=16, choices=ReversalKind.choices)
    net_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField()
    returned_to = models.CharField(max_length=16, choices=ReturnedTo.choices)
    reason = models.CharField(max_length=24, choices=ReversalReason.choices)
    note = models.TextField(max_length=2000)
    actor = models.CharField(max_length=64)
    reversed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=ReversalKind.values), name="reversal_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(reason__in=ReversalReason.values) & ~models.Q(note="") & ~models.Q(actor=""),
                name="a_reversal_says_why_and_who",
            ),
            models.CheckConstraint(
                condition=models.Q(returned_to__in=ReturnedTo.values), name="reversal_receiver_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(net_minor__gte=0, fee_minor__gte=0), name="reversal_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    returned_to=ReturnedTo.CAMPAIGN, returned_minor=models.F("net_minor") + models.F("fee_minor")
                )
                | models.Q(
                    returned_to=ReturnedTo.WALLET,
                    returned_minor__gte=models.F("fee_minor"),
                    returned_minor__lte=models.F("net_minor") + models.F("fee_minor"),
                )
                | models.Q(returned_to=ReturnedTo.LOSSES, returned_minor=0),
                name="a_reversal_returns_what_its_receiver_has",
            ),
        )


class Recovery(models.Model):
    """A creator's payable earnings paid a debt: (recover, `creator:{creator}:{id}`)."""

    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recoveries")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    recovered_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="recovery_is_positive"),)


class Deduction(models.Model):
    """A part of one accrual's net that paid for a reversed one: at once (`reversal`), or as a debt (`recovery`)."""

    accrual = models.ForeignKey(Accrual, on_delete=models.PROTECT, related_name="deductions")
    amount_minor = models.BigIntegerField()
    taken_from = models.CharField(max_length=16)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="deductions")
    reversal = models.ForeignKey(EarningReversal, on_delete=models.PROTECT, null=True, related_name="deductions")
    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, null=True, related_name="deductions")
    taken_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="deduction_is_positive"),
            models.CheckConstraint(condition=models.Q(taken_from__in=UNPAID), name="deduction_is_of_unpaid_money"),
            models.CheckConstraint(
                condition=models.Q(taken_from=Stage.HELD, hold__isnull=False)
                | (~models.Q(taken_from=Stage.HELD) & models.Q(hold__isnull=True)),
                name="deduction_of_held_money_names_the_hold",
            ),
            models.CheckConstraint(
                condition=models.Q(reversal__isnull=False, recovery__isnull=True)
                | models.Q(reversal__isnull=True, recovery__isnull=False, taken_from=Stage.PAYABLE),
                name="deduction_has_one_cause",
            ),
        )


class Deed(models.TextChoices):
    """What one of the staff did to the money of a clip."""

    HELD = "held", "held"
    RELEASED = "released", "let go"
    EXTENDED = "extended", "kept longer"
    REVERSED = "reversed", "reversed"


class EarningAct(models.Model):
    """Who did what to the money of one clip, and why, in minor units of its currency. It is never changed.

    `reason` is a HoldReason or a ReversalReason. `clawed_back_minor` of the amount was paid already, and `owed_minor`
    of it the creator owes. `views_standing` is what the platform showed then, None where that was not known.
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="earning_acts", db_index=False)
    deed = models.CharField(max_length=16, choices=Deed.choices)
    reason = models.CharField(max_length=24)
    note = models.TextField(max_length=2000, blank=True)
    actor = models.CharField(max_length=64)
    # The sender's name for the request: sent twice, it is done once.
    request_key = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    entries = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    clawed_back_minor = models.BigIntegerField(default=0)
    owed_minor = models.BigIntegerField(default=0)
    views_standing = models.BigIntegerField(null=True)
    acted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("actor", "request_key"), condition=~models.Q(request_key=""), name="one_earning_act_per_request"
            ),
            models.CheckConstraint(
                condition=models.Q(deed__in=Deed.values) & ~models.Q(actor=""), name="deed_is_known_and_somebodys"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount_minor__gte=0,
                    clawed_back_minor__gte=0,
                    clawed_back_minor__lte=models.F("amount_minor"),
                    owed_minor__gte=0,
                    owed_minor__lte=models.F("amount_minor"),
                ),
                name="earning_act_amounts_are_parts",
            ),
        )
        indexes = (models.Index(fields=("clip", "-id"), name="earning_acts_of_a_clip"),)
