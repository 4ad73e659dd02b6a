"""Endpoints are made, changed and removed; their secrets are told once, and renewed."""

import os
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from cliphaven.deliveries.models import Deed, Endpoint, OffBecause
from cliphaven.deliveries.operations import acts, switching
from cliphaven.deliveries.queries import secrets
from cliphaven.deliveries.queries.owners import NoSuchEndpoint, check_may_steer, owner_of, owner_with
from cliphaven.deliveries.rules import addresses, catalogue, signing
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.queries import Faces
from cliphaven.identity.rules import sealing
from cliphaven.notifications.rules import Kind

ENDPOINTS_MAX = 10
DESCRIPTION_MAX = 120
OVERLAP_HOURS = (0, 1, 24, 72)
"""For how long letters are signed with the secret from before, too, after there is a new one."""
_NOT_YOU = "If that was you or one of yours, there is nothing to do. If it was not, remove it on its page."


class EndpointRefused(Refused):
    """No such endpoint is made: the sentence says why."""

    code = "endpoint_refused"


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


@dataclass(frozen=True, kw_only=True)
class MadeEndpoint:
    """A new endpoint: `secret` is told here once, and kept by us encrypted."""

    id: uuid.UUID
    secret: str


@own_transaction
def make_endpoint(
    *,
    faces: Faces,
    face: str,
    url: str,
    description: str,
    subscriptions: Collection[str],
    request_key: str,
    origin: str,
    now: datetime,
    told_at: datetime,
) -> MadeEndpoint:
    """Make an endpoint for one of a person's faces; the same `request_key` again answers the same.

    `now` is the wall's moment, `told_at` the product's, of the mail about it. Raises AddressRefused, EndpointRefused
    beyond ENDPOINTS_MAX or for kinds of events that are not for them, NoSuchEndpoint for a face that has none,
    NotAnOwner, KeyUsedBefore. The caller has seen a fresh proof of who asks.
    """
    owner = owner_with(faces, face)
    if owner is None:
        raise NoSuchEndpoint("You have no such pages, so no endpoint can be made for them")
    check_may_steer(faces, owner)
    wanted = _settled(url=url, description=description, subscriptions=subscriptions, face=owner.face)
    # Whoever makes one for this owner does so alone: nobody has more than there may be.
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"endpoints:{owner.name}"])
    before = Endpoint.objects.filter(made_by=faces.user, request_key=request_key).first()
    if before is not None:
        if (owner_of(before), before.url, before.description, before.subscriptions) != (owner, *wanted):
            raise KeyUsedBefore("This key was used for another request. Send a new one.")
        return MadeEndpoint(id=before.id, secret=secrets.newest(before))
    if Endpoint.objects.filter(owner.matches(), removed_at=None).count() >= ENDPOINTS_MAX:
        raise EndpointRefused(f"There are {ENDPOINTS_MAX} endpoints, which is the most: remove one first")
    secret, endpoint_id = _new_secret(), uuid.uuid4()
    endpoint = Endpoint.objects.create(
        id=endpoint_id,
        organisation_id=owner.organisation_id,
        user_id=owner.user_id,
        made_by=faces.user,
        request_key=request_key,
        url=wanted[0],
        description=wanted[1],
        subscriptions=wanted[2],
        sealed_secret=_sealed(secret, endpoint_id),
        secret_made_at=now,
        made_at=now,
    )
    acts.record(endpoint=endpoint, deed=Deed.MADE, user_id=faces.user.id, detail=url, origin=origin, now=now)
    acts.tell(
        endpoint=endpoint,
        key="made",
        subject="A webhook was added",
        text=f"From now on events are sent to this address: {url}\n\nIt was done in: {origin}.\n\n{_NOT_YOU}",
        told_at=told_at,
        kind=Kind.SECURITY,
    )
    return MadeEndpoint(id=endpoint.id, secret=secret)


@own_transaction
def change_endpoint(
    *,
    faces: Faces,
    endpoint_id: uuid.UUID,
    url: str,
    description: str,
    subscriptions: Collection[str],
    origin: str,
    now: datetime,
    told_at: datetime,
) -> None:
    """Change where an endpoint is and what it is told of, from the next try on.

    Raises as `make_endpoint`. For another address the caller has seen a fresh proof of who asks.
    """
    endpoint = acts.steered(faces=faces, endpoint_id=endpoint_id)
    wanted = _settled(url=url, description=description, subscriptions=subscriptions, face=owner_of(endpoint).face)
    former = (endpoint.url, endpoint.description, endpoint.subscriptions)
    if former == wanted:
        return
    endpoint.url, endpoint.description, endpoint.subscriptions = wanted
    if former[0] != wanted[0]:
        switching.forgive(endpoint=endpoint)
    endpoint.save()
    detail = f"before: {former[0]}" if former[0] != wanted[0] else wanted[2]
    acts.record(endpoint=endpoint, deed=Deed.CHANGED, user_id=faces.user.id, detail=detail, origin=origin, now=now)
    if former[0] != wanted[0]:
        acts.tell(
            endpoint=endpoint,
            key=f"moved:{now:%Y-%m-%dT%H:%M:%S.%f}",
            subject="A webhook goes to another address",
            text=f"Now: {url}\nBefore: {former[0]}\n\nIt was done in: {origin}.\n\n{_NOT_YOU}",
            told_at=told_at,
            kind=Kind.SECURITY,
        )


@own_transaction
def renew_secret(
    *, faces: Faces, endpoint_id: uuid.UUID, overlap_hours: int, origin: str, now: datetime, told_at: datetime
) -> str:
    """Make a new secret, told here once. For `overlap_hours` letters are signed with the one from before, too.

    With no overlap the one from before is void at once, as it should be when somebody else has it. One from before that
    is void ends with this, too. Raises EndpointRefused, NoSuchEndpoint, NotAnOwner. The caller has seen a fresh proof.
    """
    if overlap_hours not in OVERLAP_HOURS:
        raise EndpointRefused(f"Two secrets hold together for {', '.join(map(str, OVERLAP_HOURS))} hours")
    endpoint = acts.steered(faces=faces, endpoint_id=endpoint_id)
    secret = _new_secret()
    if overlap_hours:
        endpoint.sealed_before = endpoint.sealed_secret
        endpoint.before_ends_at = now + timedelta(hours=overlap_hours)
    else:
        endpoint.sealed_before = endpoint.before_ends_at = None
    endpoint.sealed_secret, endpoint.secret_made_at = _sealed(secret, endpoint.id), now
    endpoint.save(update_fields=["sealed_secret", "secret_made_at", "sealed_before", "before_ends_at"])
    holds = f"the one from before holds for {overlap_hours} h" if overlap_hours else "the one from before is void"
    acts.record(
        endpoint=endpoint, deed=Deed.SECRET_RENEWED, user_id=faces.user.id, detail=holds, origin=origin, now=now
    )
    acts.tell(
        endpoint=endpoint,
        key=f"secret:{now:%Y-%m-%dT%H:%M:%S.%f}",
        subject="A webhook has a new secret",
        text=f"{endpoint.url}\n\nLetters are signed with it from now on; {holds}.\n\nIt was done in: {origin}.",
        told_at=told_at,
        kind=Kind.SECURITY,
    )
    return secret


@own_transaction
def remove_endpoint(*, faces: Faces, endpoint_id: uuid.UUID, origin: str, now: datetime) -> None:
    """Send nothing to an endpoint any more, for good; its secrets are forgotten. Raises NoSuchEndpoint, NotAnOwner."""
    endpoint = acts.steered(faces=faces, endpoint_id=endpoint_id)
    switching.turn_off(endpoint=endpoint, because=OffBecause.PERSON, now=now)
    endpoint.removed_at, endpoint.sealed_secret = now, b""
    endpoint.sealed_before = endpoint.before_ends_at = None
    endpoint.save(update_fields=["removed_at", "sealed_secret", "sealed_before", "before_ends_at"])
    acts.record(
        endpoint=endpoint, deed=Deed.REMOVED, user_id=faces.user.id, detail=endpoint.url, origin=origin, now=now
    )


def _settled(*, url: str, description: str, subscriptions: Collection[str], face: str) -> tuple[str, str, str]:
    """Address, description and kinds as they are kept. Raises AddressRefused, EndpointRefused."""
    address = addresses.checked(url.strip(), loopback_allowed=settings.WEBHOOK_LOOPBACK)
    said = " ".join(description.split())
    if len(said) > DESCRIPTION_MAX or not said.isprintable():
        raise EndpointRefused(f"Describe it in at most {DESCRIPTION_MAX} characters")
    known = [str(one) for one in catalogue.asked_for(face)]
    if catalogue.EVERYTHING in subscriptions:
        return address.url, said, catalogue.EVERYTHING
    if not subscriptions or not set(subscriptions) <= set(known):
        raise EndpointRefused(f"Choose what it is told of: * for everything, or some of {', '.join(known)}")
    return address.url, said, " ".join(one for one in known if one in subscriptions)


def _new_secret() -> str:
    return signing.secret_of(os.urandom(signing.SECRET_BYTES))


def _sealed(secret: str, endpoint_id: uuid.UUID) -> bytes:
    return sealing.sealed(
        secret,
        keys=settings.ENDPOINT_KEYS,
        about=secrets.sealing_subject(endpoint_id),
        nonce=os.urandom(sealing.NONCE_BYTES),
    )
