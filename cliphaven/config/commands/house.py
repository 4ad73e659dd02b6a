"""Entering the house from a command: environment, database, Django, in this order."""

import django

from cliphaven.config.local import environment


def enter() -> None:
    """Make models and settings usable. Raises CannotStart with one sentence when that cannot be."""
    environment.prepare()
    django.setup()
