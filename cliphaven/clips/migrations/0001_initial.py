"""Clips and the channels they come from."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("clips", "0001_first"),
        ("clips", "0002_inspection_and_fixes"),
        ("clips", "0003_views_at_inspection"),
        ("clips", "0004_what_began_to_count"),
        ("clips", "0005_submissions_are_kept"),
        ("clips", "0006_channels_are_looked_at_again"),
        ("clips", "0007_vendors_that_pause"),
        ("clips", "0008_uploads_are_asked_for"),
        ("clips", "0009_who_posts_creates"),
    ]

    initial = True

    dependencies = [
        ("campaigns", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                ("handle", models.CharField(max_length=120)),
                ("author_id", models.CharField(blank=True, max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("unverified", "Unverified"), ("checking", "Checking"), ("verified", "Verified")],
                        default="unverified",
                        max_length=16,
                    ),
                ),
                ("code", models.CharField(max_length=16)),
                ("code_expires_at", models.DateTimeField()),
                ("failed_tries", models.PositiveIntegerField(default=0)),
                (
                    "last_outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("code_found", "Code Found"),
                            ("code_absent", "Code Absent"),
                            ("could_not_read", "Could Not Read"),
                            ("taken", "Taken"),
                            ("signed_in", "Signed In"),
                            ("kept", "Kept"),
                            ("handle_passed_on", "Handle Passed On"),
                        ],
                        max_length=24,
                    ),
                ),
                ("bio_read", models.TextField(blank=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("added_at", models.DateTimeField()),
                ("check_at", models.DateTimeField(null=True)),
                ("unread_checks", models.PositiveIntegerField(default=0)),
                ("unread_since", models.DateTimeField(null=True)),
                (
                    "trouble",
                    models.CharField(
                        blank=True,
                        choices=[("handle_passed_on", "Handle Passed On"), ("not_found", "Not Found")],
                        max_length=24,
                    ),
                ),
                ("trouble_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("check_at__isnull", False)), fields=["check_at"], name="channels_to_check"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("creator"),
                        models.F("platform"),
                        django.db.models.functions.text.Lower("handle"),
                        name="one_entry_per_creator_and_handle",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "verified")),
                        fields=("platform", "author_id"),
                        name="one_owner_per_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "verified"), _negated=True),
                            models.Q(("author_id", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="verified_channel_has_author",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lookup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[("profile", "profile"), ("clips", "clips"), ("upload", "upload")], max_length=16
                    ),
                ),
                ("asked", models.PositiveIntegerField()),
                ("run_id", models.CharField(blank=True, max_length=64)),
                ("cost_microusd", models.BigIntegerField(default=0)),
                ("failure", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["asked_at"], name="lookups_by_moment")],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="submissions", to="campaigns.campaign"
                    ),
                ),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("text_sha256", models.BinaryField(max_length=32)),
                ("submitted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("request_key", ""), _negated=True),
                        fields=("creator", "request_key"),
                        name="one_submission_per_request",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VendorPause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vendor", models.CharField(choices=[("apify", "Apify"), ("youtube", "YouTube")], max_length=16)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("credit", "its credit is used up"),
                            ("quota", "its quota is used up"),
                            ("budget", "the day's budget for it is spent"),
                        ],
                        max_length=8,
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("vendor", "reason"), name="one_pause_per_vendor_and_reason")
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="checks",
                        to="clips.channel",
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                ("asked_for", models.CharField(max_length=120)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("code_found", "Code Found"),
                            ("code_absent", "Code Absent"),
                            ("could_not_read", "Could Not Read"),
                            ("taken", "Taken"),
                            ("signed_in", "Signed In"),
                            ("kept", "Kept"),
                            ("handle_passed_on", "Handle Passed On"),
                        ],
                        max_length=24,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=16)),
                ("author_id", models.CharField(blank=True, max_length=120)),
                ("handle", models.CharField(blank=True, max_length=120)),
                ("bio", models.TextField(blank=True)),
                ("raw_sha256", models.BinaryField(max_length=32, null=True)),
                ("source", models.CharField(blank=True, max_length=200)),
                ("run_id", models.CharField(blank=True, max_length=64)),
                ("cost_microusd", models.BigIntegerField(default=0)),
                ("failure", models.CharField(blank=True, max_length=200)),
                ("checked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                [
                                    "code_found",
                                    "code_absent",
                                    "could_not_read",
                                    "taken",
                                    "signed_in",
                                    "kept",
                                    "handle_passed_on",
                                ],
                            )
                        ),
                        name="check_outcome_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Clip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clips", to="campaigns.campaign"
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.terms"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clips", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clips", to="clips.channel"
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")],
                        max_length=16,
                    ),
                ),
                ("video_id", models.CharField(max_length=64)),
                ("canonical_url", models.CharField(max_length=500)),
                ("submitted_url", models.CharField(max_length=2048)),
                ("caption", models.TextField(blank=True)),
                ("posted_at", models.DateTimeField(null=True)),
                ("submitted_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("needs_fix", "Needs Fix"),
                            ("rejected", "Rejected"),
                            ("approved", "Approved"),
                            ("done", "Done"),
                        ],
                        default="pending",
                        max_length=16,
                    ),
                ),
                ("inspect_at", models.DateTimeField(null=True)),
                ("inspections", models.PositiveIntegerField(default=0)),
                ("author_checked_at", models.DateTimeField(null=True)),
                ("views_inspected", models.BigIntegerField(null=True)),
                ("inspected_at", models.DateTimeField(null=True)),
                ("seconds", models.PositiveIntegerField(null=True)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("auto_approves_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decision_code", models.CharField(blank=True, max_length=24)),
                ("decision_note", models.TextField(blank=True, max_length=2000)),
                ("fix_note", models.TextField(blank=True, max_length=2000)),
                ("fixes", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["campaign", "state"], name="clips_by_campaign"),
                    models.Index(fields=["creator", "-submitted_at"], name="clips_by_creator"),
                    models.Index(
                        condition=models.Q(("inspect_at__isnull", False)),
                        fields=["platform", "inspect_at"],
                        name="clips_to_inspect",
                    ),
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["auto_approves_at"],
                        name="clips_to_auto_approve",
                    ),
                    models.Index(
                        django.db.models.functions.comparison.Greatest("decided_at", "author_checked_at"),
                        condition=models.Q(("author_checked_at__isnull", False), ("state__in", ("approved", "done"))),
                        name="clips_that_began_to_count",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("platform", "video_id"), name="one_clip_per_video"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("rejected", "needs_fix")), _negated=True),
                            models.Q(("decision_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_refusal_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["pending", "needs_fix", "rejected", "approved", "done"])),
                        name="clip_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubmittedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="clips.submission"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("text", models.CharField(max_length=2049)),
                ("platform", models.CharField(blank=True, max_length=16)),
                ("handle", models.CharField(blank=True, max_length=120)),
                (
                    "clip",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clips.clip"
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=32)),
                ("sentence", models.CharField(blank=True, max_length=500)),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("submission", "number"), name="each_line_once")],
            },
        ),
    ]
