"""What is doubted, why, and what was said to it."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("fraud", "0001_first"),
        ("fraud", "0002_what_was_said_stays"),
        ("fraud", "0003_when_it_was_probed"),
        ("fraud", "0004_clips_in_step"),
        ("fraud", "0005_the_bar"),
        ("fraud", "0006_evidence_credits_and_analytics"),
        ("fraud", "0007_analytics_stay"),
        ("fraud", "0008_traits_of_visits"),
        ("fraud", "0009_scores_of_cases"),
    ]

    initial = True

    dependencies = [
        ("clips", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PeerTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("calibration_id", models.CharField(max_length=64, unique=True)),
                ("text", models.TextField()),
                ("source", models.CharField(max_length=200)),
                ("clips", models.PositiveIntegerField()),
                (
                    "built_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("built_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Trait",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="traits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payout_account", "the same bank account"),
                            ("mailbox", "the same mailbox"),
                            ("device", "the same device"),
                            ("ip", "the same address of the network"),
                        ],
                        max_length=16,
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "digest"], name="who_has_a_trait"),
                    models.Index(
                        condition=models.Q(("kind__in", ("device", "ip"))),
                        fields=["last_seen_at"],
                        name="traits_to_be_forgotten",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "kind", "digest"), name="a_trait_once_per_person"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["payout_account", "mailbox", "device", "ip"])),
                        name="trait_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnalyticsRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "clip",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="analytics_request", to="clips.clip"
                    ),
                ),
                ("worth_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("asked_at", models.DateTimeField()),
                ("text", models.TextField(blank=True, max_length=4000)),
                ("file", models.BinaryField(null=True)),
                ("file_name", models.CharField(blank=True, max_length=120)),
                ("file_kind", models.CharField(blank=True, max_length=8)),
                ("file_sha256", models.BinaryField(max_length=32, null=True)),
                ("file_size", models.PositiveIntegerField(default=0)),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("answered_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("answered_at", None)), fields=["clip"], name="analytics_waited_for"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_at", None),
                                ("file", None),
                                ("file_kind", ""),
                                ("file_sha256", None),
                                ("file_size", 0),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("file__isnull", False),
                                ("file_sha256__isnull", False),
                                ("file_size__gte", 1),
                                ("file_size__lte", 2097152),
                                models.Q(("file_kind", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="analytics_given_are_described",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "peer_table",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="fraud.peertable"
                    ),
                ),
                ("hold_from_milli", models.PositiveIntegerField(null=True)),
                ("release_below_milli", models.PositiveIntegerField(null=True)),
                ("modes", models.JSONField(default=dict)),
                ("review_above_minor", models.JSONField(default=dict)),
                ("clawback_max_minor", models.JSONField(default=dict)),
                ("credit_max_minor", models.JSONField(default=dict)),
                ("credit_window_days", models.PositiveSmallIntegerField(default=60)),
                ("analytics_above_minor", models.JSONField(default=dict)),
                ("hold_days", models.PositiveSmallIntegerField()),
                ("appeal_days", models.PositiveSmallIntegerField()),
                ("bypass_basis_points", models.PositiveSmallIntegerField()),
                ("probe_percent", models.PositiveSmallIntegerField()),
                ("live_from_percent", models.PositiveSmallIntegerField(default=60)),
                ("against_the_bar", models.JSONField(default=dict)),
                ("preview", models.JSONField(default=dict)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("request_key", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("appeal_days__gte", 3),
                            ("appeal_days__lte", 14),
                            ("hold_days__gte", 1),
                            ("hold_days__lte", 30),
                        ),
                        name="policy_days_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bypass_basis_points__lte", 2000), ("probe_percent__gte", 10), ("probe_percent__lte", 100)
                        ),
                        name="policy_shares_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("live_from_percent__gte", 1), ("live_from_percent__lte", 99)),
                        name="policy_bar_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit_window_days__lte", 180)), name="policy_window_in_bounds"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="policy_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClipRisk",
            fields=[
                (
                    "clip",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="risk",
                        serialize=False,
                        to="clips.clip",
                    ),
                ),
                ("is_bypassed", models.BooleanField()),
                ("value_milli", models.PositiveIntegerField(default=0)),
                ("shadow_milli", models.PositiveIntegerField(default=0)),
                (
                    "band",
                    models.CharField(
                        choices=[
                            ("pass", "not doubted"),
                            ("watch", "watched closely"),
                            ("hold", "held"),
                            ("review", "for a person to look at"),
                        ],
                        default="pass",
                        max_length=8,
                    ),
                ),
                ("is_doubted", models.BooleanField(default=False)),
                ("scored_through", models.BigIntegerField(default=0)),
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="fraud.policy",
                    ),
                ),
                ("calibration_id", models.CharField(blank=True, max_length=64)),
                ("in_step", models.JSONField(null=True)),
                ("probed_until", models.DateTimeField(null=True)),
                ("assessed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("band__in", ["pass", "watch", "hold", "review"])), name="risk_band_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("shadow_milli__gte", models.F("value_milli"))),
                        name="shadow_sees_what_is_live",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "clip",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="clips.clip",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="fraud.policy"
                    ),
                ),
                ("calibration_id", models.CharField(max_length=64)),
                ("signals_version", models.CharField(max_length=16)),
                ("input_digest", models.CharField(max_length=64)),
                ("level", models.CharField(max_length=8)),
                ("value_milli", models.PositiveIntegerField()),
                ("shadow_milli", models.PositiveIntegerField()),
                (
                    "band",
                    models.CharField(
                        choices=[
                            ("pass", "not doubted"),
                            ("watch", "watched closely"),
                            ("hold", "held"),
                            ("review", "for a person to look at"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reasons", models.JSONField()),
                ("onset_observation_id", models.BigIntegerField()),
                ("onset_views", models.BigIntegerField()),
                ("through_observation_id", models.BigIntegerField()),
                ("through_views", models.BigIntegerField()),
                ("assessed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["clip", "-id"], name="assessments_of_a_clip")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("onset_observation_id__lte", models.F("through_observation_id"))),
                        name="doubt_begins_before_it_is_said",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RiskCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "clip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="clips.clip"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("voiding", "Voiding"),
                            ("voided", "Voided"),
                            ("released", "Released"),
                            ("expired", "Expired"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("hold", "holds money"),
                            ("shadow", "a signal in shadow spoke: nothing is held"),
                            ("bypass", "one of the sample that is never held"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "because",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="fraud.assessment"
                    ),
                ),
                ("score_milli", models.PositiveIntegerField(default=0)),
                (
                    "evidence",
                    models.CharField(blank=True, choices=[("purge", "the platform took views back")], max_length=16),
                ),
                ("evidence_id", models.BigIntegerField(null=True)),
                ("onset_observation_id", models.BigIntegerField()),
                ("onset_views", models.BigIntegerField()),
                ("at_stake_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("hold_days", models.PositiveSmallIntegerField()),
                ("appeal_days", models.PositiveSmallIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("extended_days", models.PositiveSmallIntegerField(default=0)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_note", models.TextField(blank=True, max_length=2000)),
                ("voids_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("through_observation_id", models.BigIntegerField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["clip", "-id"], name="cases_of_a_clip"),
                    models.Index(
                        condition=models.Q(("state__in", ("open", "voiding"))),
                        fields=["-at_stake_minor", "id"],
                        name="cases_under_way",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("settled_at", None),
                            models.Q(
                                ("state__in", ("voiding", "voided", "released")),
                                models.Q(("extended_days__gt", 0), ("state", "open")),
                                _connector="OR",
                            ),
                        ),
                        fields=["id"],
                        name="cases_to_settle",
                    ),
                    models.Index(
                        models.OrderBy(
                            django.db.models.expressions.CombinedExpression(
                                models.F("score_milli"), "*", models.F("at_stake_minor")
                            ),
                            descending=True,
                        ),
                        models.F("id"),
                        condition=models.Q(("ended_at__isnull", False)),
                        name="cases_over",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("evidence", ""), ("state__in", ("open", "voiding"))),
                        fields=("clip",),
                        name="one_case_under_way_per_clip",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("evidence", ""), _negated=True),
                        fields=("evidence", "evidence_id"),
                        name="one_case_per_evidence",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("evidence", ""), ("evidence_id", None)),
                            models.Q(("evidence__in", ["purge"]), ("evidence_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="evidence_is_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("effect__in", ["hold", "shadow", "bypass"]),
                            ("state__in", ["open", "voiding", "voided", "released", "expired"]),
                        ),
                        name="case_state_and_effect_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("ended_at", None), ("state", "open")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("ended_at", None),
                                ("state", "voiding"),
                                ("voids_at__isnull", False),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("ended_at__isnull", False),
                                ("state__in", ("voided", "released")),
                            ),
                            models.Q(("ended_at__isnull", False), ("state", "expired")),
                            _connector="OR",
                        ),
                        name="a_case_has_the_moments_of_its_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decision_note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_case_says_who_decided_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "open"), ("through_observation_id", None)),
                            models.Q(
                                models.Q(("state", "open"), _negated=True), ("through_observation_id__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="a_decided_case_says_how_far_it_reached",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="fraud.riskcase"
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("opened", "opened"),
                            ("strengthened", "holds money from now on"),
                            ("extended", "held longer"),
                            ("released", "released"),
                            ("decided_against", "decided against"),
                            ("voided", "voided"),
                            ("expired", "ended by itself"),
                            ("noted", "noted"),
                            ("asked", "asked for analytics"),
                            ("appealed", "appealed"),
                            ("appeal_granted", "appeal granted"),
                            ("appeal_refused", "appeal refused"),
                            ("settled", "carried out"),
                        ],
                        max_length=16,
                    ),
                ),
                ("actor", models.CharField(max_length=64)),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("happened_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("request_key", ""), _negated=True),
                        fields=("actor", "request_key"),
                        name="one_case_event_per_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "deed__in",
                                [
                                    "opened",
                                    "strengthened",
                                    "extended",
                                    "released",
                                    "decided_against",
                                    "voided",
                                    "expired",
                                    "noted",
                                    "asked",
                                    "appealed",
                                    "appeal_granted",
                                    "appeal_refused",
                                    "settled",
                                ],
                            ),
                            models.Q(("actor", ""), _negated=True),
                        ),
                        name="case_event_is_somebodys",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="fraud.riskcase"
                    ),
                ),
                (
                    "against",
                    models.CharField(
                        choices=[("hold", "that earnings are held"), ("void", "that earnings do not count")],
                        max_length=8,
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("text", models.TextField(max_length=4000)),
                ("file", models.BinaryField(null=True)),
                ("file_name", models.CharField(blank=True, max_length=120)),
                ("file_kind", models.CharField(blank=True, max_length=8)),
                ("file_sha256", models.BinaryField(max_length=32, null=True)),
                ("file_size", models.PositiveIntegerField(default=0)),
                ("request_key", models.CharField(max_length=64)),
                ("appealed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("granted", "the creator was right"),
                            ("refused", "the decision stays"),
                            ("out_of_time", "nobody decided in time: the creator is right"),
                        ],
                        max_length=16,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_note", models.TextField(blank=True, max_length=2000)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("outcome", "")), fields=["due_at", "id"], name="appeals_to_decide")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "against"), name="one_appeal_per_decision"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", ""), ("outcome", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("outcome__in", ["granted", "refused", "out_of_time"]),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_decided_appeal_says_who_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("file", None), ("file_kind", ""), ("file_sha256", None), ("file_size", 0)),
                            models.Q(
                                ("file__isnull", False),
                                ("file_sha256__isnull", False),
                                ("file_size__gte", 1),
                                ("file_size__lte", 2097152),
                                models.Q(("file_kind", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="an_uploaded_file_is_described",
                    ),
                ],
            },
        ),
    ]
