"""What people prove themselves with beside mail and password, and the ceremonies that are under way."""

import uuid

from django.db import models

from cliphaven.identity.models.people import User


class Totp(models.Model):
    """An authenticator app of a person (RFC 6238): counts once a code of it was shown."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="totp")
    sealed_secret = models.BinaryField()
    """Encrypted; the key is not in the database."""
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    """The newest step of thirty seconds whose code was taken: it and those before are used up."""


class RecoveryCode(models.Model):
    """The hash of a code that stands in for a lost factor, once. Codes are made in sets, which share a salt."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    salt = models.BinaryField(max_length=16)
    code_argon2 = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Passkey(models.Model):
    """A key pair in a device or a password manager (WebAuthn); what is kept is its public half."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField(max_length=2048)
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=60)
    is_synced = models.BooleanField(default=False)
    """Whether it lives in a password manager, and so on several devices."""
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class CeremonyPurpose(models.TextChoices):
    """What a passkey is asked for."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    PROVE = "prove"


class Ceremony(models.Model):
    """A challenge that a passkey has to sign: random, for one purpose and one browser, used up by the first answer."""

    challenge = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=16, choices=CeremonyPurpose.choices)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    browser_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class PendingSignIn(models.Model):
    """Somebody showed the first factor and owes the second: the hash of a ticket, good once, for ten minutes."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pending_sign_ins")
    ticket_sha256 = models.BinaryField(max_length=32, unique=True)
    method = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class SecurityEvent(models.Model):
    """What was changed about how a person comes in, and where from. The database keeps it as it was written."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="security_events")
    kind = models.CharField(max_length=32)
    detail = models.CharField(max_length=120, blank=True)
    """Such as the name of a passkey; never a secret."""
    origin = models.CharField(max_length=80)
    """In which browser or program it was done, in words."""
    noted_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["user", "-id"], name="security_events_of_user"),)
