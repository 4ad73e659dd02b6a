"""Entries that need no movement of their own, balances that were told, and what a full proof asked. All of it stays."""

from django.db import migrations, models

GUARD = """
create trigger offsets_stay before update or delete on backoffice_offset
    for each row execute function backoffice_keep_ties();
create trigger offsets_are_not_emptied before truncate on backoffice_offset
    for each statement execute function backoffice_keep_ties();

create function backoffice_keep_told() returns trigger language plpgsql as $$
begin
    raise exception 'What was told stays told: % is refused', lower(tg_op) using errcode = 'BO003';
end
$$;
create trigger told_balances_stay before update or delete on backoffice_toldbalance
    for each row execute function backoffice_keep_told();
create trigger told_balances_are_not_emptied before truncate on backoffice_toldbalance
    for each statement execute function backoffice_keep_told();
"""
UNGUARD = """
drop trigger told_balances_are_not_emptied on backoffice_toldbalance;
drop trigger told_balances_stay on backoffice_toldbalance;
drop function backoffice_keep_told();
drop trigger offsets_are_not_emptied on backoffice_offset;
drop trigger offsets_stay on backoffice_offset;
"""


class Migration(migrations.Migration):
    """Two tables with four triggers, and two columns of proofs."""

    dependencies = (("backoffice", "0002_what_stays"),)

    operations = (
        migrations.CreateModel(
            name="Offset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry_kind", models.PositiveSmallIntegerField()),
                ("external_id", models.CharField(max_length=255)),
                ("account", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("about", models.CharField(blank=True, max_length=64)),
                ("offset_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("external_id", "entry_kind", "account", "currency"), name="entry_is_offset_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ToldBalance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("held_at", models.DateTimeField()),
                ("balance_minor", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "currency", "held_at"), name="balance_is_told_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="proofrun",
            name="is_full",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="proofrun",
            name="legs",
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    )
