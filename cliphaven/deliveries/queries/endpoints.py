"""Endpoints as their people see them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from cliphaven.deliveries.models import Deed, Delivery, DeliveryState, Endpoint, EndpointAct
from cliphaven.deliveries.queries.owners import endpoint_within_reach, may_steer, owner_of, within_reach
from cliphaven.deliveries.rules import catalogue
from cliphaven.identity.queries import Faces

ACTS_SHOWN_MAX = 20


@dataclass(frozen=True, kw_only=True)
class EndpointLine:
    """An endpoint, without what letters are signed with. Moments are the wall's.

    `types` are the kinds it is told of; `everything` whether that includes all there will ever be. `off_because` is ""
    for one that is on. `undelivered` counts letters that were given up, or kept while it was off.
    """

    id: uuid.UUID
    face: str
    organisation: str
    url: str
    description: str
    types: tuple[str, ...]
    everything: bool
    is_on: bool
    off_because: str
    off_at: datetime | None
    failing_since: datetime | None
    rests_until: datetime | None
    taken_at: datetime | None
    made_at: datetime
    secret_made_at: datetime
    before_ends_at: datetime | None
    waiting: int
    undelivered: int
    may_steer: bool


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """What was done to an endpoint; `who` is "" where the house did it."""

    deed: str
    who: str
    detail: str
    origin: str
    acted_at: datetime


def endpoint_lines(faces: Faces, *, face: str = "") -> list[EndpointLine]:
    """The endpoints that a person may see, of one of their faces or all; the newest first."""
    lines = [_line(one, faces) for one in _counted(within_reach(faces))]
    return [line for line in lines if not face or line.face == face]


def endpoint_line(faces: Faces, endpoint_id: uuid.UUID) -> EndpointLine:
    """One of them. Raises NoSuchEndpoint."""
    endpoint_within_reach(faces, endpoint_id)
    [found] = _counted(Q(id=endpoint_id))
    return _line(found, faces)


def act_lines(*, endpoint_id: uuid.UUID) -> list[ActLine]:
    """What was done to an endpoint lately, the latest first. The caller has looked at whose it is."""
    found = EndpointAct.objects.filter(endpoint_id=endpoint_id).select_related("user").order_by("-id")
    return [
        ActLine(
            deed=Deed(act.deed).label,
            who=act.user.name if act.user is not None else "",
            detail=act.detail,
            origin=act.origin,
            acted_at=act.acted_at,
        )
        for act in found[:ACTS_SHOWN_MAX]
    ]


def _counted(wanted: Q) -> list[Endpoint]:
    found = list(Endpoint.objects.filter(wanted).select_related("organisation").order_by("-made_at", "id"))
    deliveries = Delivery.objects.filter(endpoint__in=found).order_by().values("endpoint_id")
    counts = deliveries.annotate(
        waiting=Count("id", filter=Q(state__in=[DeliveryState.WAITING, DeliveryState.SENDING])),
        undelivered=Count("id", filter=Q(state__in=[DeliveryState.FAILED, DeliveryState.KEPT])),
    )
    by_endpoint = {count["endpoint_id"]: count for count in counts}
    for one in found:
        count = by_endpoint.get(one.id, {"waiting": 0, "undelivered": 0})
        one.waiting, one.undelivered = count["waiting"], count["undelivered"]  # type: ignore[attr-defined]
    return found


def _line(one: Endpoint, faces: Faces) -> EndpointLine:
    owner = owner_of(one)
    asked_for = one.subscriptions.split()
    everything = catalogue.EVERYTHING in asked_for
    known = catalogue.asked_for(owner.face)
    return EndpointLine(
        id=one.id,
        face=owner.face,
        organisation=one.organisation.name if one.organisation is not None else "",
        url=one.url,
        description=one.description,
        types=tuple(str(type_) for type_ in known if everything or type_ in asked_for),
        everything=everything,
        is_on=one.is_on,
        off_because=one.off_because,
        off_at=one.off_at,
        failing_since=one.failing_since,
        rests_until=one.rests_until,
        taken_at=one.taken_at,
        made_at=one.made_at,
        secret_made_at=one.secret_made_at,
        before_ends_at=one.before_ends_at,
        waiting=one.waiting,  # type: ignore[attr-defined]
        undelivered=one.undelivered,  # type: ignore[attr-defined]
        may_steer=may_steer(faces, owner),
    )
