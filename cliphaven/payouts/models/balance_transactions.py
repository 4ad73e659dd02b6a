"""What moved on balances at Stripe, as Stripe tells it, and how far it was read."""

from django.db import models


class BalanceTransaction(models.Model):
    """One movement on a balance at Stripe, kept as Stripe told it; the database refuses to change or delete one.

    Amounts are signed, what left is negative, and `net_minor` is amount less fee. `stripe_account` is empty for the
    platform's own balance. What the other columns mean stands at `BalanceTransactionFacts`.
    """

    stripe_account = models.CharField(max_length=64, blank=True)
    stripe_id = models.CharField(max_length=64)
    type = models.CharField(max_length=64)
    reporting_category = models.CharField(max_length=64, blank=True)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    exchange_rate = models.CharField(max_length=32, blank=True)
    source = models.CharField(max_length=64, blank=True)
    refers_to = models.CharField(max_length=64, blank=True)
    source_note = models.CharField(max_length=16, blank=True)
    gives_back = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    available_on = models.DateField()
    imported_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("stripe_account", "stripe_id"), name="balance_transaction_once"),
            models.CheckConstraint(
                condition=models.Q(net_minor=models.F("amount_minor") - models.F("fee_minor")),
                name="balance_transaction_adds_up",
            ),
        )
        indexes = (models.Index(fields=("stripe_account", "created_at"), name="balance_transactions_by_age"),)


class BalanceTransactionImport(models.Model):
    """How far the import of one balance has come; a run that was broken off goes on from here.

    `newest` and `oldest` are ids at Stripe: everything between them is here. `reaches_back` says that nothing is older.
    """

    stripe_account = models.CharField(max_length=64, blank=True, unique=True)
    newest = models.CharField(max_length=64, blank=True)
    oldest = models.CharField(max_length=64, blank=True)
    reaches_back = models.BooleanField(default=False)
    # Until when Stripe's list was read to its end.
    complete_until = models.DateTimeField(null=True)
