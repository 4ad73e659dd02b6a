from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

IN_DOUBT = ("sending", "unknown", "needs_review")


def take_over_claims(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Items in doubt may have been claimed to be sent as late as their last claim of any kind."""
    for name in ("Transfer", "BankPayout"):
        rows = apps.get_model("payouts", name).objects.filter(state__in=IN_DOUBT)
        rows.update(last_claimed_to_send_at=models.F("claimed_at"))


class Migration(migrations.Migration):
    dependencies = [("payouts", "0002_sending_state")]

    operations = [
        migrations.AddField(
            model_name="transfer", name="last_claimed_to_send_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="bankpayout", name="last_claimed_to_send_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunPython(take_over_claims, migrations.RunPython.noop),
    ]
