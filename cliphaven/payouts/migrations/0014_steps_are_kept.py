"""Every step that a transfer, a payout or a reversal walks is written down by the database, so that nobody can say later that it did not."""

from django.db import migrations, models

TABLES = ("payouts_transfer", "payouts_bankpayout", "payouts_transferreversal")
KEEP = """
create function payouts_keep_steps() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.steps := new.state;
    elsif new.state <> old.state then
        new.steps := coalesce(nullif(old.steps, ''), old.state) || ' ' || new.state;
    else
        new.steps := old.steps;
    end if;
    return new;
end
$$;
""" + "".join(
    f"create trigger steps_are_kept before insert or update on {table} for each row"
    " execute function payouts_keep_steps();\n"
    for table in TABLES
)
LET_GO = "".join(f"drop trigger steps_are_kept on {table};\n" for table in TABLES) + (
    "drop function payouts_keep_steps();"
)


class Migration(migrations.Migration):
    """A column in three tables, and a trigger on each."""

    dependencies = (("payouts", "0013_former_accounts_and_sending_again"),)
    operations = (
        migrations.AddField("transfer", "steps", models.TextField(blank=True, default="", editable=False)),
        migrations.AddField("bankpayout", "steps", models.TextField(blank=True, default="", editable=False)),
        migrations.AddField("transferreversal", "steps", models.TextField(blank=True, default="", editable=False)),
        migrations.RunSQL(KEEP, LET_GO),
    )
