"""What Stripe says moved on its balances, kept as it was said: no change, no deletion, no emptying."""

import django.db.models.expressions
from django.db import migrations, models

GUARD = """
create function payouts_keep_balance_transactions() returns trigger language plpgsql as $$
begin
    raise exception 'What Stripe said moved is kept as it was said: % is refused', lower(tg_op) using errcode = 'PA003';
end
$$;
create trigger balance_transactions_stay before update or delete on payouts_balancetransaction
    for each row execute function payouts_keep_balance_transactions();
create trigger balance_transactions_are_not_emptied before truncate on payouts_balancetransaction
    for each statement execute function payouts_keep_balance_transactions();
"""
UNGUARD = """
drop trigger balance_transactions_are_not_emptied on payouts_balancetransaction;
drop trigger balance_transactions_stay on payouts_balancetransaction;
drop function payouts_keep_balance_transactions();
"""


class Migration(migrations.Migration):
    """Balance transactions, how far they were brought in, and the triggers that keep them."""

    dependencies = (("payouts", "0007_two_people_release"),)

    operations = (
        migrations.CreateModel(
            name="BalanceTransactionImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stripe_account", models.CharField(blank=True, max_length=64, unique=True)),
                ("newest", models.CharField(blank=True, max_length=64)),
                ("oldest", models.CharField(blank=True, max_length=64)),
                ("reaches_back", models.BooleanField(default=False)),
                ("complete_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BalanceTransaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stripe_account", models.CharField(blank=True, max_length=64)),
                ("stripe_id", models.CharField(max_length=64)),
                ("type", models.CharField(max_length=64)),
                ("reporting_category", models.CharField(blank=True, max_length=64)),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("net_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("exchange_rate", models.CharField(blank=True, max_length=32)),
                ("source", models.CharField(blank=True, max_length=64)),
                ("refers_to", models.CharField(blank=True, max_length=64)),
                ("source_note", models.CharField(blank=True, max_length=16)),
                ("created_at", models.DateTimeField()),
                ("available_on", models.DateField()),
                ("imported_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["stripe_account", "created_at"], name="balance_transactions_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("stripe_account", "stripe_id"), name="balance_transaction_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("amount_minor"), "-", models.F("fee_minor")
                                ),
                            )
                        ),
                        name="balance_transaction_adds_up",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    )
