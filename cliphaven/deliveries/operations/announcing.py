"""Facts become letters, in the transaction that makes them facts."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from cliphaven.deliveries.models import Delivery, DeliveryState, Endpoint, Event
from cliphaven.deliveries.queries.owners import Owner, owner_of
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import joined_transaction

DELIVER = "deliveries.deliver"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened, for one organisation or one creator; `key` names it, so that it is told once.

    `data` are the fields that the catalogue gives this kind, or ValueError is raised; moments in it are aware.
    """

    type: EventType
    key: str
    data: Mapping[str, Any]
    organisation_id: int | None = None
    user_id: int | None = None

    def __post_init__(self) -> None:
        """Whether anybody listens or not: what does not fit is found wherever the fact comes about."""
        catalogue.check(self.type, self.data)

    @property
    def owner(self) -> Owner:
        """Who is told."""
        return Owner(organisation_id=self.organisation_id, user_id=self.user_id)


@joined_transaction
def announce(*, facts: Iterable[Fact], now: datetime) -> None:
    """Write letters about facts to all endpoints that asked for them, if and only if the caller's transaction commits.

    A fact that was told under this key before is not told again. Where nobody asked, nothing is written.
    """
    wanted = list(facts)
    by_owner = _endpoints({fact.owner for fact in wanted}) if wanted else {}
    told = {
        uuid.uuid4(): (fact, endpoints)
        for fact in wanted
        if (endpoints := [one for one in by_owner[fact.owner] if catalogue.wants(one.subscriptions, fact.type)])
    }
    if not told:
        return
    Event.objects.bulk_create(
        [_event(event_id, fact, now=now) for event_id, (fact, _) in told.items()], ignore_conflicts=True
    )
    # Of those that stood there already, under the same key, the id is another one.
    new = Event.objects.filter(id__in=list(told)).values_list("id", flat=True)
    write_letters(
        letters=[(event_id, told[event_id][0].type, endpoint) for event_id in new for endpoint in told[event_id][1]]
    )


@joined_transaction
def write_letters(*, letters: Sequence[tuple[uuid.UUID, EventType, Endpoint]]) -> list[Delivery]:
    """Put events on their way to endpoints; what goes to one that is off is kept for it."""
    made = Delivery.objects.bulk_create(
        Delivery(
            endpoint=endpoint,
            event_id=event_id,
            type=type_,
            state=DeliveryState.WAITING if endpoint.is_on else DeliveryState.KEPT,
            # By the wall: whoever tells a fact knows the product's time alone.
            written_at=Now(),
            next_try_at=Now() if endpoint.is_on else None,
        )
        for event_id, type_, endpoint in letters
    )
    defer_deliveries(endpoint_ids={endpoint.id for _, _, endpoint in letters if endpoint.is_on})
    return made


@joined_transaction
def defer_deliveries(*, endpoint_ids: Iterable[uuid.UUID]) -> None:
    """Have what waits for endpoints sent soon, by one job each however often this is asked for."""
    jobs.defer_each(DELIVER, {f"{DELIVER}:{one}": {"endpoint_id": str(one)} for one in endpoint_ids})


def _endpoints(owners: Iterable[Owner]) -> dict[Owner, list[Endpoint]]:
    known = list(owners)
    organisation_ids = [one.organisation_id for one in known if one.organisation_id is not None]
    user_ids = [one.user_id for one in known if one.user_id is not None]
    found: dict[Owner, list[Endpoint]] = defaultdict(list)
    # Nothing goes out in the name of somebody who was switched off.
    theirs = Q(organisation_id__in=organisation_ids) | Q(user_id__in=user_ids, user__is_active=True)
    for endpoint in Endpoint.objects.filter(theirs, removed_at=None).order_by("made_at", "id"):
        found[owner_of(endpoint)].append(endpoint)
    return found


def _event(event_id: uuid.UUID, fact: Fact, *, now: datetime) -> Event:
    return Event(
        id=event_id,
        organisation_id=fact.organisation_id,
        user_id=fact.user_id,
        type=fact.type,
        key=fact.key,
        body=catalogue.body(event_id=str(event_id), type_=fact.type, data=fact.data, happened_at=now),
        happened_at=now,
    )
