"""Clips are polled by what a poll is worth: each one's growth and worth, a vendor's price, a campaign's hazard."""

import django.db.models.deletion
from django.db import migrations, models

from cliphaven.tracking.rules.policies import PRICE
from cliphaven.tracking.rules.worth import worth_of_a_play

# Until now a clip that was due was overdue, too, and everything was polled hourly or by its age.
FILL = """
update tracking_trackedclip t
   set posted_at = coalesce(c.posted_at, c.submitted_at), ride_at = t.due_at, overdue_at = t.due_at,
       worth = coalesce(r.cpm_minor * w.worth, 0)
  from clips_clip c join campaigns_campaign g on g.id = c.campaign_id
  left join campaigns_rate r on r.terms_id = c.terms_id and r.platform = c.platform
  join unnest(%s::text[], %s::float8[]) w(currency, worth) on w.currency = g.currency
 where c.id = t.clip_id"""


def fill(_apps, schema_editor):
    """What is tracked already gets what it would have been given from the first."""
    currencies = ["USD", "EUR", "GBP", "JPY"]
    worths = [worth_of_a_play(cpm_minor=1, currency=currency) for currency in currencies]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FILL, [currencies, worths])


class Migration(migrations.Migration):
    """Columns of tracked clips, their order, and two tables."""

    dependencies = (
        ("campaigns", "0008_steps_are_kept"),
        ("clips", "0004_what_began_to_count"),
        ("tracking", "0005_what_the_staff_do"),
    )

    operations = (
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
                ("price", models.FloatField(default=PRICE)),
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
        migrations.AddField("vendorcall", "clip_ids", models.JSONField(default=list)),
        migrations.AddIndex(
            "vendorcall",
            models.Index(fields=["started_at"], condition=models.Q(ended_at=None), name="vendor_calls_under_way"),
        ),
        migrations.RemoveIndex(model_name="trackedclip", name="tracked_by_due"),
        migrations.AddField("trackedclip", "cost_microusd", models.BigIntegerField(default=0)),
        migrations.AddField("trackedclip", "hazard", models.FloatField(default=1.0)),
        migrations.AddField("trackedclip", "log_rate", models.FloatField(null=True)),
        migrations.AddField("trackedclip", "rate_variance", models.FloatField(null=True)),
        migrations.AddField("trackedclip", "ride_at", models.DateTimeField(null=True)),
        migrations.AddField("trackedclip", "overdue_at", models.DateTimeField(null=True)),
        migrations.AddField("trackedclip", "posted_at", models.DateTimeField(null=True)),
        migrations.AddField("trackedclip", "worth", models.FloatField(default=0.0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        # What the fill left to be checked is checked before the table is changed again.
        migrations.RunSQL("set constraints all immediate", migrations.RunSQL.noop),
        migrations.AlterField("trackedclip", "posted_at", models.DateTimeField()),
        migrations.AddIndex(
            model_name="trackedclip",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["platform", "due_at", "clip"],
                name="tracked_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="trackedclip",
            index=models.Index(
                condition=models.Q(("wanted_since__isnull", False)),
                fields=["platform", "due_at", "clip"],
                name="tracked_by_wanted",
            ),
        ),
        migrations.AddConstraint(
            model_name="trackedclip",
            constraint=models.CheckConstraint(
                condition=models.Q(("hazard__gte", 0), ("worth__gte", 0)), name="worth_and_hazard_not_below_0"
            ),
        ),
    )
