"""Figures of months are worked out by the hour, and not in each request."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies = (("earnings", "0008_credit_notes_stay"),)
    operations = (
        migrations.CreateModel(
            name="KeptFigures",
            fields=[
                ("kind", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("figures", models.JSONField()),
                ("as_of_at", models.DateTimeField()),
            ],
        ),
    )
