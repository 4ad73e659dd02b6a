"""What is kept of the pictures that platforms show for clips, with the index by which those alike are found."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """One table, empty at first: clips that were inspected before have no picture."""

    dependencies = (("clips", "0002_guards"),)
    operations = (
        migrations.CreateModel(
            name="Thumbnail",
            fields=[
                (
                    "clip",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="thumbnail",
                        serialize=False,
                        to="clips.clip",
                    ),
                ),
                ("hash", models.BigIntegerField()),
                (
                    "row_pairs",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["row_pairs"], name="thumbnails_by_row_pair"
                    )
                ],
            },
        ),
    )
