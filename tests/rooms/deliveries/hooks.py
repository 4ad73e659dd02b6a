"""What tests of webhooks do again and again."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from cliphaven.deliveries import operations as deliveries
from cliphaven.deliveries.models import Endpoint
from cliphaven.deliveries.operations import delivering, endpoints
from cliphaven.deliveries.operations.endpoints import MadeEndpoint
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.foundation import clock
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import User
from cliphaven.identity.queries import faces_of
from tests.people import MONDAY, a_user, adas_organisation, ben


def here() -> dict[str, Any]:
    """From where something is done, and when by the wall."""
    return {"origin": "A test", "now": clock.wall()}


def an_endpoint(url: str, *events: str, user: User | None = None, face: str = "creator", key: str = "") -> MadeEndpoint:
    """An endpoint of Ben's, or of somebody's; told of everything unless something is named."""
    return endpoints.make_endpoint(
        faces=faces_of(user or ben()),
        face=face,
        url=url,
        description="Books",
        subscriptions=list(events or ["*"]),
        request_key=key or secrets.token_hex(8),
        told_at=MONDAY,
        **here(),
    )


def adas_endpoint(url: str, *events: str) -> MadeEndpoint:
    """An endpoint of Ada's organisation."""
    adas_organisation()
    return an_endpoint(url, *events, user=a_user("Ada"), face="sponsor")


def kept(made: MadeEndpoint) -> Endpoint:
    """Its row."""
    return Endpoint.objects.get(id=made.id)


@own_transaction
def paid_out(key: str = "1", *, user: User | None = None) -> None:
    """A fact: a payout of Ben's arrived."""
    data = {"payout": f"{key}-USD", "week": "2026-W45", "amount": catalogue.money(48_210, "USD")}
    fact = deliveries.Fact(type=EventType.PAYOUT_PAID, key=f"paid:{key}", data=data, user_id=(user or ben()).id)
    deliveries.announce(facts=[fact], now=MONDAY)


def sent(made: MadeEndpoint, *, at: datetime | None = None, after: timedelta = timedelta()) -> int:
    """What is due to an endpoint goes out, at a moment of the wall; answers how many tries that were."""
    moment = (at or clock.wall()) + after
    return delivering.deliver(endpoint_id=made.id, read_wall=lambda: moment, told_at=MONDAY)
