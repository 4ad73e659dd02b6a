"""Doors of the API for keys: made with a fresh proof, shown once, revoked at once."""

from dataclasses import asdict
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import NOBODY, REFUSED
from cliphaven.identity import schemas
from cliphaven.identity.guards import AS_ANYBODY, circumstances, faces_of, must_be_stepped_up, signed_in_id
from cliphaven.identity.operations import keys
from cliphaven.identity.queries import keys as known

KEYS = Router(auth=AS_ANYBODY, tags=["You: keys for programs"])


@KEYS.get("/auth/keys", response={200: list[schemas.ApiKey], **NOBODY}, url_name="api_keys")
def key_list(request: HttpRequest) -> list[schemas.ApiKey]:
    """Your keys, and as an owner all of the organisation; those that were revoked, too. No key may ask this."""
    now = clock.wall()
    return [schemas.ApiKey(**asdict(line), is_good=line.is_good(now)) for line in known.key_lines(faces_of(request))]


@KEYS.post("/auth/keys", response={201: schemas.MadeKey, **REFUSED}, url_name="api_key_make")
def key_make(request: HttpRequest, response: HttpResponse, order: schemas.KeyOrder) -> tuple[int, schemas.MadeKey]:
    """Make a key. Its secret is in this answer and nowhere else: if the answer was lost, revoke it and make another.

    Prove first that it is you.
    """
    must_be_stepped_up(request)
    response["Cache-Control"] = "no-store"
    made = keys.make_key(
        user_id=signed_in_id(request),
        face=order.face,
        name=order.name,
        scopes=cast(list[str], order.scopes),
        days=order.days,
        **circumstances(request),
    )
    return 201, schemas.MadeKey(id=made.id, secret=made.secret)


@KEYS.post("/auth/keys/{uuid:key_id}/revoke", response={204: None, **REFUSED}, url_name="api_key_revoke")
def key_revoke(request: HttpRequest, key_id: UUID) -> tuple[int, None]:
    """Make a key void at once. One that is void already, or not yours, gets the same answer."""
    keys.revoke_key(key_id=key_id, user_id=signed_in_id(request), **circumstances(request))
    return 204, None
