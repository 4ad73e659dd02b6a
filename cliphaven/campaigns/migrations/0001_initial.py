"""Campaigns, their terms, and the money that comes in for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("campaigns", "0001_first"),
        ("campaigns", "0002_terms_stay"),
        ("campaigns", "0003_caps_per_creator"),
        ("campaigns", "0004_money_in"),
        ("campaigns", "0005_documents_stay"),
        ("campaigns", "0006_money_in_acts"),
        ("campaigns", "0007_money_in_acts_stay"),
        ("campaigns", "0008_steps_are_kept"),
        ("campaigns", "0009_rules_for_clips"),
        ("campaigns", "0010_credit_notes"),
    ]

    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DocumentCounter",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receipt", "Receipt"),
                            ("refund_note", "Refund Note"),
                            ("returned_refund_note", "Returned Refund Note"),
                            ("invoice", "Invoice"),
                            ("credit_note", "Credit Note"),
                        ],
                        max_length=24,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("last_number", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ListedThrough",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=32, unique=True)),
                ("listed_until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="identity.organisation",
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("brief", models.TextField(max_length=2000)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("completed", "Completed"),
                            ("closed", "Closed"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                ("completed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "active", "paused", "completed", "closed"])),
                        name="campaign_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__in", ["USD", "EUR", "GBP", "JPY"])),
                        name="campaign_currency_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deposit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deposits", to="identity.organisation"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("processing", "Processing"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                            ("needs_review", "Needs Review"),
                            ("seen_to", "Seen To"),
                        ],
                        default="started",
                        max_length=16,
                    ),
                ),
                ("checkout_session_id", models.CharField(max_length=255, null=True, unique=True)),
                ("payment_intent_id", models.CharField(max_length=255, null=True, unique=True)),
                ("charge_id", models.CharField(max_length=255, null=True, unique=True)),
                ("received_minor", models.BigIntegerField(null=True)),
                ("review_reason", models.CharField(blank=True, max_length=200)),
                ("started_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "currency", "state"], name="deposits_of_organisation")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1), ("amount_minor__lte", 10000000000000)),
                        name="deposit_amount_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["started", "processing", "paid", "failed", "expired", "needs_review", "seen_to"],
                            )
                        ),
                        name="deposit_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "paid"), _negated=True),
                            models.Q(
                                ("charge_id__isnull", False),
                                ("payment_intent_id__isnull", False),
                                ("received_minor__gte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="paid_deposit_names_its_charge",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefundRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refund_requests",
                        to="identity.organisation",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("request_key", models.CharField(max_length=64)),
                ("keys_begin_with", models.CharField(max_length=64)),
                ("requested_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "request_key"), name="one_request_per_form"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1), ("amount_minor__lte", 10000000000000)),
                        name="refund_request_in_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="identity.organisation"
                    ),
                ),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="campaigns.deposit"
                    ),
                ),
                ("stripe_id", models.CharField(max_length=255, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("status", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, max_length=64)),
                ("is_over", models.BooleanField(default=False)),
                ("due_at", models.DateTimeField(null=True)),
                ("was_answered", models.BooleanField(default=False)),
                ("review_reason", models.CharField(blank=True, max_length=200)),
                ("seen_to", models.JSONField(default=list)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["read_at"], name="disputes_by_reading")],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=20)),
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
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="campaigns.refundrequest",
                    ),
                ),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="campaigns.deposit"
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("read_at", models.DateTimeField(null=True)),
                ("booked_at", models.DateTimeField(null=True)),
                ("returned_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["state", "due_at"], name="refunds_by_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("request", "deposit"), name="one_refund_per_payment"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1), ("amount_minor__lte", 10000000000000)),
                        name="refund_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "requested",
                                    "sending",
                                    "unknown",
                                    "pending",
                                    "requires_action",
                                    "succeeded",
                                    "failed",
                                    "canceled",
                                    "released",
                                    "needs_review",
                                ],
                            )
                        ),
                        name="refund_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpendPause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spend_pauses",
                        to="identity.organisation",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "reason",
                    models.CharField(
                        choices=[("chargeback", "chargeback"), ("fraud_warning", "fraud_warning")], max_length=16
                    ),
                ),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spend_pauses", to="campaigns.deposit"
                    ),
                ),
                ("warning_id", models.CharField(max_length=255, null=True, unique=True)),
                ("paused_since", models.DateTimeField()),
                ("lasts_until", models.DateTimeField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("lifted_because", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=["organisation", "currency"],
                        name="live_pauses",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["chargeback", "fraud_warning"])),
                        name="spend_pause_reason_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("lasts_until__isnull", False),
                                ("reason", "fraud_warning"),
                                ("warning_id__isnull", False),
                            ),
                            models.Q(
                                ("lasts_until__isnull", True), ("reason", "chargeback"), ("warning_id__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="spend_pause_ends_as_its_reason_says",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True), ("reason", "chargeback")),
                        fields=("organisation", "currency"),
                        name="one_live_chargeback_pause",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="campaigns.campaign"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("min_views", models.BigIntegerField(default=0)),
                ("max_payout_per_clip_minor", models.BigIntegerField(null=True)),
                ("cap_per_creator_minor", models.BigIntegerField(null=True)),
                ("clips_per_creator_daily", models.PositiveIntegerField(null=True)),
                ("fee_bp", models.PositiveIntegerField()),
                ("hold_days", models.PositiveIntegerField(default=7)),
                ("review_hours", models.PositiveIntegerField(default=48)),
                ("freshness_days", models.PositiveIntegerField(default=7)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "version"), name="terms_version_once"),
                    models.CheckConstraint(condition=models.Q(("fee_bp__lte", 5000)), name="fee_in_bounds"),
                    models.CheckConstraint(
                        condition=models.Q(("min_views__gte", 0), ("min_views__lte", 100000000000)),
                        name="minimum_views_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_payout_per_clip_minor__isnull", True),
                            ("max_payout_per_clip_minor__gte", 1),
                            _connector="OR",
                        ),
                        name="clip_cap_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cap_per_creator_minor__isnull", True), ("cap_per_creator_minor__gte", 1), _connector="OR"
                        ),
                        name="creator_cap_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("clips_per_creator_daily__isnull", True),
                            ("clips_per_creator_daily__gte", 1),
                            _connector="OR",
                        ),
                        name="daily_clips_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DisputeMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="movements", to="campaigns.dispute"
                    ),
                ),
                ("balance_transaction_id", models.CharField(max_length=255, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("drained_minor", models.BigIntegerField(default=0)),
                ("owed_minor", models.BigIntegerField(default=0)),
                ("losses_minor", models.BigIntegerField(default=0)),
                ("booked_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receipt", "Receipt"),
                            ("refund_note", "Refund Note"),
                            ("returned_refund_note", "Returned Refund Note"),
                            ("invoice", "Invoice"),
                            ("credit_note", "Credit Note"),
                        ],
                        max_length=24,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="identity.organisation",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("issued_at", models.DateTimeField()),
                ("facts", models.JSONField()),
                (
                    "deposit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="campaigns.deposit",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="campaigns.refund",
                    ),
                ),
                ("month_starts_on", models.DateField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "currency", "-id"], name="documents_of_organisation")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "number"), name="document_number_once"),
                    models.UniqueConstraint(fields=("kind", "deposit"), name="one_receipt_per_payment"),
                    models.UniqueConstraint(fields=("kind", "refund"), name="one_note_per_refund"),
                    models.UniqueConstraint(
                        fields=("organisation", "currency", "month_starts_on"), name="one_invoice_per_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["receipt", "refund_note", "returned_refund_note", "invoice", "credit_note"])
                        ),
                        name="document_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MoneyInAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="money_in_acts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("looked_again", "had it looked up again"),
                            ("settled", "saw to it"),
                            ("lifted", "ended the warning's pause"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "deposit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="campaigns.deposit",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="campaigns.refund",
                    ),
                ),
                (
                    "dispute",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="campaigns.dispute",
                    ),
                ),
                (
                    "pause",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="campaigns.spendpause",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("acted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("request_key", ""), _negated=True),
                        fields=("staff", "request_key"),
                        name="one_money_in_act_per_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ["looked_again", "settled", "lifted"])),
                        name="money_in_act_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deposit__isnull", False), ("dispute", None), ("pause", None), ("refund", None)),
                            models.Q(("deposit", None), ("dispute", None), ("pause", None), ("refund__isnull", False)),
                            models.Q(("deposit", None), ("dispute__isnull", False), ("pause", None), ("refund", None)),
                            models.Q(("deposit", None), ("dispute", None), ("pause__isnull", False), ("refund", None)),
                            _connector="OR",
                        ),
                        name="a_money_in_act_is_about_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequiredInClip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="required_in_clips",
                        to="campaigns.terms",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mention", "mention"),
                            ("hashtag", "hashtag"),
                            ("phrase", "phrase"),
                            ("min_seconds", "min_seconds"),
                            ("max_seconds", "max_seconds"),
                            ("language", "language"),
                        ],
                        max_length=16,
                    ),
                ),
                ("value", models.CharField(max_length=100)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("terms", "kind", "value"), name="each_clip_rule_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["mention", "hashtag", "phrase", "min_seconds", "max_seconds", "language"])
                        ),
                        name="clip_rule_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value", ""), _negated=True), name="clip_rule_has_a_value"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rates", to="campaigns.terms"
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                ("cpm_minor", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("terms", "platform"), name="one_rate_per_platform"),
                    models.CheckConstraint(
                        condition=models.Q(("cpm_minor__gte", 1), ("cpm_minor__lte", 1000000)), name="cpm_in_bounds"
                    ),
                ],
            },
        ),
    ]
