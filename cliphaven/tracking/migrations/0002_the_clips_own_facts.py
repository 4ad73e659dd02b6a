"""What a poll needs of the clip itself stands beside its plan: whoever chooses among millions reads one row for each."""

import django.db.models.deletion
from django.db import migrations, models

COPY = """
update tracking_trackedclip t set campaign_id = c.campaign_id, video_id = c.video_id, url = c.canonical_url
  from clips_clip c where c.id = t.clip_id"""


class Migration(migrations.Migration):
    """Each column is added empty, filled, and only then required."""

    # What was filled is committed before the table is changed again.
    atomic = False
    dependencies = (("tracking", "0001_initial"), ("clips", "0002_guards"), ("campaigns", "0001_initial"))
    operations = (
        migrations.AddField(
            model_name="trackedclip",
            name="campaign",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="campaigns.campaign",
            ),
        ),
        migrations.AddField(model_name="trackedclip", name="video_id", field=models.CharField(max_length=64, null=True)),
        migrations.AddField(model_name="trackedclip", name="url", field=models.CharField(max_length=500, null=True)),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="trackedclip",
            name="campaign",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="campaigns.campaign",
            ),
        ),
        migrations.AlterField(model_name="trackedclip", name="video_id", field=models.CharField(max_length=64)),
        migrations.AlterField(model_name="trackedclip", name="url", field=models.CharField(max_length=500)),
    )
