"""Sessions of browsers: what Django keeps of them, and what their person sees in the list of sign-ins."""

import uuid

from django.db import models

from cliphaven.identity.models.people import User


class BrowserSession(models.Model):
    """One session. Its key is kept as SHA-256: whoever reads this table cannot take anybody's place."""

    key_sha256 = models.CharField(max_length=64, primary_key=True)
    data = models.TextField()
    name = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """By which its person ends it: tells nothing of the key."""
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="browser_sessions")
    browser = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    used_at = models.DateTimeField()
    """To the minute: it is not written at each request."""
    ends_at = models.DateTimeField(db_index=True)
    idle_s = models.PositiveIntegerField()
    """After so many seconds without a request it is over."""
    proved_at = models.DateTimeField(null=True)
    """When its person last proved again, in it, who they are; signing in is told by `started_at`."""
    proved_by = models.CharField(max_length=16, blank=True)
