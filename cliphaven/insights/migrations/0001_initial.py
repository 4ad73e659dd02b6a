"""Who agreed to be counted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("insights", "0001_first")]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measuring_answers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("is_yes", models.BooleanField()),
                ("wording", models.PositiveSmallIntegerField()),
                (
                    "through",
                    models.CharField(
                        choices=[
                            ("account", "account"),
                            ("banner", "banner"),
                            ("program", "program"),
                            ("browser", "browser"),
                        ],
                        max_length=8,
                    ),
                ),
                ("said_at", models.DateTimeField()),
                ("subject", models.UUIDField(null=True, unique=True)),
                ("sent_until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_through",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("account", "account"),
                            ("banner", "banner"),
                            ("program", "program"),
                            ("browser", "browser"),
                        ],
                        max_length=8,
                    ),
                ),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-id"], name="measuring_answers_of_person"),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", False), ("erased_at", None), ("is_yes", True)),
                        fields=["ended_at"],
                        name="measuring_to_erase",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None), ("is_yes", True)),
                        fields=("user",),
                        name="one_live_yes_per_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_yes", False), ("subject", None)),
                            models.Q(("is_yes", True), ("sent_until__isnull", False), ("subject__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_yes_has_a_subject",
                    ),
                ],
            },
        ),
    ]
