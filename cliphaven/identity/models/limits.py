"""How much each of those who ask has asked for just now."""

from django.db import models


class RateWindow(models.Model):
    """Requests of one who asks, within the window that is running. Its table is not logged: a crash empties it."""

    bucket = models.CharField(max_length=32, primary_key=True)
    """A hash: of whom, and of what is counted."""
    window_ends_at = models.DateTimeField(db_index=True)
    used = models.PositiveIntegerField()
