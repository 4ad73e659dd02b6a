"""Whoever has added a channel creates, and goes on doing so as a member of an organisation."""

from django.db import migrations

WHO_POSTS_CREATES = """
update identity_user set is_creator = true where not is_staff and id in (select creator_id from clips_channel);
"""


class Migration(migrations.Migration):
    """One statement."""

    dependencies = [("clips", "0008_uploads_are_asked_for"), ("identity", "0009_faces_and_staff_roles")]
    operations = [migrations.RunSQL(WHO_POSTS_CREATES, migrations.RunSQL.noop)]
