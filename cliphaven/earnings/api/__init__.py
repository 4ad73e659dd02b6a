"""Doors of the API: creators and sponsors read what is held and credited, the staff holds, releases and reverses."""

from cliphaven.earnings.api.creators import MINE
from cliphaven.earnings.api.public import PUBLIC
from cliphaven.earnings.api.sponsors import SPONSOR
from cliphaven.earnings.api.staff import STAFF

__all__ = ["MINE", "PUBLIC", "SPONSOR", "STAFF"]
