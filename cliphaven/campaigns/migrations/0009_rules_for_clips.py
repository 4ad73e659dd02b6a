"""Typed rules of a version of terms, which stay as they were agreed like the version itself."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = ["mention", "hashtag", "phrase", "min_seconds", "max_seconds", "language"]
GUARD = """
create trigger clip_rules_stay before update or delete on campaigns_requiredinclip
    for each row execute function campaigns_refuse_change();
create trigger clip_rules_are_not_emptied before truncate on campaigns_requiredinclip
    for each statement execute function campaigns_refuse_change();
"""
UNGUARD = """
drop trigger clip_rules_are_not_emptied on campaigns_requiredinclip;
drop trigger clip_rules_stay on campaigns_requiredinclip;
"""


class Migration(migrations.Migration):
    """One table and its two triggers."""

    dependencies = (("campaigns", "0008_steps_are_kept"),)
    operations = (
        migrations.CreateModel(
            name="RequiredInClip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=16)),
                ("value", models.CharField(max_length=100)),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="required_in_clips",
                        to="campaigns.terms",
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(fields=("terms", "kind", "value"), name="each_clip_rule_once"),
                    models.CheckConstraint(condition=models.Q(("kind__in", KINDS)), name="clip_rule_kind_is_known"),
                    models.CheckConstraint(
                        condition=models.Q(("value", ""), _negated=True), name="clip_rule_has_a_value"
                    ),
                ),
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    )
