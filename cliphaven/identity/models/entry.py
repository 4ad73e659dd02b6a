"""Links by which people sign in, and how often they try."""

from django.db import models

from cliphaven.identity.models.people import User


class MagicLink(models.Model):
    """A mailed way in: the hash of 32 random bytes, good once, for ten minutes, from the browser that asked.

    Another browser, and a program, need the code of the same mail as well.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="magic_links")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    browser_sha256 = models.BinaryField(max_length=32, db_index=True)
    code_sha256 = models.BinaryField(max_length=32, default=b"")
    """Keyed, since a code is short: whoever reads this table cannot try all of them."""
    code_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInAttempt(models.Model):
    """Tries on one address within a window; the address is kept as its hash, known here or not."""

    address_sha256 = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=16)
    attempts = models.PositiveIntegerField(default=0)
    in_a_row = models.PositiveIntegerField(default=0)
    """How many there were, in whichever window, since one was right."""
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
