"""Messages have a kind and are read in an inbox; people say how they want mail; some addresses take none."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [(kind, kind) for kind in ("access", "security", "money", "clips", "doubts", "staff", "digest")]
CHOSEN = [(kind, kind) for kind in ("money", "clips", "doubts", "staff")]

# What was told before there were kinds is known by its key; nobody is to find all of it unread.
TELL_APART = """
update notifications_message set read_at = queued_at, kind = case
  when key like 'magic-link:%' or key like 'invitation:%' then 'access'
  when key like 'token-reuse:%' or key like 'bank-account:%' or key like 'security:%' then 'security'
  when key like 'channel:%' or key like 'clip:%' then 'clips'
  when key ~ '^(hold|hold_extension|release|reversal|appeal|analytics|case_extended|analytics_asked|decided_against):'
    then 'doubts'
  when key ~ '^(bank-payout|transfer|payout-pause):' then 'money'
  else 'staff' end
"""
UNSEEN = ["access", "digest"]


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_secrets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "message", "kind", models.CharField(choices=KINDS, default="staff", max_length=16), preserve_default=False
        ),
        migrations.AddField("message", "read_at", models.DateTimeField(null=True)),
        migrations.AddField("message", "sent_to", models.CharField(blank=True, default="", max_length=254), preserve_default=False),
        migrations.AddField(
            "message",
            "digest",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tells_of",
                to="notifications.message",
            ),
        ),
        migrations.AlterField(
            "message",
            "state",
            models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("sent", "Sent"),
                    ("given_up", "Given Up"),
                    ("collected", "waits for the day's letter"),
                    ("in_digest", "told in a day's letter"),
                    ("not_wanted", "stands in the inbox alone"),
                    ("stopped", "mail to this address does not arrive"),
                ],
                default="queued",
                max_length=16,
            ),
        ),
        migrations.RunSQL(TELL_APART, migrations.RunSQL.noop),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["user", "-id"], condition=models.Q(("kind__in", UNSEEN), _negated=True), name="inboxes"
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["user"],
                condition=models.Q(("read_at", None), models.Q(("kind__in", UNSEEN), _negated=True)),
                name="unread_messages",
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(fields=["user"], condition=models.Q(("state", "collected")), name="collected_messages"),
        ),
        migrations.AddIndex(
            "message",
            models.Index(fields=["queued_at"], condition=models.Q(("state", "queued")), name="queued_messages"),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["provider_id"],
                condition=models.Q(("provider_id", ""), _negated=True),
                name="messages_by_provider_id",
            ),
        ),
        migrations.CreateModel(
            "MailWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=CHOSEN, max_length=16)),
                (
                    "wish",
                    models.CharField(choices=[(wish, wish) for wish in ("at_once", "daily", "never")], max_length=16),
                ),
                ("said_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_wishes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "kind"), name="one_wish_per_kind")],
            },
        ),
        migrations.CreateModel(
            "StoppedAddress",
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
                        condition=models.Q(("lifted_at", None)),
                        fields=("address",),
                        name="an_address_is_stopped_once",
                    )
                ],
            },
        ),
    ]
