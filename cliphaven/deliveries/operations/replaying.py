"""Letters are sent again when somebody asks: one, or all that did not arrive since a moment; and a test."""

import uuid
from datetime import UTC, datetime, timedelta

from cliphaven.deliveries.models import Deed, Delivery, DeliveryState, Endpoint, Event
from cliphaven.deliveries.operations import acts, announcing
from cliphaven.deliveries.queries.log import NoSuchDelivery
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity.operations import allowances
from cliphaven.identity.queries import Faces

ORDERS_MAX, ORDERS_WINDOW = 120, timedelta(hours=1)
"""Tests and orders to send again, of one person: nobody keeps an address busy by our hand."""
SENT_AGAIN_MAX = 10_000
"""Letters of one order; who has more asks again for the rest."""
_LOG_MAX = timedelta(days=400)
TEST_MESSAGE = "This is a test. If its signature fits, your endpoint is ready."


class EndpointIsOff(Refused):
    """Nothing is sent to an endpoint that is off."""

    code = "endpoint_is_off"


@no_transaction
def send_test(*, faces: Faces, endpoint_id: uuid.UUID, origin: str, now: datetime, told_at: datetime) -> int:
    """Send an endpoint a test; answers the id of its line in the log. `now` is the wall's, `told_at` the letter's.

    Raises NoSuchEndpoint, NotAnOwner, EndpointIsOff, and TooOften beyond ORDERS_MAX in ORDERS_WINDOW.
    """
    _count_order(faces, now=now)
    return _send_test(faces=faces, endpoint_id=endpoint_id, origin=origin, now=now, told_at=told_at)


@own_transaction
def _send_test(*, faces: Faces, endpoint_id: uuid.UUID, origin: str, now: datetime, told_at: datetime) -> int:
    endpoint = _that_is_on(faces=faces, endpoint_id=endpoint_id)
    type_, event_id = EventType.ENDPOINT_TEST, uuid.uuid4()
    Event.objects.create(
        id=event_id,
        organisation_id=endpoint.organisation_id,
        user_id=endpoint.user_id,
        type=type_,
        key=f"test:{event_id}",
        body=catalogue.body(event_id=str(event_id), type_=type_, data={"message": TEST_MESSAGE}, happened_at=told_at),
        happened_at=told_at,
    )
    _wake(endpoint)
    [delivery] = announcing.write_letters(letters=[(event_id, type_, endpoint)])
    acts.record(endpoint=endpoint, deed=Deed.TESTED, user_id=faces.user.id, origin=origin, now=now)
    return delivery.id


@no_transaction
def send_again(*, faces: Faces, endpoint_id: uuid.UUID, delivery_id: int, origin: str, now: datetime) -> None:
    """Send one letter again, under its old id, with a new round of tries; one that waits for its next try goes now.

    Raises NoSuchEndpoint, NotAnOwner, EndpointIsOff, NoSuchDelivery, TooOften.
    """
    _count_order(faces, now=now)
    _send_again(faces=faces, endpoint_id=endpoint_id, delivery_id=delivery_id, origin=origin, now=now)


@own_transaction
def _send_again(*, faces: Faces, endpoint_id: uuid.UUID, delivery_id: int, origin: str, now: datetime) -> None:
    endpoint = _that_is_on(faces=faces, endpoint_id=endpoint_id)
    delivery = Delivery.objects.select_for_update().filter(endpoint=endpoint, id=delivery_id).first()
    if delivery is None:
        raise NoSuchDelivery("There is no such letter in the log")
    if delivery.state == DeliveryState.SENDING:
        return
    delivery.state, delivery.tries_of_round, delivery.next_try_at = DeliveryState.WAITING, 0, now
    delivery.save(update_fields=["state", "tries_of_round", "next_try_at"])
    _wake(endpoint)
    announcing.defer_deliveries(endpoint_ids=[endpoint.id])
    acts.record(
        endpoint=endpoint,
        deed=Deed.REPLAYED,
        user_id=faces.user.id,
        detail=f"{delivery.type} {delivery.event_id}",
        origin=origin,
        now=now,
    )


@no_transaction
def send_all_again(
    *, faces: Faces, endpoint_id: uuid.UUID, since: datetime, delivered_too: bool, origin: str, now: datetime
) -> int:
    """Send letters again that were written since a moment of the wall; answers how many, SENT_AGAIN_MAX at most.

    Those that were given up or kept while the endpoint was off; `delivered_too` for whoever lost what they had taken.
    Raises NoSuchEndpoint, NotAnOwner, EndpointIsOff, TooOften.
    """
    _count_order(faces, now=now)
    return _send_all_again(
        faces=faces, endpoint_id=endpoint_id, since=since, delivered_too=delivered_too, origin=origin, now=now
    )


@own_transaction
def _send_all_again(
    *, faces: Faces, endpoint_id: uuid.UUID, since: datetime, delivered_too: bool, origin: str, now: datetime
) -> int:
    endpoint = _that_is_on(faces=faces, endpoint_id=endpoint_id)
    # No log goes further back, and nobody counts in moments as early, or as late, as somebody may write.
    since = min(max(since, now - _LOG_MAX), now).astimezone(UTC)
    states = [DeliveryState.FAILED, DeliveryState.KEPT, *([DeliveryState.DELIVERED] if delivered_too else [])]
    theirs = Delivery.objects.filter(endpoint=endpoint, state__in=states, written_at__gte=since)
    ids = list(theirs.order_by("id").values_list("id", flat=True)[:SENT_AGAIN_MAX])
    sent = Delivery.objects.filter(id__in=ids, state__in=states).update(
        state=DeliveryState.WAITING, tries_of_round=0, next_try_at=now
    )
    _wake(endpoint)
    announcing.defer_deliveries(endpoint_ids=[endpoint.id])
    acts.record(
        endpoint=endpoint,
        deed=Deed.REPLAYED,
        user_id=faces.user.id,
        detail=f"{sent} since {since:%Y-%m-%d %H:%M} UTC",
        origin=origin,
        now=now,
    )
    return sent


def _count_order(faces: Faces, *, now: datetime) -> None:
    allowances.use_allowance(
        user_id=faces.user.id,
        purpose="webhook",
        what="send tests and send again",
        most=ORDERS_MAX,
        window=ORDERS_WINDOW,
        now=now,
    )


def _that_is_on(*, faces: Faces, endpoint_id: uuid.UUID) -> Endpoint:
    endpoint = acts.steered(faces=faces, endpoint_id=endpoint_id)
    if not endpoint.is_on:
        raise EndpointIsOff("This endpoint is off: switch it on first")
    return endpoint


def _wake(endpoint: Endpoint) -> None:
    """Somebody who mends an endpoint does not wait until it would be asked again by itself."""
    endpoint.rests_until = None
    endpoint.save(update_fields=["rests_until"])
