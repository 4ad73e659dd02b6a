"""What lies in the letterbox."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from cliphaven.webhooks.models import ProviderEvent


@dataclass(frozen=True, kw_only=True)
class LetterboxHealth:
    """Events not dealt with, and since when the longest waiting one lies there."""

    waiting: int
    oldest_waiting_since: datetime | None


def letterbox_health() -> LetterboxHealth:
    """How much of what vendors told us is not dealt with yet."""
    found = ProviderEvent.objects.filter(handled_at=None).aggregate(waiting=Count("id"), oldest=Min("received_at"))
    return LetterboxHealth(waiting=found["waiting"], oldest_waiting_since=found["oldest"])
