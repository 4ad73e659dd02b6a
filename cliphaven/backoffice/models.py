"""What staff look at later: reconciliations and what they found, ties, corrections by two people, and proofs."""

from django.db import models

from cliphaven.backoffice.rules.findings import Finding
from cliphaven.backoffice.rules.matching import Part
from cliphaven.foundation.money import AMOUNT_MINOR_MAX, EXPONENTS
from cliphaven.identity.models import User
from cliphaven.payouts.models import BalanceTransaction


class Tie(models.Model):
    """One part of a balance transaction is one entry's movement on one mirror account: each ties once, for ever.

    `returned_by` instead of an entry: a payout that came back before it was ever booked, and its return, one row each.
    """

    balance_transaction = models.ForeignKey(BalanceTransaction, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=8, choices=[(part.value, part.value) for part in Part])
    entry_kind = models.PositiveSmallIntegerField(null=True)
    external_id = models.CharField(max_length=255, blank=True)
    account = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    returned_by = models.ForeignKey(BalanceTransaction, on_delete=models.PROTECT, related_name="+", null=True)
    tied_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("balance_transaction", "part"), name="movement_ties_once"),
            models.UniqueConstraint(
                fields=("external_id", "entry_kind", "account", "currency"),
                condition=models.Q(entry_kind__isnull=False),
                name="entry_ties_once",
            ),
            models.CheckConstraint(
                condition=models.Q(entry_kind__isnull=False, returned_by__isnull=True)
                | models.Q(entry_kind__isnull=True, returned_by__isnull=False),
                name="tied_to_an_entry_or_a_return",
            ),
        )


class Offset(models.Model):
    """What one entry moved on one mirror account, and needs no movement of its own: each is offset once, for ever.

    It makes up what another entry lacks of the movement that it ties to, which `about` names; or it comes out at
    nothing with others, as an entry and its reversal do.
    """

    entry_kind = models.PositiveSmallIntegerField()
    external_id = models.CharField(max_length=255)
    account = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    about = models.CharField(max_length=64, blank=True)
    offset_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("external_id", "entry_kind", "account", "currency"), name="entry_is_offset_once"
            ),
        )


class ReconciliationState(models.TextChoices):
    """What became of holding the books against Stripe."""

    RUNNING = "running"
    AGREED = "agreed"
    DIFFERING = "differing"
    SILENT = "silent"
    UNFINISHED = "unfinished"


class ReconciliationRun(models.Model):
    """The books held against Stripe once: how far it got, and what it found.

    `figures` has account, currency, books_minor and stripe_minor of each balance that is the platform's or differs.
    `findings` counts the lines by what they say. `legs_from` is where the next run begins to read the books.
    """

    state = models.CharField(max_length=16, choices=ReconciliationState.choices, default=ReconciliationState.RUNNING)
    with_import = models.BooleanField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    balances_total = models.PositiveIntegerField(default=0)
    balances_read = models.PositiveIntegerField(default=0)
    movements_read = models.PositiveIntegerField(default=0)
    new_ties = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=list)
    findings = models.JSONField(default=dict)
    legs_from = models.BigIntegerField(default=0)
    legs_through = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=ReconciliationState.values), name="reconciliation_state_is_known"
            ),
        )
        indexes = (models.Index(fields=("began_at",), name="reconciliations_by_age"),)


class ReconciliationLine(models.Model):
    """One thing that did not tie in a run; the columns mean what `findings.Line` says."""

    run = models.ForeignKey(ReconciliationRun, on_delete=models.CASCADE, related_name="lines")
    finding = models.CharField(max_length=24, choices=[(finding.value, finding.value) for finding in Finding])
    account = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    difference_minor = models.BigIntegerField()
    what = models.CharField(max_length=160)
    name = models.CharField(max_length=255, blank=True)
    stripe_id = models.CharField(max_length=64, blank=True)
    happened_at = models.DateTimeField()
    sentence = models.TextField()


class CorrectionState(models.TextChoices):
    """The life of a correction."""

    PROPOSED = "proposed"
    BOOKED = "booked"
    DECLINED = "declined"
    EXPIRED = "expired"


class Correction(models.Model):
    """An entry by hand: proposed by one of the staff, booked by another. What was proposed never changes.

    A movement names both accounts and an amount; a reversal names the entry that it undoes and moves what that moved.
    """

    kind = models.PositiveSmallIntegerField()
    debit = models.CharField(max_length=64, blank=True)
    credit = models.CharField(max_length=64, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    reversed_kind = models.PositiveSmallIntegerField(null=True)
    reversed_external_id = models.CharField(max_length=255, blank=True)
    refers_to = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=16, choices=CorrectionState.choices, default=CorrectionState.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="correction_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["booked", "declined"]) | models.Q(decided_by__isnull=False),
                name="correction_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=CorrectionState.values), name="correction_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MINOR_MAX, reversed_kind__isnull=True)
                | models.Q(amount_minor__isnull=True, reversed_kind__isnull=False),
                name="correction_moves_or_reverses",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__in=list(EXPONENTS)), name="correction_currency_is_known"
            ),
        )
        indexes = (models.Index(fields=("state", "proposed_at"), name="corrections_by_state"),)


class ProofRun(models.Model):
    """The invariants asked once: `checks` has name, looked_at and failures of each.

    `is_full` when everything was looked at. `legs` is how many the books had, where that was counted. `solvency` has
    the fields of rules/solvency.py for each currency; empty where the books could not be asked.
    """

    ran_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    is_full = models.BooleanField(default=False)
    legs = models.BigIntegerField(null=True)
    checks = models.JSONField()
    failing = models.JSONField(default=list)
    solvency = models.JSONField(default=list)

    class Meta:
        indexes = (models.Index(fields=("ran_at",), name="proofs_by_age"),)


class ToldBalance(models.Model):
    """What the books said that an account held at a closed moment, kept for ever, so that they can be asked again."""

    account = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    held_at = models.DateTimeField()
    balance_minor = models.BigIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "currency", "held_at"), name="balance_is_told_once"),)
