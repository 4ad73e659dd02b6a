"""A document is what somebody was given: the database itself refuses to change, delete or empty one."""

from django.db import migrations

GUARD = """
create function campaigns_refuse_document_change() returns trigger language plpgsql as $$
begin
    raise exception 'Documents are kept as they were issued: % is refused', lower(tg_op)
        using errcode = 'CA002', hint = 'What was wrong is put right by another document.';
end
$$;
create trigger documents_stay before update or delete on campaigns_document
    for each row execute function campaigns_refuse_document_change();
create trigger documents_are_not_emptied before truncate on campaigns_document
    for each statement execute function campaigns_refuse_document_change();
"""
UNGUARD = """
drop trigger documents_are_not_emptied on campaigns_document;
drop trigger documents_stay on campaigns_document;
drop function campaigns_refuse_document_change();
"""


class Migration(migrations.Migration):
    """Two triggers and their function."""

    dependencies = (("campaigns", "0004_money_in"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
