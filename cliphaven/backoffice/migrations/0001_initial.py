"""Proofs, reconciliations and corrections."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("backoffice", "0001_first"),
        ("backoffice", "0002_what_stays"),
        ("backoffice", "0003_what_comes_out"),
        ("backoffice", "0004_left_before_it_was_read"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("payouts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Offset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry_kind", models.PositiveSmallIntegerField()),
                ("external_id", models.CharField(max_length=255)),
                ("account", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("about", models.CharField(blank=True, max_length=64)),
                ("offset_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("external_id", "entry_kind", "account", "currency"), name="entry_is_offset_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProofRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ran_at", models.DateTimeField()),
                ("took_ms", models.PositiveIntegerField()),
                ("is_full", models.BooleanField(default=False)),
                ("legs", models.BigIntegerField(null=True)),
                ("checks", models.JSONField()),
                ("failing", models.JSONField(default=list)),
            ],
            options={
                "indexes": [models.Index(fields=["ran_at"], name="proofs_by_age")],
            },
        ),
        migrations.CreateModel(
            name="ReconciliationRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("agreed", "Agreed"),
                            ("differing", "Differing"),
                            ("silent", "Silent"),
                            ("unfinished", "Unfinished"),
                        ],
                        default="running",
                        max_length=16,
                    ),
                ),
                ("with_import", models.BooleanField()),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("balances_total", models.PositiveIntegerField(default=0)),
                ("balances_read", models.PositiveIntegerField(default=0)),
                ("movements_read", models.PositiveIntegerField(default=0)),
                ("new_ties", models.PositiveIntegerField(default=0)),
                ("figures", models.JSONField(default=list)),
                ("findings", models.JSONField(default=dict)),
                ("legs_from", models.BigIntegerField(default=0)),
                ("legs_through", models.BigIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [models.Index(fields=["began_at"], name="reconciliations_by_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["running", "agreed", "differing", "silent", "unfinished"])),
                        name="reconciliation_state_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ToldBalance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("held_at", models.DateTimeField()),
                ("balance_minor", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "currency", "held_at"), name="balance_is_told_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.PositiveSmallIntegerField()),
                ("debit", models.CharField(blank=True, max_length=64)),
                ("credit", models.CharField(blank=True, max_length=64)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("reversed_kind", models.PositiveSmallIntegerField(null=True)),
                ("reversed_external_id", models.CharField(blank=True, max_length=255)),
                ("refers_to", models.CharField(blank=True, max_length=120)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("booked", "Booked"),
                            ("declined", "Declined"),
                            ("expired", "Expired"),
                        ],
                        default="proposed",
                        max_length=16,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "indexes": [models.Index(fields=["state", "proposed_at"], name="corrections_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="correction_is_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["booked", "declined"]), _negated=True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="correction_is_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "booked", "declined", "expired"])),
                        name="correction_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount_minor__gte", 1),
                                ("amount_minor__lte", 10000000000000),
                                ("reversed_kind__isnull", True),
                            ),
                            models.Q(("amount_minor__isnull", True), ("reversed_kind__isnull", False)),
                            _connector="OR",
                        ),
                        name="correction_moves_or_reverses",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__in", ["USD", "EUR", "GBP", "JPY"])),
                        name="correction_currency_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tie",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "balance_transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payouts.balancetransaction"
                    ),
                ),
                ("part", models.CharField(choices=[("amount", "amount"), ("fee", "fee")], max_length=8)),
                ("entry_kind", models.PositiveSmallIntegerField(null=True)),
                ("external_id", models.CharField(blank=True, max_length=255)),
                ("account", models.CharField(blank=True, max_length=64)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "returned_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payouts.balancetransaction",
                    ),
                ),
                ("tied_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("balance_transaction", "part"), name="movement_ties_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("entry_kind__isnull", False)),
                        fields=("external_id", "entry_kind", "account", "currency"),
                        name="entry_ties_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry_kind__isnull", False), ("returned_by__isnull", True)),
                            models.Q(("entry_kind__isnull", True), ("returned_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="tied_to_an_entry_or_a_return",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReconciliationLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="backoffice.reconciliationrun",
                    ),
                ),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("in_flight", "in_flight"),
                            ("too_new", "too_new"),
                            ("missing_in_books", "missing_in_books"),
                            ("missing_at_stripe", "missing_at_stripe"),
                            ("other_amount", "other_amount"),
                            ("converted", "converted"),
                            ("unclassified", "unclassified"),
                            ("unexplained", "unexplained"),
                            ("unreadable", "unreadable"),
                            ("left_unread", "left_unread"),
                        ],
                        max_length=24,
                    ),
                ),
                ("account", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("difference_minor", models.BigIntegerField()),
                ("what", models.CharField(max_length=160)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("stripe_id", models.CharField(blank=True, max_length=64)),
                ("happened_at", models.DateTimeField()),
                ("sentence", models.TextField()),
            ],
        ),
    ]
