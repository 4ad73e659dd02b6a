"""Letters from vendors."""

from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("webhooks", "0001_first")]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=16)),
                ("event_id", models.CharField(max_length=255)),
                ("event_type", models.CharField(max_length=120)),
                ("connected_account", models.CharField(blank=True, max_length=64)),
                ("object_id", models.CharField(blank=True, max_length=255)),
                ("received_at", models.DateTimeField()),
                ("handled_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("handled_at__isnull", True)),
                        fields=["received_at"],
                        name="events_to_handle",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("provider", "event_id"), name="one_row_per_event")],
            },
        ),
    ]
