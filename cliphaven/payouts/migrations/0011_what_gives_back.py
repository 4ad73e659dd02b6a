"""Which earlier movement at Stripe a balance transaction gives back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = (("payouts", "0010_staff_take_back"),)
    operations = (
        migrations.AddField(
            model_name="balancetransaction",
            name="gives_back",
            field=models.CharField(blank=True, max_length=64, default=""),
            preserve_default=False,
        ),
    )
