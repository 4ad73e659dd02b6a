"""Each case keeps its score, so that the list of those that are over is read in order from an index."""

from django.db import migrations, models

SCORED = """
update fraud_riskcase k set score_milli = greatest(a.value_milli, a.shadow_milli)
  from fraud_assessment a where a.id = k.because_id"""


class Migration(migrations.Migration):
    """A column, filled, and an index."""

    dependencies = (("fraud", "0008_traits_of_visits"),)
    operations = (
        migrations.AddField(
            model_name="riskcase", name="score_milli", field=models.PositiveIntegerField(default=0)
        ),
        migrations.RunSQL(SCORED, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="riskcase",
            index=models.Index(
                models.OrderBy(models.F("score_milli") * models.F("at_stake_minor"), descending=True),
                models.F("id"),
                condition=models.Q(("ended_at__isnull", False)),
                name="cases_over",
            ),
        ),
    )
