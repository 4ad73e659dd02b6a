"""Who people are, how they come in, and what they may do."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("identity", "0001_first"),
        ("identity", "0002_sign_in_attempts"),
        ("identity", "0003_allowances"),
        ("identity", "0004_tokens"),
        ("identity", "0005_sessions_and_codes"),
        ("identity", "0006_invitations"),
        ("identity", "0007_factors"),
        ("identity", "0008_security_events_stay"),
        ("identity", "0009_faces_and_staff_roles"),
        ("identity", "0010_keys_and_limits"),
        ("identity", "0011_invitations_once"),
        ("identity", "0012_address_changes"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RateWindow",
            fields=[
                ("bucket", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("window_ends_at", models.DateTimeField(db_index=True)),
                ("used", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RevokedToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jti", models.CharField(max_length=32, unique=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("is_creator", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("token_version", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="one_user_per_address")
                ],
            },
        ),
        migrations.CreateModel(
            name="SignInAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_sha256", models.BinaryField(max_length=32)),
                ("kind", models.CharField(max_length=16)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("in_a_row", models.PositiveIntegerField(default=0)),
                ("window_ends_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("address_sha256", "kind"), name="one_counter_per_address")
                ],
            },
        ),
        migrations.CreateModel(
            name="BrowserSession",
            fields=[
                ("key_sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("data", models.TextField()),
                ("name", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="browser_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("browser", models.CharField(blank=True, max_length=200)),
                ("started_at", models.DateTimeField()),
                ("used_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(db_index=True)),
                ("idle_s", models.PositiveIntegerField()),
                ("proved_at", models.DateTimeField(null=True)),
                ("proved_by", models.CharField(blank=True, max_length=16)),
            ],
        ),
        migrations.CreateModel(
            name="Ceremony",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("challenge", models.BinaryField(max_length=32, unique=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("register", "Register"), ("sign_in", "Sign In"), ("prove", "Prove")], max_length=16
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("browser_sha256", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="MagicLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="magic_links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("browser_sha256", models.BinaryField(db_index=True, max_length=32)),
                ("code_sha256", models.BinaryField(default=b"", max_length=32)),
                ("code_tries", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("credential_id", models.BinaryField(max_length=1024, unique=True)),
                ("public_key", models.BinaryField(max_length=2048)),
                ("sign_count", models.BigIntegerField(default=0)),
                ("name", models.CharField(max_length=60)),
                ("is_synced", models.BooleanField(default=False)),
                ("added_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PendingSignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pending_sign_ins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ticket_sha256", models.BinaryField(max_length=32, unique=True)),
                ("method", models.CharField(max_length=16)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PersonAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("granted", "Granted"),
                            ("withdrawn", "Withdrawn"),
                            ("signed_out", "Signed Out"),
                            ("switched_off", "Switched Off"),
                            ("switched_on", "Switched On"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[("support", "Support"), ("risk", "Risk"), ("finance", "Finance"), ("admin", "Admin")],
                        max_length=16,
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("acted_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["person", "id"], name="person_acts_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("staff", None), models.Q(("staff", models.F("person")), _negated=True), _connector="OR"
                        ),
                        name="nobody_acts_on_themselves",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("deed__in", ["granted", "withdrawn"]),
                                ("role__in", ["support", "risk", "finance", "admin"]),
                            ),
                            models.Q(("deed__in", ["signed_out", "switched_off", "switched_on"]), ("role", "")),
                            _connector="OR",
                        ),
                        name="a_role_where_the_deed_is_about_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="person_act_has_a_reason"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("request_key", ""), _negated=True),
                        fields=("staff", "request_key"),
                        name="one_person_act_per_request",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("salt", models.BinaryField(max_length=16)),
                ("code_argon2", models.BinaryField(max_length=32)),
                ("made_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="security_events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(max_length=32)),
                ("detail", models.CharField(blank=True, max_length=120)),
                ("origin", models.CharField(max_length=80)),
                ("noted_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-id"], name="security_events_of_user")],
            },
        ),
        migrations.CreateModel(
            name="StaffGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("support", "Support"), ("risk", "Risk"), ("finance", "Finance"), ("admin", "Admin")],
                        max_length=16,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "role"), name="one_grant_per_role"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["support", "risk", "finance", "admin"])),
                        name="staff_role_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenFamily",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="token_families",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("program", models.CharField(blank=True, max_length=200)),
                ("method", models.CharField(max_length=16)),
                ("started_at", models.DateTimeField()),
                ("used_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("signed_out", "Signed Out"),
                            ("ended_by_owner", "Ended By Owner"),
                            ("everywhere", "Everywhere"),
                            ("reused", "Reused"),
                            ("factors_changed", "Factors Changed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("proved_at", models.DateTimeField(null=True)),
                ("proved_by", models.CharField(blank=True, max_length=16)),
            ],
            options={
                "indexes": [models.Index(fields=["user", "ended_at"], name="token_families_of_user")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_for", "")),
                            ("ended_at__isnull", False),
                            _connector="OR",
                        ),
                        name="only_an_ended_family_has_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Totp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="totp", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("sealed_secret", models.BinaryField()),
                ("begun_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("last_step", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="AddressChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="address_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("old_address", models.CharField(max_length=254)),
                ("new_address", models.CharField(max_length=254)),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("undo_sha256", models.BinaryField(max_length=32, null=True, unique=True)),
                ("undo_until", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", False), ("undone_at", None)),
                        fields=["old_address"],
                        name="addresses_left_behind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("purpose", models.CharField(max_length=32)),
                ("used", models.PositiveIntegerField(default=0)),
                ("window_ends_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "purpose"), name="one_allowance_per_purpose")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="identity.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("finance", "Finance"), ("reviewer", "Reviewer")], max_length=16
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "user"), name="one_role_per_member"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "finance", "reviewer"])),
                        name="membership_role_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="identity.organisation",
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("finance", "Finance"), ("reviewer", "Reviewer")], max_length=16
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("is_first_of_person", models.BooleanField(default=False)),
                ("invited_at", models.DateTimeField()),
                ("request_key", models.CharField(blank=True, max_length=64)),
                ("accept_key", models.CharField(blank=True, max_length=64)),
                ("expires_at", models.DateTimeField()),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("accepted_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("withdrawn_at", None)),
                        fields=("organisation", "email"),
                        name="one_open_invitation_per_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "finance", "reviewer"])),
                        name="invitation_role_is_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("request_key", ""), _negated=True),
                        fields=("invited_by", "request_key"),
                        name="one_invitation_per_request",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("face", models.CharField(max_length=8)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_keys",
                        to="identity.organisation",
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("shown", models.CharField(max_length=16)),
                ("secret_sha256", models.BinaryField(max_length=32, unique=True)),
                ("scopes", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "revoked_at"], name="api_keys_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("face", "sponsor"), ("organisation__isnull", False)),
                            models.Q(("face__in", ["creator", "staff"]), ("organisation", None)),
                            _connector="OR",
                        ),
                        name="a_sponsors_key_is_of_an_organisation",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refresh_tokens",
                        to="identity.tokenfamily",
                    ),
                ),
                (
                    "parent",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="child",
                        to="identity.refreshtoken",
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="organisation",
            name="members",
            field=models.ManyToManyField(
                related_name="organisations", through="identity.Membership", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
