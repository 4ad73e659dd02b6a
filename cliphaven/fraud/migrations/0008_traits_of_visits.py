"""What people come with is noted: their mailbox, too; devices and addresses are forgotten in time."""

from django.db import migrations, models

KINDS = ("payout_account", "mailbox", "device", "ip")


class Migration(migrations.Migration):
    """Another set of kinds, and an index to forget by."""

    dependencies = (("fraud", "0007_analytics_stay"),)
    operations = (
        migrations.RemoveConstraint(model_name="trait", name="trait_kind_is_known"),
        migrations.AlterField(
            model_name="trait",
            name="kind",
            field=models.CharField(
                choices=[
                    ("payout_account", "the same bank account"),
                    ("mailbox", "the same mailbox"),
                    ("device", "the same device"),
                    ("ip", "the same address of the network"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="trait",
            constraint=models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="trait_kind_is_known"),
        ),
        migrations.AddIndex(
            model_name="trait",
            index=models.Index(
                condition=models.Q(kind__in=("device", "ip")), fields=["last_seen_at"], name="traits_to_be_forgotten"
            ),
        ),
    )
