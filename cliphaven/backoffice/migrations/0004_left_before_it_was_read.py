"""One more finding: an account left before Stripe's list of it was read, and nothing is left there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Another word that a line may say."""

    dependencies = (("backoffice", "0003_what_comes_out"),)

    operations = (
        migrations.AlterField(
            model_name="reconciliationline",
            name="finding",
            field=models.CharField(
                choices=[
                    ("in_flight", "in_flight"),
                    ("too_new", "too_new"),
                    ("missing_in_books", "missing_in_books"),
                    ("missing_at_stripe", "missing_at_stripe"),
                    ("other_amount", "other_amount"),
                    ("converted", "converted"),
                    ("unclassified", "unclassified"),
                    ("unexplained", "unexplained"),
                    ("unreadable", "unreadable"),
                    ("left_unread", "left_unread"),
                ],
                max_length=24,
            ),
        ),
    )
