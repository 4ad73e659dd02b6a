"""What views earned, and what became of it."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("earnings", "0001_first"),
        ("earnings", "0002_accruals_stay"),
        ("earnings", "0003_stages_and_what_became_of_them"),
        ("earnings", "0004_they_stay"),
        ("earnings", "0005_acts_and_what_came_back"),
        ("earnings", "0006_acts_stay"),
        ("earnings", "0007_credit_notes"),
        ("earnings", "0008_credit_notes_stay"),
        ("earnings", "0009_figures_are_kept"),
        ("earnings", "0010_holds_by_whom"),
    ]

    initial = True

    dependencies = [
        ("campaigns", "0001_initial"),
        ("clips", "0001_initial"),
        ("fraud", "0001_initial"),
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tracking", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptFigures",
            fields=[
                ("kind", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("figures", models.JSONField()),
                ("as_of_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Accrual",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "clip",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accruals",
                        to="clips.clip",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accruals",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accruals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.terms",
                    ),
                ),
                (
                    "from_observation",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tracking.observation",
                    ),
                ),
                (
                    "to_observation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tracking.observation"
                    ),
                ),
                ("views_from", models.BigIntegerField()),
                ("views_to", models.BigIntegerField()),
                ("gross_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("gross_total_minor", models.BigIntegerField()),
                ("capped_minor", models.BigIntegerField(default=0)),
                ("unfunded_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("accrued_at", models.DateTimeField()),
                ("clears_at", models.DateTimeField()),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("clearing", "Clearing"),
                            ("held", "Held"),
                            ("payable", "Payable"),
                            ("reserved", "Reserved"),
                            ("reversed", "Reversed"),
                        ],
                        default="clearing",
                        max_length=16,
                    ),
                ),
                ("cleared_at", models.DateTimeField(null=True)),
                ("reserved_for", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("stage", "clearing")), fields=["clears_at", "id"], name="accruals_to_clear"
                    ),
                    models.Index(
                        condition=models.Q(("stage", "payable")), fields=["creator", "campaign"], name="accruals_to_pay"
                    ),
                    models.Index(
                        condition=models.Q(("reserved_for__isnull", False)),
                        fields=["reserved_for"],
                        name="accruals_by_transfer",
                    ),
                    models.Index(fields=["creator", "-accrued_at"], name="accruals_by_creator"),
                    models.Index(fields=["campaign", "accrued_at"], name="accruals_by_campaign"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("clip", "number"), name="accruals_are_numbered"),
                    models.CheckConstraint(condition=models.Q(("gross_minor__gte", 1)), name="accrual_gross_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("fee_minor__gte", 0), ("fee_minor__lte", models.F("gross_minor"))),
                        name="accrual_fee_within_gross",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("gross_total_minor__gte", models.F("gross_minor"))),
                        name="accrual_total_holds_its_step",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capped_minor__gte", 0)), name="accrual_capped_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unfunded_minor__gte", 0)), name="accrual_unfunded_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["clearing", "held", "payable", "reserved", "reversed"])),
                        name="accrual_stage_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ("held", "reversed")),
                            models.Q(("cleared_at__isnull", True), ("stage", "clearing")),
                            models.Q(("cleared_at__isnull", False), ("stage__in", ("payable", "reserved"))),
                            _connector="OR",
                        ),
                        name="accrual_clears_before_it_is_payable",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reserved_for__isnull", False), ("stage", "reserved")),
                            models.Q(models.Q(("stage", "reserved"), _negated=True), ("reserved_for__isnull", True)),
                            _connector="OR",
                        ),
                        name="accrual_is_reserved_for_a_transfer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EarningAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "clip",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="earning_acts",
                        to="clips.clip",
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("held", "held"),
                            ("released", "let go"),
                            ("extended", "kept longer"),
                            ("reversed", "reversed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(max_length=24)),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("actor", models.CharField(max_length=64)),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("entries", models.PositiveIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("clawed_back_minor", models.BigIntegerField(default=0)),
                ("owed_minor", models.BigIntegerField(default=0)),
                ("views_standing", models.BigIntegerField(null=True)),
                ("acted_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["clip", "-id"], name="earning_acts_of_a_clip")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("request_key", ""), _negated=True),
                        fields=("actor", "request_key"),
                        name="one_earning_act_per_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deed__in", ["held", "released", "extended", "reversed"]),
                            models.Q(("actor", ""), _negated=True),
                        ),
                        name="deed_is_known_and_somebodys",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_minor__gte", 0),
                            ("clawed_back_minor__gte", 0),
                            ("clawed_back_minor__lte", models.F("amount_minor")),
                            ("owed_minor__gte", 0),
                            ("owed_minor__lte", models.F("amount_minor")),
                        ),
                        name="earning_act_amounts_are_parts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PurgeFollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purge",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="follow_up", to="tracking.purge"
                    ),
                ),
                (
                    "clip",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clips.clip"),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="fraud.riskcase"
                    ),
                ),
                ("followed_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("nothing_counted", "none of these views had become money"),
                            ("came_back", "the views came back"),
                            ("voided", "all of it was unpaid, and went back to the campaign"),
                            ("too_late", "earned longer ago than credits reach back"),
                            ("credited", "credited to the sponsor"),
                        ],
                        max_length=16,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("settled_at", None)), fields=["id"], name="purges_to_settle")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_at", None)),
                            models.Q(
                                ("outcome__in", ["nothing_counted", "came_back", "voided", "too_late", "credited"]),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_settled_purge_has_an_outcome",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recoveries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("recovered_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gte", 1)), name="recovery_is_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="credit_note", to="campaigns.document"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="identity.organisation",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "clip",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="clips.clip",
                    ),
                ),
                (
                    "follow_up",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_note",
                        to="earnings.purgefollowup",
                    ),
                ),
                ("correction_id", models.BigIntegerField(null=True, unique=True)),
                ("views_from", models.BigIntegerField(null=True)),
                ("views_to", models.BigIntegerField(null=True)),
                ("views", models.BigIntegerField(null=True)),
                ("amount_minor", models.BigIntegerField()),
                ("capped_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("cause", models.TextField(max_length=2000)),
                ("issued_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "-id"], name="credit_notes_of_sponsor")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gte", 1)), name="a_credit_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("capped_minor__gte", 0)), name="credit_cap_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("clip__isnull", False),
                                ("correction_id", None),
                                ("follow_up__isnull", False),
                                ("views__isnull", False),
                            ),
                            models.Q(("correction_id__isnull", False), ("follow_up", None)),
                            _connector="OR",
                        ),
                        name="a_credit_note_has_one_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause", ""), _negated=True), name="a_credit_note_says_why"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EarningReversal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "accrual",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reversal", to="earnings.accrual"
                    ),
                ),
                ("kind", models.CharField(choices=[("void", "Void"), ("clawback", "Clawback")], max_length=16)),
                ("net_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("returned_minor", models.BigIntegerField()),
                (
                    "returned_to",
                    models.CharField(
                        choices=[("campaign", "Campaign"), ("wallet", "Wallet"), ("losses", "Losses")], max_length=16
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("bought_views", "The views were not made by people"),
                            ("views_taken_back", "The platform took the views back"),
                            ("not_yours", "The clip is somebody else's"),
                            ("terms_broken", "The clip breaks the terms of the campaign"),
                            ("our_mistake", "We counted wrongly"),
                        ],
                        max_length=24,
                    ),
                ),
                ("note", models.TextField(max_length=2000)),
                ("actor", models.CharField(max_length=64)),
                ("reversed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["void", "clawback"])), name="reversal_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["bought_views", "views_taken_back", "not_yours", "terms_broken", "our_mistake"],
                            ),
                            models.Q(("note", ""), _negated=True),
                            models.Q(("actor", ""), _negated=True),
                        ),
                        name="a_reversal_says_why_and_who",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("returned_to__in", ["campaign", "wallet", "losses"])),
                        name="reversal_receiver_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fee_minor__gte", 0), ("net_minor__gte", 0)),
                        name="reversal_amounts_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "returned_minor",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("net_minor"), "+", models.F("fee_minor")
                                    ),
                                ),
                                ("returned_to", "campaign"),
                            ),
                            models.Q(
                                ("returned_minor__gte", models.F("fee_minor")),
                                (
                                    "returned_minor__lte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("net_minor"), "+", models.F("fee_minor")
                                    ),
                                ),
                                ("returned_to", "wallet"),
                            ),
                            models.Q(("returned_minor", 0), ("returned_to", "losses")),
                            _connector="OR",
                        ),
                        name="a_reversal_returns_what_its_receiver_has",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "accrual",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="earnings.accrual"
                    ),
                ),
                ("came_from", models.CharField(max_length=16)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("views_dropped", "The platform took views back"),
                            ("suspicious_views", "The views do not look like people watching"),
                            ("under_review", "Our staff is looking at the clip"),
                            ("disputed", "Somebody else says that the clip is theirs"),
                        ],
                        max_length=24,
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("placed_by", models.CharField(max_length=64)),
                ("placed_at", models.DateTimeField()),
                ("releases_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("released", "Released"), ("voided", "Voided")], max_length=16
                    ),
                ),
                ("ended_by", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["releases_at", "id"],
                        name="holds_to_end",
                    ),
                    models.Index(fields=["placed_by"], name="holds_by_whom"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("accrual",),
                        name="one_open_hold_per_accrual",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0)), name="hold_amount_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reason__in", ["views_dropped", "suspicious_views", "under_review", "disputed"])
                        ),
                        name="hold_reason_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("came_from__in", ("clearing", "payable"))), name="hold_came_from_a_stage"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("releases_at__gt", models.F("placed_at"))),
                        name="hold_releases_after_it_began",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by", ""), ("outcome", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("outcome__in", ["released", "voided"]),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_hold_ends_with_an_outcome",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditedEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="earnings.creditnote"
                    ),
                ),
                (
                    "accrual",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="credits", to="earnings.accrual"
                    ),
                ),
                ("views_from", models.BigIntegerField()),
                ("views_to", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("note", "accrual"), name="an_entry_once_per_note"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1), ("views_to__gt", models.F("views_from"))),
                        name="a_credited_part_is_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HoldExtension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="earnings.hold"
                    ),
                ),
                ("former_releases_at", models.DateTimeField()),
                ("releases_at", models.DateTimeField()),
                ("reason", models.TextField(max_length=2000)),
                ("actor", models.CharField(max_length=64)),
                ("extended_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("releases_at__gt", models.F("former_releases_at"))),
                        name="an_extension_is_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="an_extension_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deduction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "accrual",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deductions", to="earnings.accrual"
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("taken_from", models.CharField(max_length=16)),
                (
                    "hold",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deductions",
                        to="earnings.hold",
                    ),
                ),
                (
                    "reversal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deductions",
                        to="earnings.earningreversal",
                    ),
                ),
                (
                    "recovery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deductions",
                        to="earnings.recovery",
                    ),
                ),
                ("taken_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gte", 1)), name="deduction_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("taken_from__in", ("clearing", "held", "payable"))),
                        name="deduction_is_of_unpaid_money",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("hold__isnull", False), ("taken_from", "held")),
                            models.Q(models.Q(("taken_from", "held"), _negated=True), ("hold__isnull", True)),
                            _connector="OR",
                        ),
                        name="deduction_of_held_money_names_the_hold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recovery__isnull", True), ("reversal__isnull", False)),
                            models.Q(
                                ("recovery__isnull", False), ("reversal__isnull", True), ("taken_from", "payable")
                            ),
                            _connector="OR",
                        ),
                        name="deduction_has_one_cause",
                    ),
                ],
            },
        ),
    ]
