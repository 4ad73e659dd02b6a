"""Endpoints are switched off and on: by people, or by the house when they take nothing for days or want no more."""

import uuid
from datetime import datetime
from urllib.parse import urlsplit

from cliphaven.deliveries.models import Deed, Delivery, DeliveryState, Endpoint, OffBecause
from cliphaven.deliveries.operations import acts
from cliphaven.deliveries.rules import pace
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.identity.queries import Faces

_WHY = {
    OffBecause.FAILING: f"It took nothing for {pace.SWITCHED_OFF_AFTER.days} days.",
    OffBecause.GONE: "It answered 410 Gone, which says that it wants no more.",
}
_MEND = (
    "What happens from now on is kept for it. Mend the program behind it, switch it on again, send a test, and have"
    " what was kept sent: all of that is on its page."
)


@own_transaction
def switch_on(*, faces: Faces, endpoint_id: uuid.UUID, origin: str, now: datetime) -> None:
    """Send to an endpoint again. What was kept meanwhile goes out when somebody has it sent: see `replaying`.

    One that is on stays so. Raises NoSuchEndpoint, NotAnOwner.
    """
    endpoint = acts.steered(faces=faces, endpoint_id=endpoint_id)
    if endpoint.is_on:
        return
    endpoint.is_on, endpoint.off_because, endpoint.off_at = True, "", None
    forgive(endpoint=endpoint)
    endpoint.save()
    acts.record(endpoint=endpoint, deed=Deed.SWITCHED_ON, user_id=faces.user.id, origin=origin, now=now)


@own_transaction
def switch_off(*, faces: Faces, endpoint_id: uuid.UUID, origin: str, now: datetime) -> None:
    """Send nothing to an endpoint for now; what happens is kept for it. Raises NoSuchEndpoint, NotAnOwner."""
    endpoint = acts.steered(faces=faces, endpoint_id=endpoint_id)
    if endpoint.is_on:
        turn_off(endpoint=endpoint, because=OffBecause.PERSON, now=now)
        acts.record(endpoint=endpoint, deed=Deed.SWITCHED_OFF, user_id=faces.user.id, origin=origin, now=now)


@joined_transaction
def by_the_house(*, endpoint: Endpoint, because: OffBecause, now: datetime, told_at: datetime) -> None:
    """Switch a locked endpoint off that is on, and tell its people how to mend it."""
    if not endpoint.is_on:
        return
    turn_off(endpoint=endpoint, because=because, now=now)
    acts.record(
        endpoint=endpoint,
        deed=Deed.SWITCHED_OFF,
        user_id=None,
        detail=_WHY[because],
        origin=acts.BY_THE_HOUSE,
        now=now,
    )
    acts.tell(
        endpoint=endpoint,
        key=f"off:{now:%Y-%m-%dT%H:%M:%S}",
        subject=f"Your webhook at {_host(endpoint)} was switched off",
        text=f"{_WHY[because]}\n\n{endpoint.url}\n\n{_MEND}",
        told_at=told_at,
    )


@joined_transaction
def warn(*, endpoint: Endpoint, now: datetime, told_at: datetime) -> None:
    """Tell the people of a locked endpoint, once, that it takes nothing, and when it will be switched off."""
    since = endpoint.failing_since
    if since is None or not endpoint.is_on:
        return
    days = (since + pace.SWITCHED_OFF_AFTER - now).days
    acts.tell(
        endpoint=endpoint,
        key=f"failing:{since:%Y-%m-%dT%H:%M:%S}",
        subject=f"Your webhook at {_host(endpoint)} takes nothing",
        text=(
            f"It has refused everything, or not answered, for {pace.WARNED_AFTER.days} day and longer.\n\n"
            f"{endpoint.url}\n\nThe log on its page says what it answered. We go on trying; after {days + 1} more days"
            " it is switched off."
        ),
        told_at=told_at,
    )


@joined_transaction
def turn_off(*, endpoint: Endpoint, because: OffBecause, now: datetime) -> None:
    """Send nothing more to a locked endpoint: what waits is kept for it. What is under way ends as it ends."""
    endpoint.is_on, endpoint.off_because, endpoint.off_at = False, because, now
    endpoint.save(update_fields=["is_on", "off_because", "off_at"])
    keep_waiting(endpoint=endpoint)


@joined_transaction
def keep_waiting(*, endpoint: Endpoint) -> None:
    """What waits for a locked endpoint is kept until somebody has it sent."""
    Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING).update(
        state=DeliveryState.KEPT, next_try_at=None
    )


@joined_transaction
def forgive(*, endpoint: Endpoint) -> None:
    """What it did before says nothing about it any more. The caller saves it."""
    endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None


def _host(endpoint: Endpoint) -> str:
    return (urlsplit(endpoint.url).hostname or "")[:120]
