"""Paydays, bank accounts and what Stripe said moved."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("payouts", "0001_first"),
        ("payouts", "0002_sending_state"),
        ("payouts", "0003_last_claimed_to_send"),
        ("payouts", "0004_payouts_in_parts"),
        ("payouts", "0005_key_prefix_of_a_batch"),
        ("payouts", "0006_releases_and_pauses"),
        ("payouts", "0007_two_people_release"),
        ("payouts", "0008_balance_transactions"),
        ("payouts", "0009_transfer_reversals"),
        ("payouts", "0010_staff_take_back"),
        ("payouts", "0011_what_gives_back"),
        ("payouts", "0012_bank_accounts"),
        ("payouts", "0013_former_accounts_and_sending_again"),
        ("payouts", "0014_steps_are_kept"),
        ("payouts", "0015_holds_of_new_bank_accounts"),
    ]

    initial = True

    dependencies = [
        ("campaigns", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ("gives_back", models.CharField(blank=True, max_length=64)),
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
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("iso_week", models.CharField(max_length=8)),
                ("number", models.PositiveSmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("awaiting_release", "Awaiting Release"),
                            ("planned", "Planned"),
                            ("running", "Running"),
                            ("stopped", "Stopped"),
                            ("done", "Done"),
                            ("sent_back", "Sent Back"),
                        ],
                        default="planned",
                        max_length=16,
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("stop_reason", models.CharField(blank=True, max_length=200)),
                ("key_prefix", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("iso_week", "number"), name="batches_of_a_week_are_numbered"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "sent_back"), _negated=True),
                        fields=("iso_week",),
                        name="one_live_batch_per_week",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__in", (1, 2))), name="a_week_is_planned_twice_at_most"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["awaiting_release", "planned", "running", "stopped", "done", "sent_back"])
                        ),
                        name="batch_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConnectedAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "creator",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="connected_account",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("stripe_id", models.CharField(max_length=64, null=True, unique=True)),
                ("transfers_active", models.BooleanField(default=False)),
                ("payouts_enabled", models.BooleanField(default=False)),
                ("details_submitted", models.BooleanField(default=False)),
                ("missing", models.JSONField(default=list)),
                ("usable_since", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("checked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="FormerAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_accounts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("stripe_id", models.CharField(max_length=64, unique=True)),
                ("left_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PayoutPause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payout_pauses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("identity", "We have to check who you are"),
                            ("security", "Somebody else may have been in your account"),
                            ("earnings", "We are checking how some of your views came about"),
                            ("asked_for", "You asked us to wait"),
                        ],
                        max_length=16,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("by_creator", models.BooleanField(default=False)),
                ("paused_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumed_at", None)), fields=("creator",), name="one_pause_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["identity", "security", "earnings", "asked_for"])),
                        name="pause_reason_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("steps", models.TextField(blank=True, default="", editable=False)),
                ("attempt", models.PositiveIntegerField(default=1)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("first_sent_at", models.DateTimeField(null=True)),
                ("last_claimed_to_send_at", models.DateTimeField(null=True)),
                ("looked_up_at", models.DateTimeField(null=True)),
                ("stripe_id", models.CharField(max_length=64, null=True, unique=True)),
                ("failure_code", models.CharField(blank=True, max_length=64)),
                ("failure_sentence", models.CharField(blank=True, max_length=300)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="payouts.batch"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="campaigns.campaign"
                    ),
                ),
                ("destination", models.CharField(max_length=64)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reserved", "reserved"),
                            ("sending", "sending"),
                            ("unknown", "unknown"),
                            ("sent", "sent"),
                            ("reversing", "reversing"),
                            ("reversed", "reversed"),
                            ("released", "released"),
                            ("needs_review", "needs_review"),
                        ],
                        default="reserved",
                        max_length=16,
                    ),
                ),
                ("part", models.PositiveIntegerField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["reserved", "sending", "unknown"])),
                        fields=["due_at"],
                        name="transfers_to_send",
                    ),
                    models.Index(
                        condition=models.Q(("state", "reversing")),
                        fields=["due_at"],
                        name="transfers_taken_back_in_part",
                    ),
                    models.Index(
                        condition=models.Q(("failure_code", "sent_after_all")),
                        fields=["batch"],
                        name="transfers_sent_after_all",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "creator", "campaign"), name="one_transfer_per_batch_and_campaign"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1)), name="transfer_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["sent", "reversing", "reversed"]), _negated=True),
                            ("stripe_id__isnull", False),
                            _connector="OR",
                        ),
                        name="sent_transfer_has_its_id",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "reserved",
                                    "sending",
                                    "unknown",
                                    "sent",
                                    "reversing",
                                    "reversed",
                                    "released",
                                    "needs_review",
                                ],
                            )
                        ),
                        name="transfer_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankPayout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("steps", models.TextField(blank=True, default="", editable=False)),
                ("attempt", models.PositiveIntegerField(default=1)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("first_sent_at", models.DateTimeField(null=True)),
                ("last_claimed_to_send_at", models.DateTimeField(null=True)),
                ("looked_up_at", models.DateTimeField(null=True)),
                ("stripe_id", models.CharField(max_length=64, null=True, unique=True)),
                ("failure_code", models.CharField(blank=True, max_length=64)),
                ("failure_sentence", models.CharField(blank=True, max_length=300)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bank_payouts", to="payouts.batch"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_payouts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("part", models.PositiveIntegerField(default=1)),
                ("connected_account", models.CharField(max_length=64)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting_for_funds", "waiting_for_funds"),
                            ("sending", "sending"),
                            ("unknown", "unknown"),
                            ("pending", "pending"),
                            ("in_transit", "in_transit"),
                            ("paid", "paid"),
                            ("failed", "failed"),
                            ("returned", "returned"),
                            ("withdrawn", "withdrawn"),
                            ("needs_review", "needs_review"),
                        ],
                        default="waiting_for_funds",
                        max_length=20,
                    ),
                ),
                ("bank_account_id", models.CharField(blank=True, max_length=64)),
                ("arrives_on", models.DateField(null=True)),
                ("trace_id", models.CharField(blank=True, max_length=120)),
                ("paid_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["state", "due_at"], name="bank_payouts_by_due")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "creator", "currency", "part", "attempt"),
                        name="bank_payout_attempts_are_numbered",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["failed", "returned", "withdrawn"]), _negated=True),
                        fields=("batch", "creator", "currency", "part"),
                        name="one_live_bank_payout",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1)), name="bank_payout_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting_for_funds",
                                    "sending",
                                    "unknown",
                                    "pending",
                                    "in_transit",
                                    "paid",
                                    "failed",
                                    "returned",
                                    "withdrawn",
                                    "needs_review",
                                ],
                            )
                        ),
                        name="bank_payout_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bank_accounts",
                        to="payouts.connectedaccount",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("stripe_id", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=120)),
                ("works", models.BooleanField()),
                ("works_since", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField(null=True)),
                ("hold_lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "currency"), name="one_bank_account_a_currency")
                ],
            },
        ),
        migrations.CreateModel(
            name="Skip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="skips", to="payouts.batch"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="skips", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("below_minimum", "Below the minimum payout: it is kept for you and adds up"),
                            ("no_connected_account", "Payouts are not set up yet: connect your bank under Payouts"),
                            (
                                "account_incomplete",
                                "Stripe still needs details from you: finish the set-up under Payouts",
                            ),
                            (
                                "no_bank_account",
                                "Stripe has no bank account of yours for this currency: add one under Payouts",
                            ),
                            (
                                "account_unreadable",
                                "Stripe could not be asked about your account: you are in the next run",
                            ),
                            ("run_full", "This run was full: it is kept for you and goes into the next one"),
                            ("paused", "Your payouts are paused: what to do about it stands under Payouts"),
                        ],
                        max_length=32,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "creator", "currency"), name="one_skip_per_batch")
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payday_acts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("released", "released it"),
                            ("sent_back", "sent it back"),
                            ("planned_again", "planned it again"),
                            ("stopped", "stopped it"),
                            ("resumed", "let it go on"),
                            ("paused", "paused a creator's payouts"),
                            ("unpaused", "let a creator's payouts go on"),
                            ("hold_lifted", "let payouts to a new bank account begin sooner"),
                            ("taken_back", "took a transfer back"),
                            ("settled", "saw to a transfer that was taken back"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="acts", to="payouts.batch"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts_on_payouts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("acted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("act", "released")),
                        fields=("batch", "staff"),
                        name="one_release_per_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("request_key", ""), _negated=True),
                        fields=("staff", "request_key"),
                        name="one_act_per_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("batch", None), ("creator__isnull", False)),
                            models.Q(("batch__isnull", False), ("creator", None)),
                            _connector="OR",
                        ),
                        name="an_act_is_on_a_batch_or_a_creator",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "act__in",
                                [
                                    "released",
                                    "sent_back",
                                    "planned_again",
                                    "stopped",
                                    "resumed",
                                    "paused",
                                    "unpaused",
                                    "hold_lifted",
                                    "taken_back",
                                    "settled",
                                ],
                            )
                        ),
                        name="act_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferReversal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("steps", models.TextField(blank=True, default="", editable=False)),
                ("attempt", models.PositiveIntegerField(default=1)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("first_sent_at", models.DateTimeField(null=True)),
                ("last_claimed_to_send_at", models.DateTimeField(null=True)),
                ("looked_up_at", models.DateTimeField(null=True)),
                ("stripe_id", models.CharField(max_length=64, null=True, unique=True)),
                ("failure_code", models.CharField(blank=True, max_length=64)),
                ("failure_sentence", models.CharField(blank=True, max_length=300)),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reversals", to="payouts.transfer"
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "asked"),
                            ("sending", "sending"),
                            ("unknown", "unknown"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("needs_review", "needs_review"),
                        ],
                        default="asked",
                        max_length=16,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer_reversals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                ("booked_at", models.DateTimeField(null=True)),
                ("sent_again_id", models.CharField(max_length=64, null=True, unique=True)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposed_reversals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_reversals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closing_note", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "sending", "unknown"])),
                        fields=("transfer",),
                        name="one_reversal_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1)), name="transfer_reversal_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True), ("stripe_id__isnull", False), _connector="OR"
                        ),
                        name="done_transfer_reversal_has_its_id",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_again_id", None),
                            models.Q(
                                ("closed_by__isnull", False),
                                ("proposed_by__isnull", False),
                                models.Q(("proposed_by", models.F("closed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sending_again_is_seen_by_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["asked", "sending", "unknown", "done", "refused", "needs_review"])
                        ),
                        name="transfer_reversal_state_is_known",
                    ),
                ],
            },
        ),
    ]
