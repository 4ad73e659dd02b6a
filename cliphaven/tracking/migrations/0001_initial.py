"""What is polled and what was seen; observations lie in a table of months, which Django cannot make."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OBSERVATIONS = (Path(__file__).parents[1] / "sql" / "observations.sql").read_text()


class Migration(migrations.Migration):
    replaces = [
        ("tracking", "0001_first"),
        ("tracking", "0002_believed_counts_and_chain"),
        ("tracking", "0003_append_only"),
        ("tracking", "0004_polls_wanted"),
        ("tracking", "0005_what_the_staff_do"),
        ("tracking", "0006_polled_by_value"),
        ("tracking", "0007_observations_by_month"),
        ("tracking", "0008_canaries_purges_and_signs"),
        ("tracking", "0009_bills_of_vendors"),
        ("tracking", "0010_answers_that_are_kept"),
        ("tracking", "0011_prices_over_time"),
        ("tracking", "0012_accounts_are_asked"),
        ("tracking", "0013_clips_are_probed"),
        ("tracking", "0014_what_was_read_lately"),
    ]

    initial = True

    # What the processes may do is granted to their role, and that has to be there.
    dependencies = [
        ("campaigns", "0001_initial"),
        ("clips", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("ledger", "0002_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="VendorBill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("billed_on", models.DateField(unique=True)),
                ("runs", models.PositiveIntegerField()),
                ("mended", models.PositiveIntegerField()),
                ("added", models.PositiveIntegerField()),
                ("strange", models.PositiveIntegerField()),
                ("strange_microusd", models.BigIntegerField()),
                ("billed_microusd", models.BigIntegerField()),
                ("booked_microusd", models.BigIntegerField()),
                ("month_begins_on", models.DateField()),
                ("month_billed_microusd", models.BigIntegerField()),
                ("month_booked_microusd", models.BigIntegerField()),
                ("read_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Canary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                ("video_id", models.CharField(max_length=32)),
                ("url", models.CharField(max_length=500)),
                ("views", models.BigIntegerField()),
                ("known_at", models.DateTimeField()),
                ("growth_per_day", models.BigIntegerField(default=0)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("added_because", models.CharField(max_length=300)),
                ("added_at", models.DateTimeField()),
                ("rode_at", models.DateTimeField(null=True)),
                (
                    "retired_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("retired_because", models.CharField(blank=True, max_length=300)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("retired_at", None)),
                        fields=["platform", "rode_at"],
                        name="canaries_to_ride",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at", None)),
                        fields=("platform", "video_id"),
                        name="one_canary_per_video",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("growth_per_day__gte", 0), ("views__gte", 0), ("views__lte", 100000000000)),
                        name="canary_counts_in_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vendor", models.CharField(choices=[("apify", "Apify"), ("youtube", "YouTube")], max_length=16)),
                ("price", models.FloatField()),
                ("spent", models.FloatField()),
                ("planned", models.FloatField()),
                ("stepped_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("vendor", "stepped_at"), name="one_price_step_a_moment"),
                    models.CheckConstraint(
                        condition=models.Q(("planned__gte", 0), ("price__gt", 0), ("spent__gte", 0)),
                        name="price_steps_not_below_0",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackedCampaign",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="tracked",
                        serialize=False,
                        to="campaigns.campaign",
                    ),
                ),
                ("is_polled", models.BooleanField()),
                ("hazard", models.FloatField(default=1.0)),
                ("weighed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("hazard__gte", 0)), name="campaign_hazard_not_below_0")
                ],
            },
        ),
        migrations.CreateModel(
            name="VendorCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                ("source", models.CharField(max_length=64)),
                ("run_id", models.CharField(blank=True, max_length=64)),
                ("asked", models.PositiveIntegerField()),
                ("clip_ids", models.JSONField(default=list)),
                ("measured", models.PositiveIntegerField(default=0)),
                ("outcomes", models.JSONField(default=dict)),
                ("asked_of", models.JSONField(default=dict)),
                ("unmeasured", models.JSONField(default=dict)),
                ("cost_microusd", models.BigIntegerField(default=0)),
                ("raw_digest", models.BinaryField(max_length=32, null=True)),
                ("raw_json", models.BinaryField(null=True)),
                ("failure", models.CharField(blank=True, max_length=200)),
                ("canary_ids", models.JSONField(default=list)),
                ("quarantined_at", models.DateTimeField(null=True)),
                ("cleared_at", models.DateTimeField(null=True)),
                (
                    "cleared_by_call",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tracking.vendorcall",
                    ),
                ),
                ("blocked_until", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["started_at"], name="vendor_calls_by_moment"),
                    models.Index(
                        condition=models.Q(("blocked_until__isnull", False)),
                        fields=["blocked_until"],
                        name="vendor_blocks",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["started_at"], name="vendor_calls_under_way"
                    ),
                    models.Index(
                        condition=models.Q(("raw_json__isnull", False)),
                        fields=["started_at"],
                        name="answers_that_are_kept",
                    ),
                    models.Index(
                        condition=models.Q(("cleared_at", None), ("quarantined_at__isnull", False)),
                        fields=["platform"],
                        name="calls_in_quarantine",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cleared_at", None), ("quarantined_at__isnull", False), _connector="OR"),
                        name="only_what_is_in_quarantine_is_cleared",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VendorPrice",
            fields=[
                (
                    "vendor",
                    models.CharField(
                        choices=[("apify", "Apify"), ("youtube", "YouTube")],
                        max_length=16,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("price", models.FloatField(default=8.0)),
                ("spent", models.BigIntegerField(default=0)),
                ("budget", models.BigIntegerField(default=0)),
                ("counted_at", models.DateTimeField(null=True)),
                ("stepped_at", models.DateTimeField(null=True)),
                ("used_up_until", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="price_above_0")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Observation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clip",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
                                to="clips.clip",
                            ),
                        ),
                        (
                            "call",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
                                to="tracking.vendorcall",
                            ),
                        ),
                        ("views", models.BigIntegerField()),
                        ("likes", models.BigIntegerField(null=True)),
                        ("comments", models.BigIntegerField(null=True)),
                        ("shares", models.BigIntegerField(null=True)),
                        ("saves", models.BigIntegerField(null=True)),
                        ("observed_at", models.DateTimeField()),
                        ("source", models.CharField(max_length=120)),
                        ("believed", models.BooleanField()),
                        ("dropped", models.BooleanField(default=False)),
                        ("previous_id", models.BigIntegerField(default=0)),
                        ("previous_sha256", models.BinaryField(max_length=32)),
                        ("sha256", models.BinaryField(max_length=32)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("views__gte", 0), ("views__lte", 100000000000)),
                                name="views_in_bounds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("previous_id__gte", 0), ("previous_id__lt", models.F("id"))),
                                name="previous_comes_before",
                            ),
                        ],
                    },
                ),
            ]
        ),
        migrations.CreateModel(
            name="TrackingAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tracking_acts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("read_clip", "had a clip read again"),
                            ("read_campaign", "had a campaign's clips read again"),
                            ("clear_call", "ended a quarantine"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "clip",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tracking_acts",
                        to="clips.clip",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tracking_acts",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="tracking.vendorcall",
                    ),
                ),
                ("clips", models.PositiveIntegerField()),
                ("why", models.CharField(max_length=300)),
                ("request_key", models.CharField(max_length=64)),
                ("acted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("staff", "request_key"), name="one_tracking_act_per_request"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("call", None), ("campaign", None), ("clip__isnull", False), ("deed", "read_clip")
                            ),
                            models.Q(
                                ("call", None), ("campaign__isnull", False), ("clip", None), ("deed", "read_campaign")
                            ),
                            models.Q(
                                ("call__isnull", False), ("campaign", None), ("clip", None), ("deed", "clear_call")
                            ),
                            _connector="OR",
                        ),
                        name="tracking_act_is_about_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CanaryReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "canary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="readings", to="tracking.canary"
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="canary_readings",
                        to="tracking.vendorcall",
                    ),
                ),
                ("outcome", models.CharField(max_length=24)),
                ("views", models.BigIntegerField(null=True)),
                ("fewest", models.BigIntegerField()),
                ("most", models.BigIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[("right", "right"), ("wrong", "wrong"), ("unread", "not measured")], max_length=8
                    ),
                ),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("canary", "call"), name="one_reading_per_canary_and_call")
                ],
            },
        ),
        migrations.CreateModel(
            name="Purge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "clip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="purges", to="clips.clip"
                    ),
                ),
                (
                    "observation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tracking.observation",
                    ),
                ),
                ("views_before", models.BigIntegerField()),
                ("views_after", models.BigIntegerField()),
                ("fell_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["-confirmed_at"], name="latest_purges")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("views_after__lt", models.F("views_before"))), name="purges_fall"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackedClip",
            fields=[
                (
                    "clip",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="tracked",
                        serialize=False,
                        to="clips.clip",
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                ("posted_at", models.DateTimeField()),
                ("worth", models.FloatField(default=0.0)),
                ("hazard", models.FloatField(default=1.0)),
                ("log_rate", models.FloatField(null=True)),
                ("rate_variance", models.FloatField(null=True)),
                ("ride_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("overdue_at", models.DateTimeField(null=True)),
                ("wanted_since", models.DateTimeField(null=True)),
                ("probed_until", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                (
                    "availability",
                    models.CharField(
                        choices=[("alive", "Alive"), ("unreachable", "Unreachable"), ("gone", "Gone")],
                        default="alive",
                        max_length=16,
                    ),
                ),
                ("gone_signs", models.CharField(blank=True, max_length=800)),
                ("account_asked_at", models.DateTimeField(null=True)),
                ("views_seen", models.BigIntegerField(null=True)),
                (
                    "seen_observation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tracking.observation",
                    ),
                ),
                ("seen_at", models.DateTimeField(null=True)),
                ("views_settled", models.BigIntegerField(null=True)),
                ("fallen_to", models.BigIntegerField(null=True)),
                ("fallen_at", models.DateTimeField(null=True)),
                ("measured_at", models.DateTimeField(null=True)),
                ("last_observation_id", models.BigIntegerField(default=0)),
                (
                    "chain_sha256",
                    models.BinaryField(
                        default=b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
                        max_length=32,
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0)),
                ("polls", models.PositiveIntegerField(default=0)),
                ("last_outcome", models.CharField(blank=True, max_length=24)),
                ("last_polled_at", models.DateTimeField(null=True)),
                ("cost_microusd", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["platform", "due_at", "clip"],
                        name="tracked_by_due",
                    ),
                    models.Index(
                        condition=models.Q(("wanted_since__isnull", False)),
                        fields=["platform", "due_at", "clip"],
                        name="tracked_by_wanted",
                    ),
                    models.Index(fields=["measured_at"], name="tracked_by_measured"),
                    models.Index(
                        condition=models.Q(("availability", "unreachable"), ("platform", "youtube")),
                        fields=["account_asked_at", "clip"],
                        name="tracked_left_out",
                    ),
                    models.Index(
                        condition=models.Q(("views_settled__lt", models.F("views_seen"))),
                        fields=["clip"],
                        name="tracked_that_fell",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("views_seen__isnull", True),
                            models.Q(("views_seen__gte", 0), ("views_seen__lte", 100000000000)),
                            _connector="OR",
                        ),
                        name="views_seen_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hazard__gte", 0), ("worth__gte", 0)), name="worth_and_hazard_not_below_0"
                    ),
                ],
            },
        ),
        migrations.RunSQL(OBSERVATIONS, migrations.RunSQL.noop),
    ]
