"""Each day of runs, as the vendor billed it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies = (("tracking", "0008_canaries_purges_and_signs"),)
    operations = (
        migrations.CreateModel(
            name="VendorBill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("billed_on", models.DateField(unique=True)),
                ("runs", models.PositiveIntegerField()),
                ("mended", models.PositiveIntegerField()),
                ("added", models.PositiveIntegerField()),
                ("strange", models.PositiveIntegerField()),
                ("strange_microusd", models.BigIntegerField()),
                ("billed_microusd", models.BigIntegerField()),
                ("booked_microusd", models.BigIntegerField()),
                ("month_begins_on", models.DateField()),
                ("month_billed_microusd", models.BigIntegerField()),
                ("month_booked_microusd", models.BigIntegerField()),
                ("read_at", models.DateTimeField()),
            ],
        ),
    )
