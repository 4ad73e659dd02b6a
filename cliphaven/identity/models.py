"""Users, the organisations of sponsors, and the links by which people sign in."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Makes users; Django's password tools need it."""

    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with this address; without a password only links open the door."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. Creators are people; sponsors act through organisations; staff look after the marketplace."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="one_user_per_address"),)

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A sponsor: the body that owns a wallet and campaigns."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    members = models.ManyToManyField(User, through="Membership", related_name="organisations")

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do for the organisation."""

    OWNER = "owner"
    FINANCE = "finance"
    REVIEWER = "reviewer"


class Membership(models.Model):
    """One person's role in one organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "user"), name="one_role_per_member"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known"),
        )


class MagicLink(models.Model):
    """A mailed way in: the hash of 32 random bytes, good once, for ten minutes, from the browser that asked."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="magic_links")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    browser_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInAttempt(models.Model):
    """Tries on one address within a window; the address is kept as its hash, known here or not."""

    address_sha256 = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=16)
    attempts = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("address_sha256", "kind"), name="one_counter_per_address"),)


class Allowance(models.Model):
    """How often a person asked for something that is dear, within a window of time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=32)
    used = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "purpose"), name="one_allowance_per_purpose"),)
