"""Doors of the API for endpoints: made with a fresh proof, steered with the scope `webhooks`."""

from dataclasses import asdict
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from cliphaven.deliveries import schemas
from cliphaven.deliveries.operations import endpoints, replaying, switching
from cliphaven.deliveries.queries import endpoints as known
from cliphaven.deliveries.queries import log as logs
from cliphaven.deliveries.queries.endpoints import EndpointLine
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.catalogue import KINDS
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, Key
from cliphaven.identity.guards import AS_CREATOR_OR_SPONSOR, circumstances, faces_of, must_be_stepped_up

HOOKS = Router(auth=AS_CREATOR_OR_SPONSOR, tags=["Webhooks"])

ADDRESS = "/webhooks/endpoints/{uuid:endpoint_id}"
DeliveryId = Annotated[int, Path(ge=1, le=ID_MAX)]
Before = Annotated[int | None, Query(ge=1, le=ID_MAX)]
Type = Annotated[str, Query(pattern="^[a-z_.]{0,32}$")]
State = Annotated[str, Query(pattern="^(waiting|sending|delivered|failed|kept)?$")]


@HOOKS.get("/webhooks/events", response={200: list[schemas.EventKind], **NOBODY}, url_name="api_event_kinds")
def event_kinds(request: HttpRequest) -> list[schemas.EventKind]:  # noqa: ARG001  # the same for everybody
    """What endpoints can be told of, with a letter of each kind."""
    return [
        schemas.EventKind(
            type=str(type_),
            version=catalogue.VERSION,
            says=kind.says,
            faces=cast(list[schemas.HookFace], list(kind.faces)),
            fields=[
                schemas.EventField(name=name, shape=field.shape, says=field.says) for name, field in kind.fields.items()
            ],
            example=schemas.example_of(type_),
        )
        for type_, kind in KINDS.items()
    ]


@HOOKS.get("/webhooks/endpoints", response={200: list[schemas.Endpoint], **NOBODY}, url_name="api_endpoints")
def endpoint_list(request: HttpRequest) -> list[schemas.Endpoint]:
    """Your endpoints, and those of your organisation."""
    return [_told(line) for line in known.endpoint_lines(faces_of(request))]


@HOOKS.post("/webhooks/endpoints", response={201: schemas.MadeEndpoint, **REFUSED}, url_name="api_endpoint_make")
def endpoint_make(
    request: HttpRequest, response: HttpResponse, key: Key, order: schemas.NewEndpointOrder
) -> tuple[int, schemas.MadeEndpoint]:
    """Make an endpoint. Its secret is in this answer, and in that to the same request again, and nowhere else.

    Prove first that it is you. An organisation's are made by its owners.
    """
    must_be_stepped_up(request)
    response["Cache-Control"] = "no-store"
    faces = faces_of(request)
    made = endpoints.make_endpoint(
        faces=faces,
        face=order.face or faces.first,
        url=order.url,
        description=order.description,
        subscriptions=order.events,
        request_key=key,
        **circumstances(request),
    )
    return 201, schemas.MadeEndpoint(id=made.id, secret=made.secret)


@HOOKS.get(ADDRESS, response={200: schemas.Endpoint, **NOBODY}, url_name="api_endpoint")
def endpoint(request: HttpRequest, endpoint_id: UUID) -> schemas.Endpoint:
    """One of your endpoints."""
    return _told(known.endpoint_line(faces_of(request), endpoint_id))


@HOOKS.post(f"{ADDRESS}/change", response={200: schemas.Endpoint, **REFUSED}, url_name="api_endpoint_change")
def endpoint_change(request: HttpRequest, endpoint_id: UUID, order: schemas.EndpointOrder) -> schemas.Endpoint:
    """Say anew where it is and what it is told of. For another address prove first that it is you."""
    faces = faces_of(request)
    if order.url != known.endpoint_line(faces, endpoint_id).url:
        must_be_stepped_up(request)
    endpoints.change_endpoint(
        faces=faces,
        endpoint_id=endpoint_id,
        url=order.url,
        description=order.description,
        subscriptions=order.events,
        **circumstances(request),
    )
    return _told(known.endpoint_line(faces, endpoint_id))


@HOOKS.post(f"{ADDRESS}/secret", response={200: schemas.Secret, **REFUSED}, url_name="api_endpoint_secret")
def endpoint_secret(
    request: HttpRequest, response: HttpResponse, endpoint_id: UUID, order: schemas.SecretOrder
) -> schemas.Secret:
    """Make a new secret. It is in this answer and nowhere else: if the answer was lost, make another.

    Prove first that it is you.
    """
    must_be_stepped_up(request)
    response["Cache-Control"] = "no-store"
    secret = endpoints.renew_secret(
        faces=faces_of(request),
        endpoint_id=endpoint_id,
        overlap_hours=order.overlap_hours,
        **circumstances(request),
    )
    return schemas.Secret(secret=secret)


@HOOKS.post(f"{ADDRESS}/switch", response={200: schemas.Endpoint, **REFUSED}, url_name="api_endpoint_switch")
def endpoint_switch(request: HttpRequest, endpoint_id: UUID, order: schemas.SwitchOrder) -> schemas.Endpoint:
    """Switch an endpoint on or off."""
    faces = faces_of(request)
    switch = switching.switch_on if order.on else switching.switch_off
    switch(faces=faces, endpoint_id=endpoint_id, **_here(request))
    return _told(known.endpoint_line(faces, endpoint_id))


@HOOKS.post(f"{ADDRESS}/remove", response={204: None, **REFUSED}, url_name="api_endpoint_remove")
def endpoint_remove(request: HttpRequest, endpoint_id: UUID) -> tuple[int, None]:
    """Send nothing there any more, for good."""
    endpoints.remove_endpoint(faces=faces_of(request), endpoint_id=endpoint_id, **_here(request))
    return 204, None


@HOOKS.post(f"{ADDRESS}/test", response={202: schemas.DeliveryRef, **REFUSED}, url_name="api_endpoint_test")
def endpoint_test(request: HttpRequest, endpoint_id: UUID) -> tuple[int, schemas.DeliveryRef]:
    """Send a test, whatever the endpoint asked for; its line in the log says soon what came back."""
    sent = replaying.send_test(faces=faces_of(request), endpoint_id=endpoint_id, **circumstances(request))
    return 202, schemas.DeliveryRef(delivery_id=sent)


@HOOKS.post(f"{ADDRESS}/send-again", response={202: schemas.SentAgain, **REFUSED}, url_name="api_endpoint_send_again")
def endpoint_send_again(
    request: HttpRequest, endpoint_id: UUID, order: schemas.SinceOrder
) -> tuple[int, schemas.SentAgain]:
    """Send again what did not arrive since a moment, 10,000 letters at most. Ids stay as they were."""
    sent = replaying.send_all_again(
        faces=faces_of(request),
        endpoint_id=endpoint_id,
        since=order.since,
        delivered_too=order.delivered_too,
        **_here(request),
    )
    return 202, schemas.SentAgain(letters=sent)


@HOOKS.get(f"{ADDRESS}/deliveries", response={200: schemas.Deliveries, **NOBODY}, url_name="api_deliveries")
def deliveries(
    request: HttpRequest, endpoint_id: UUID, before: Before = None, state: State = "", type: Type = ""
) -> schemas.Deliveries:
    """The log of an endpoint, the newest first, of one state or kind or all."""
    known.endpoint_line(faces_of(request), endpoint_id)
    found = logs.log(endpoint_id=endpoint_id, before=before, state=state, type_=type)
    return schemas.Deliveries(
        deliveries=[schemas.Delivery(**asdict(line)) for line in found.lines], next_before=found.next_before
    )


@HOOKS.get(
    f"{ADDRESS}/deliveries/{{int:delivery_id}}", response={200: schemas.DeliveryFile, **NOBODY}, url_name="api_delivery"
)
def delivery(request: HttpRequest, endpoint_id: UUID, delivery_id: DeliveryId) -> schemas.DeliveryFile:
    """One letter: its body as it goes out, and what each try brought."""
    known.endpoint_line(faces_of(request), endpoint_id)
    found = logs.delivery_file(endpoint_id=endpoint_id, delivery_id=delivery_id)
    return schemas.DeliveryFile(
        **asdict(found.line), body=found.body, log=[schemas.Try(**asdict(one)) for one in found.tries]
    )


@HOOKS.post(
    f"{ADDRESS}/deliveries/{{int:delivery_id}}/send-again",
    response={202: schemas.DeliveryRef, **REFUSED},
    url_name="api_delivery_send_again",
)
def delivery_send_again(
    request: HttpRequest, endpoint_id: UUID, delivery_id: DeliveryId
) -> tuple[int, schemas.DeliveryRef]:
    """Send one letter again, under its old id."""
    replaying.send_again(faces=faces_of(request), endpoint_id=endpoint_id, delivery_id=delivery_id, **_here(request))
    return 202, schemas.DeliveryRef(delivery_id=delivery_id)


def _here(request: HttpRequest) -> Any:
    """From where, and when by the wall, of what nobody is told."""
    return {name: value for name, value in circumstances(request).items() if name != "told_at"}


def _told(line: EndpointLine) -> schemas.Endpoint:
    given = asdict(line)
    return schemas.Endpoint(
        **{name: given[name] for name in schemas.Endpoint.model_fields if name in given},
        events=["*"] if line.everything else list(line.types),
        secret_before_ends_at=line.before_ends_at,
    )
