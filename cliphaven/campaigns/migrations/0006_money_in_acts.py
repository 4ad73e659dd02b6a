from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_documents_stay'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='deposit',
            name='deposit_state_is_known',
        ),
        migrations.AddField(
            model_name='deposit',
            name='read_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='dispute',
            name='seen_to',
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name='deposit',
            name='state',
            field=models.CharField(choices=[('started', 'Started'), ('processing', 'Processing'), ('paid', 'Paid'), ('failed', 'Failed'), ('expired', 'Expired'), ('needs_review', 'Needs Review'), ('seen_to', 'Seen To')], default='started', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['started', 'processing', 'paid', 'failed', 'expired', 'needs_review', 'seen_to'])), name='deposit_state_is_known'),
        ),
        migrations.CreateModel(
            name='MoneyInAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('looked_again', 'had it looked up again'), ('settled', 'saw to it'), ('lifted', "ended the warning's pause")], max_length=16)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('request_key', models.CharField(blank=True, max_length=64)),
                ('acted_at', models.DateTimeField()),
                ('deposit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='campaigns.deposit')),
                ('dispute', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='campaigns.dispute')),
                ('pause', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='campaigns.spendpause')),
                ('refund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='campaigns.refund')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='money_in_acts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('request_key', ''), _negated=True), fields=('staff', 'request_key'), name='one_money_in_act_per_request'), models.CheckConstraint(condition=models.Q(('act__in', ['looked_again', 'settled', 'lifted'])), name='money_in_act_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('deposit__isnull', False), ('dispute', None), ('pause', None), ('refund', None)), models.Q(('deposit', None), ('dispute', None), ('pause', None), ('refund__isnull', False)), models.Q(('deposit', None), ('dispute__isnull', False), ('pause', None), ('refund', None)), models.Q(('deposit', None), ('dispute', None), ('pause__isnull', False), ('refund', None)), _connector='OR'), name='a_money_in_act_is_about_one_thing')],
            },
        ),
    ]
