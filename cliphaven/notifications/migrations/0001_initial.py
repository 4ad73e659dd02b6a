"""Messages, where they go, and who wants which."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import cliphaven.notifications.rules


class Migration(migrations.Migration):
    replaces = [
        ("notifications", "0001_first"),
        ("notifications", "0002_secrets"),
        ("notifications", "0003_inbox_and_wishes"),
        ("notifications", "0004_former_addresses"),
        ("notifications", "0005_news_of_files"),
        ("notifications", "0006_programs"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StoppedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=254)),
                ("because", models.CharField(max_length=16)),
                ("provider_id", models.CharField(max_length=64)),
                ("stopped_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)), fields=("address",), name="an_address_is_stopped_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_addresses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("told_until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "address"), name="a_former_address_is_noted_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MailWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_wishes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("money", "money"),
                            ("clips", "clips"),
                            ("doubts", "doubts"),
                            ("files", "files"),
                            ("programs", "programs"),
                            ("staff", "staff"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "wish",
                    models.CharField(
                        choices=[("at_once", "at_once"), ("daily", "daily"), ("never", "never")], max_length=16
                    ),
                ),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "kind"), name="one_wish_per_kind")],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.CharField(max_length=160)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access", "access"),
                            ("security", "security"),
                            ("money", "money"),
                            ("clips", "clips"),
                            ("doubts", "doubts"),
                            ("files", "files"),
                            ("programs", "programs"),
                            ("staff", "staff"),
                            ("summary", "summary"),
                        ],
                        max_length=16,
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("link", models.CharField(blank=True, max_length=500)),
                ("secret", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sent", "Sent"),
                            ("given_up", "Given Up"),
                            ("collected", "waits for the day's summary"),
                            ("in_summary", "told in a day's summary"),
                            ("not_wanted", "stands in the inbox alone"),
                            ("stopped", "mail to this address does not arrive"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("queued_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("address", models.CharField(blank=True, default="", max_length=254)),
                ("sent_to", models.CharField(blank=True, max_length=254)),
                ("provider_id", models.CharField(blank=True, max_length=64)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "summary",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tells_of",
                        to="notifications.message",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    cliphaven.notifications.rules.Kind["ACCESS"],
                                    cliphaven.notifications.rules.Kind["SUMMARY"],
                                ],
                            ),
                            _negated=True,
                        ),
                        fields=["user", "-id"],
                        name="inboxes",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("read_at", None),
                            models.Q(
                                (
                                    "kind__in",
                                    [
                                        cliphaven.notifications.rules.Kind["ACCESS"],
                                        cliphaven.notifications.rules.Kind["SUMMARY"],
                                    ],
                                ),
                                _negated=True,
                            ),
                        ),
                        fields=["user"],
                        name="unread_messages",
                    ),
                    models.Index(
                        condition=models.Q(("state", "collected")), fields=["user"], name="collected_messages"
                    ),
                    models.Index(condition=models.Q(("state", "queued")), fields=["queued_at"], name="queued_messages"),
                    models.Index(
                        condition=models.Q(("provider_id", ""), _negated=True),
                        fields=["provider_id"],
                        name="messages_by_provider_id",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="one_message_per_event_and_user")],
            },
        ),
    ]
