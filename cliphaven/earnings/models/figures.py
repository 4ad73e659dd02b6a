"""Figures that are worked out ahead, because whoever asks for them must not wait for months to be added up."""

from django.db import models


class KeptFigures(models.Model):
    """One row for each kind of figures: the latest, as JSON, of the moment `as_of_at`. Overwritten each time."""

    kind = models.CharField(max_length=16, primary_key=True)
    figures = models.JSONField()
    as_of_at = models.DateTimeField()
