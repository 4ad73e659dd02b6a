"""Shapes of the API: endpoints, their log, and what they can be told."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictBool

from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.addresses import LENGTH_MAX
from cliphaven.deliveries.rules.catalogue import KINDS, EventType, Shape
from cliphaven.foundation.shapes import Moment, Order

EventName = Annotated[str, Field(max_length=32, examples=[str(EventType.CLIP_APPROVED)])]
HookFace = Literal["sponsor", "creator"]


class EventField(Schema):
    """One thing that a letter says under `data`."""

    name: str
    shape: str
    says: str


class EventKind(Schema):
    """A kind of event that an endpoint can be told of."""

    type: EventName
    version: int
    says: str
    faces: list[HookFace]
    fields: list[EventField]
    example: dict[str, Any]


class Endpoint(Schema):
    """An endpoint, without its secret. `off_because` is empty for one that is on; moments are the wall's."""

    id: UUID
    face: HookFace
    organisation: str
    url: str
    description: str
    events: list[EventName]
    is_on: bool
    off_because: Literal["", "person", "failing", "gone"]
    off_at: datetime | None
    failing_since: datetime | None
    taken_at: Annotated[datetime | None, Field(description="When it last took a letter.")]
    made_at: datetime
    secret_made_at: datetime
    secret_before_ends_at: Annotated[
        datetime | None, Field(description="Until then letters are signed with the secret from before, too.")
    ]
    waiting: Annotated[int, Field(description="Letters on their way.")]
    undelivered: Annotated[int, Field(description="Letters given up, or kept while it was off.")]


class EndpointOrder(Order):
    """Where letters go, and what about: names of events, or `*` for all there are and will be."""

    url: Annotated[str, Field(min_length=8, max_length=LENGTH_MAX, examples=["https://hooks.example.com/cliphaven"])]
    description: Annotated[str, Field(max_length=120)] = ""
    events: Annotated[list[EventName], Field(min_length=1, max_length=len(KINDS))]


class NewEndpointOrder(EndpointOrder):
    """The same, for one of your faces; without one for that with which you come in."""

    face: HookFace | None = None


class MadeEndpoint(Schema):
    """A new endpoint, and its secret: told here, and nowhere else."""

    id: UUID
    secret: Annotated[str, Field(examples=["whsec_…"])]


class SecretOrder(Order):
    """For how many hours letters are signed with the secret from before, too; 0 makes it void at once."""

    overlap_hours: Literal[0, 1, 24, 72] = 24


class Secret(Schema):
    """A new secret: told here, and nowhere else."""

    secret: Annotated[str, Field(examples=["whsec_…"])]


class SwitchOrder(Order):
    """Whether letters are sent. What happens while an endpoint is off is kept for it."""

    on: StrictBool


class SinceOrder(Order):
    """What is sent again: what did not arrive since a moment, or all that was written since then."""

    since: Moment
    delivered_too: StrictBool = False


class SentAgain(Schema):
    """How many letters go out once more."""

    letters: int


class DeliveryRef(Schema):
    """A letter's line in the log."""

    delivery_id: int


class Delivery(Schema):
    """A letter in the log. `event_id` is its `webhook-id`; result and status are of the latest try."""

    id: int
    event_id: UUID
    type: EventName
    state: Literal["waiting", "sending", "delivered", "failed", "kept"]
    tries: int
    happened_at: datetime
    written_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
    result: str
    status: int | None


class Deliveries(Schema):
    """A page of a log, the newest first; `next_before` is what to ask for next, null on the last page."""

    deliveries: list[Delivery]
    next_before: int | None


class Try(Schema):
    """One try, and the beginning of what came back."""

    number: int
    began_at: datetime
    result: str
    status: int | None
    took_ms: int | None
    answer: str


class DeliveryFile(Delivery):
    """A letter with its body as it goes out, and each try, the latest first."""

    body: str
    log: list[Try]


_JSON: dict[Shape, dict[str, Any]] = {
    Shape.ID: {"type": "integer"},
    Shape.NUMBER: {"type": "integer"},
    Shape.MONEY: {"$ref": "#/components/schemas/Money"},
    Shape.MOMENT: {"type": "string", "format": "date-time"},
    Shape.WORD: {"type": "string"},
    Shape.LINK: {"type": "string", "format": "uri"},
    Shape.FLAG: {"type": "boolean"},
}
_EXAMPLE_ID = "6f0d7c2e-6c1a-4f3e-9d3b-2b0a6a7a5f10"
_EXAMPLE_MOMENT = "2026-11-23T09:30:00Z"


def example_of(type_: EventType) -> dict[str, Any]:
    """A letter of a kind, as a program reads it."""
    data = {name: field.example for name, field in KINDS[type_].fields.items()}
    return {
        "id": _EXAMPLE_ID,
        "type": str(type_),
        "version": catalogue.VERSION,
        "timestamp": _EXAMPLE_MOMENT,
        "data": data,
    }


def openapi_webhooks() -> dict[str, Any]:
    """The letters, as the part `webhooks` of an OpenAPI 3.1 document tells them."""
    return {str(type_): {"post": _letter(type_)} for type_ in KINDS}


def _field(field: catalogue.Field) -> dict[str, Any]:
    shape = _JSON[field.shape]
    return {**({"anyOf": [shape, {"type": "null"}]} if field.may_be_null else shape), "description": field.says}


def _letter(type_: EventType) -> dict[str, Any]:
    fields = KINDS[type_].fields
    data = {name: _field(field) for name, field in fields.items()}
    properties = {
        "id": {"type": "string", "format": "uuid", "description": "The same on each try: do it once."},
        "type": {"const": str(type_)},
        "version": {"const": catalogue.VERSION},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "data": {"type": "object", "properties": data, "required": list(data)},
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": says}
        for name, says in (
            ("webhook-id", "The letter's id."),
            ("webhook-timestamp", "When this try was made, in seconds since 1970."),
            ("webhook-signature", "`v1,` and a signature; several with spaces between while two secrets hold."),
        )
    ]
    return {
        "operationId": f"webhook_{str(type_).replace('.', '_')}",
        "summary": KINDS[type_].says,
        "tags": ["Webhooks"],
        "parameters": headers,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example_of(type_)}},
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else is tried again for three days."},
            "410": {"description": "Wants no more: the endpoint is switched off."},
        },
        "security": [],
    }
