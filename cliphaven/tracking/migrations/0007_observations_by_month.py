"""Observations in a table of months; rows that are there keep their ids, in a partition of their own."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

OBSERVATIONS = (Path(__file__).parents[1] / "sql" / "observations.sql").read_text()


def _key(to: str, related_name: str, *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        to,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        db_constraint=False,
        db_index=False,
        null=null,
    )


class Migration(migrations.Migration):
    """The table is exchanged as a whole; what Django would do to it column by column is only noted."""

    # What the processes may do is granted to their role, and that has to be there.
    dependencies = (("tracking", "0006_polled_by_value"), ("ledger", "0002_roles"))
    operations = (
        migrations.AddField("trackedclip", "last_observation_id", models.BigIntegerField(default=0)),
        migrations.AlterField(
            "trackedclip", "seen_observation", _key("tracking.observation", related_name="+", null=True)
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=(migrations.RunSQL(OBSERVATIONS),),
            state_operations=(
                migrations.AddField("observation", "previous_id", models.BigIntegerField(default=0)),
                migrations.AlterField("observation", "clip", _key("clips.clip", related_name="observations")),
                migrations.AlterField("observation", "call", _key("tracking.vendorcall", related_name="observations")),
                migrations.RemoveConstraint("observation", "one_observation_per_clip_and_call"),
                migrations.RemoveConstraint("observation", "the_chain_does_not_fork"),
                migrations.RemoveIndex("observation", "observations_by_clip"),
                migrations.AddConstraint(
                    "observation",
                    models.CheckConstraint(
                        condition=models.Q(("previous_id__gte", 0), ("previous_id__lt", models.F("id"))),
                        name="previous_comes_before",
                    ),
                ),
            ),
        ),
    )
