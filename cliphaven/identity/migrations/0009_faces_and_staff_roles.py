"""People may have two faces; the staff has roles, and those who were staff before have all of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


ROLES = ("support", "risk", "finance", "admin")
GIVE_ALL_ROLES = "\n".join(
    f"""
insert into identity_staffgrant (user_id, role) select id, '{role}' from identity_user where is_staff;
insert into identity_personact (deed, person_id, role, reason, request_key, acted_at)
    select 'granted', id, '{role}', 'Was of the staff before there were roles', '', now()
    from identity_user where is_staff;"""
    for role in ROLES
)
ACTS_STAY = """
create function identity_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is kept as it was written: % is refused', tg_table_name, lower(tg_op);
end
$$;
create trigger identity_personacts_stay before update or delete on identity_personact
    for each row execute function identity_refuse_change();
create trigger identity_personacts_are_not_emptied before truncate on identity_personact
    for each statement execute function identity_refuse_change();
"""
ACTS_GO = """
drop trigger identity_personacts_are_not_emptied on identity_personact;
drop trigger identity_personacts_stay on identity_personact;
drop function identity_refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0008_security_events_stay'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='is_creator',
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name='PersonAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deed', models.CharField(choices=[('granted', 'Granted'), ('withdrawn', 'Withdrawn'), ('signed_out', 'Signed Out'), ('switched_off', 'Switched Off'), ('switched_on', 'Switched On')], max_length=16)),
                ('role', models.CharField(blank=True, choices=[('support', 'Support'), ('risk', 'Risk'), ('finance', 'Finance'), ('admin', 'Admin')], max_length=16)),
                ('reason', models.CharField(max_length=500)),
                ('request_key', models.CharField(blank=True, max_length=64)),
                ('acted_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('staff', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'id'], name='person_acts_of_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('staff', None), models.Q(('staff', models.F('person')), _negated=True), _connector='OR'), name='nobody_acts_on_themselves'), models.CheckConstraint(condition=models.Q(models.Q(('deed__in', ['granted', 'withdrawn']), ('role__in', ['support', 'risk', 'finance', 'admin'])), models.Q(('deed__in', ['signed_out', 'switched_off', 'switched_on']), ('role', '')), _connector='OR'), name='a_role_where_the_deed_is_about_one'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='person_act_has_a_reason'), models.UniqueConstraint(condition=models.Q(('request_key', ''), _negated=True), fields=('staff', 'request_key'), name='one_person_act_per_request')],
            },
        ),
        migrations.CreateModel(
            name='StaffGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('support', 'Support'), ('risk', 'Risk'), ('finance', 'Finance'), ('admin', 'Admin')], max_length=16)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff_grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'role'), name='one_grant_per_role'), models.CheckConstraint(condition=models.Q(('role__in', ['support', 'risk', 'finance', 'admin'])), name='staff_role_is_known')],
            },
        ),
        migrations.RunSQL(GIVE_ALL_ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(ACTS_STAY, ACTS_GO),
    ]
