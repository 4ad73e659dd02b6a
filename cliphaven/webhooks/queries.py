"""What lies in the letterbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q

from cliphaven.webhooks.models import ProviderEvent

# As long as Stripe itself goes on trying to deliver.
GIVEN_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class LetterboxHealth:
    """Events not dealt with, and since when the longest waiting one lies there.

    `given_up` lay there for so long that nothing takes them up by itself; the latest of them came at `given_up_at`.
    """

    waiting: int
    oldest_waiting_since: datetime | None
    given_up: int
    given_up_at: datetime | None


def letterbox_health(*, now: datetime) -> LetterboxHealth:
    """How much of what vendors told us is not dealt with yet."""
    waits, given_up = Q(received_at__gt=now - GIVEN_UP_AFTER), Q(received_at__lte=now - GIVEN_UP_AFTER)
    found = ProviderEvent.objects.filter(handled_at=None).aggregate(
        waiting=Count("id", filter=waits),
        oldest=Min("received_at", filter=waits),
        given_up=Count("id", filter=given_up),
        latest=Max("received_at", filter=given_up),
    )
    return LetterboxHealth(
        waiting=found["waiting"],
        oldest_waiting_since=found["oldest"],
        given_up=found["given_up"],
        given_up_at=found["latest"],
    )
