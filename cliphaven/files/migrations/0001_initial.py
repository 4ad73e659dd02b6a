"""Pictures that were brought in."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("files", "0001_first"), ("files", "0002_events_stay")]

    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BroughtFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("purpose", models.CharField(choices=[("campaign_cover", "campaign_cover")], max_length=24)),
                ("subject_id", models.BigIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="identity.organisation",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("arrived", "Arrived"),
                            ("ready", "Ready"),
                            ("refused", "Refused"),
                            ("expired", "Expired"),
                            ("removed", "Removed"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("said_name", models.CharField(blank=True, max_length=120)),
                ("said_type", models.CharField(max_length=64)),
                ("said_bytes", models.PositiveIntegerField()),
                ("incoming_key", models.CharField(max_length=160, unique=True)),
                ("kept_key", models.CharField(max_length=160, unique=True)),
                ("refused_because", models.CharField(blank=True, max_length=16)),
                ("kept_bytes", models.PositiveIntegerField(default=0)),
                ("width_px", models.PositiveIntegerField(default=0)),
                ("height_px", models.PositiveIntegerField(default=0)),
                ("kept_sha256", models.BinaryField(max_length=32, null=True)),
                ("request_key", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("arrived_at", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("cleared_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["purpose", "subject_id", "-asked_at"], name="files_of_subject"),
                    models.Index(fields=["asked_by", "-asked_at"], name="files_of_person"),
                    models.Index(
                        condition=models.Q(("state__in", ["asked", "arrived"])),
                        fields=["asked_at"],
                        name="files_under_way",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("cleared_at", None), ("state__in", ["ready", "refused", "expired", "removed"])
                        ),
                        fields=["decided_at"],
                        name="files_to_clear",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("asked_by", "request_key"), name="one_file_per_request"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["asked", "arrived", "ready", "refused", "expired", "removed"])
                        ),
                        name="file_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("refused_because", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="refused_file_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(
                                ("height_px__gte", 1),
                                ("kept_bytes__gte", 1),
                                ("kept_sha256__isnull", False),
                                ("width_px__gte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="ready_file_is_described",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ready")),
                        fields=("purpose", "subject_id"),
                        name="one_ready_file_per_subject",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FileEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="files.broughtfile"
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("arrived", "Arrived"),
                            ("taken", "Taken"),
                            ("refused", "Refused"),
                            ("expired", "Expired"),
                            ("replaced", "Replaced"),
                            ("removed", "Removed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=40)),
                ("happened_at", models.DateTimeField()),
            ],
        ),
    ]
