"""Users, and the organisations of sponsors."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from cliphaven.identity.rules.addresses import address_of


class UserManager(BaseUserManager["User"]):
    """Makes users; Django's password tools need it."""

    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with this address; without a password only links open the door."""
        user = self.model(email=address_of(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. Creators are people; sponsors act through organisations; staff look after the marketplace."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_creator = models.BooleanField(default=False)
    """Whether they create besides belonging to an organisation. Who belongs nowhere creates anyhow."""
    created_at = models.DateTimeField()
    token_version = models.PositiveIntegerField(default=0)
    """Counts up when all that was given out at the door is void: what carries an older number opens nothing."""

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="one_user_per_address"),)

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session carries to stay good: it changes with the password, and with `token_version`."""
        content = f"{self.password}:{self.token_version}"
        return salted_hmac("cliphaven.identity.session", content, secret=secret, algorithm="sha256").hexdigest()


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
