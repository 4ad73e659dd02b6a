"""What is done to endpoints is written down for good, and told to those whose they are where it is dear."""

import uuid
from datetime import datetime

from cliphaven.deliveries.models import Deed, Endpoint, EndpointAct
from cliphaven.deliveries.queries.owners import (
    NoSuchEndpoint,
    check_may_steer,
    endpoint_within_reach,
    owner_of,
)
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.identity.queries import Faces
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

BY_THE_HOUSE = "ClipHaven"


@joined_transaction
def steered(*, faces: Faces, endpoint_id: uuid.UUID) -> Endpoint:
    """An endpoint that this person may change, locked. Raises NoSuchEndpoint, NotAnOwner."""
    check_may_steer(faces, owner_of(endpoint_within_reach(faces, endpoint_id)))
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(id=endpoint_id, removed_at=None).first()
    if endpoint is None:
        raise NoSuchEndpoint("There is no such endpoint any more")
    return endpoint


@joined_transaction
def record(
    *, endpoint: Endpoint, deed: Deed, user_id: int | None, detail: str = "", origin: str, now: datetime
) -> None:
    """Write down what was done to an endpoint; `user_id` is None where the house did it. `now` is the wall's."""
    EndpointAct.objects.create(
        endpoint=endpoint, deed=deed, user_id=user_id, detail=detail[:700], origin=origin, acted_at=now
    )


@joined_transaction
def tell(
    *, endpoint: Endpoint, key: str, subject: str, text: str, told_at: datetime, kind: Kind = Kind.PROGRAMS
) -> None:
    """Tell those whose endpoint it is, once per key; `told_at` is the product's moment."""
    for user_id in owner_of(endpoint).people():
        notifications.queue_message(
            user_id=user_id,
            key=f"endpoint:{endpoint.id}:{key}",
            kind=kind,
            subject=subject,
            text=text,
            link=f"/account/webhooks/{endpoint.id}/",
            now=told_at,
        )
