"""API keys, and counts of who asks how often; these are not logged, since a crash may forget them."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0009_faces_and_staff_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='RateWindow',
            fields=[
                ('bucket', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('window_ends_at', models.DateTimeField(db_index=True)),
                ('used', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('face', models.CharField(max_length=8)),
                ('name', models.CharField(max_length=80)),
                ('shown', models.CharField(max_length=16)),
                ('secret_sha256', models.BinaryField(max_length=32, unique=True)),
                ('scopes', models.CharField(max_length=80)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to='identity.organisation')),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', 'revoked_at'], name='api_keys_of_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('face', 'sponsor'), ('organisation__isnull', False)), models.Q(('face__in', ['creator', 'staff']), ('organisation', None)), _connector='OR'), name='a_sponsors_key_is_of_an_organisation')],
            },
        ),
        migrations.RunSQL(
            "alter table identity_ratewindow set unlogged", "alter table identity_ratewindow set logged"
        ),
    ]
