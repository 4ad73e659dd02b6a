"""What looks at profiles found is kept as evidence, and proved channels are looked at again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GUARD = """
create function clips_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'What a look at a profile found is kept as it was: % is refused', lower(tg_op)
        using errcode = 'CA001';
end
$$;
create trigger channel_checks_stay before update or delete on clips_channelcheck
    for each row execute function clips_refuse_change();
create trigger channel_checks_are_not_emptied before truncate on clips_channelcheck
    for each statement execute function clips_refuse_change();
"""
UNGUARD = """
drop trigger channel_checks_are_not_emptied on clips_channelcheck;
drop trigger channel_checks_stay on clips_channelcheck;
drop function clips_refuse_change();
"""
# Channels that were proved before this: their first look is spread over a week.
FIRST_LOOKS = """
update clips_channel set check_at = now() + interval '1 hour' * (id % 168) where state = 'verified'
"""


class Migration(migrations.Migration):
    """One table, kept, and when each channel is looked at."""

    dependencies = [
        ('clips', '0005_submissions_are_kept'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(choices=[('tiktok', 'TikTok'), ('instagram', 'Instagram'), ('youtube', 'YouTube')], max_length=16)),
                ('asked_for', models.CharField(max_length=120)),
                ('outcome', models.CharField(choices=[('code_found', 'Code Found'), ('code_absent', 'Code Absent'), ('could_not_read', 'Could Not Read'), ('taken', 'Taken'), ('signed_in', 'Signed In'), ('kept', 'Kept'), ('handle_passed_on', 'Handle Passed On')], max_length=24)),
                ('code', models.CharField(blank=True, max_length=16)),
                ('author_id', models.CharField(blank=True, max_length=120)),
                ('handle', models.CharField(blank=True, max_length=120)),
                ('bio', models.TextField(blank=True)),
                ('raw_sha256', models.BinaryField(max_length=32, null=True)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('run_id', models.CharField(blank=True, max_length=64)),
                ('cost_microusd', models.BigIntegerField(default=0)),
                ('failure', models.CharField(blank=True, max_length=200)),
                ('checked_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='channel',
            name='check_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='trouble',
            field=models.CharField(blank=True, choices=[('handle_passed_on', 'Handle Passed On'), ('not_found', 'Not Found')], max_length=24),
        ),
        migrations.AddField(
            model_name='channel',
            name='trouble_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='unread_checks',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='channel',
            name='unread_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='channel',
            name='last_outcome',
            field=models.CharField(blank=True, choices=[('code_found', 'Code Found'), ('code_absent', 'Code Absent'), ('could_not_read', 'Could Not Read'), ('taken', 'Taken'), ('signed_in', 'Signed In'), ('kept', 'Kept'), ('handle_passed_on', 'Handle Passed On')], max_length=24),
        ),
        migrations.AddIndex(
            model_name='channel',
            index=models.Index(condition=models.Q(('check_at__isnull', False)), fields=['check_at'], name='channels_to_check'),
        ),
        migrations.AddField(
            model_name='channelcheck',
            name='channel',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='checks', to='clips.channel'),
        ),
        migrations.AddField(
            model_name='channelcheck',
            name='creator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='channelcheck',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['code_found', 'code_absent', 'could_not_read', 'taken', 'signed_in', 'kept', 'handle_passed_on'])), name='check_outcome_is_known'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(FIRST_LOOKS, migrations.RunSQL.noop),
    ]
