"""Every step that a refund walks is written down by the database, so that nobody can say later that it did not."""

from django.db import migrations, models

TABLES = ("campaigns_refund",)
KEEP = """
create function campaigns_keep_steps() returns trigger language plpgsql as $$
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
    " execute function campaigns_keep_steps();\n"
    for table in TABLES
)
LET_GO = "".join(f"drop trigger steps_are_kept on {table};\n" for table in TABLES) + (
    "drop function campaigns_keep_steps();"
)


class Migration(migrations.Migration):
    """A column, and a trigger."""

    dependencies = (("campaigns", "0007_money_in_acts_stay"),)
    operations = (
        migrations.AddField("refund", "steps", models.TextField(blank=True, default="", editable=False)),
        migrations.RunSQL(KEEP, LET_GO),
    )
