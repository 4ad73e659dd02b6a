"""Whom an API key lets in, and which keys there are."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from cliphaven.identity.models import ApiKey
from cliphaven.identity.queries.faces import Face, Faces, faces_of
from cliphaven.identity.rules.digests import digest

BEGINNING = "chk_"
KEY_CHARS_MAX = 100
SHOWN_MAX = 200


@dataclass(frozen=True, kw_only=True)
class KeyBearer:
    """Who shows a good key, with the one face that it is for, and what it is good for."""

    key_id: uuid.UUID
    faces: Faces
    scopes: frozenset[str]
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class KeyLine:
    """A key in a list, without what opens anything."""

    id: uuid.UUID
    name: str
    shown: str
    face: str
    organisation: str
    made_by: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything at this moment, by the wall."""
        return self.revoked_at is None and self.expires_at > now


def key_bearer(*, token: str, now: datetime) -> KeyBearer | None:
    """Whoever this key lets in at this moment, or None; why not is told to nobody.

    What its person may do is read at each request: a key is never good for more than they are.
    """
    if len(token) > KEY_CHARS_MAX:
        return None
    live = ApiKey.objects.select_related("user").filter(revoked_at=None, expires_at__gt=now, user__is_active=True)
    key = live.filter(secret_sha256=digest(token)).first()
    if key is None:
        return None
    faces = faces_of(key.user).narrowed(Face(key.face), organisation_id=key.organisation_id)
    if faces is None:
        return None
    return KeyBearer(key_id=key.id, faces=faces, scopes=frozenset(key.scopes.split()), used_at=key.used_at)


def keys_within_reach(faces: Faces) -> QuerySet[ApiKey]:
    """The keys that a person may see and revoke: their own, and as an owner all of the organisation."""
    reach = Q(user=faces.user)
    if faces.belonging is not None and faces.belonging.is_owner:
        reach |= Q(organisation=faces.belonging.organisation)
    return ApiKey.objects.filter(reach)


def key_lines(faces: Faces) -> list[KeyLine]:
    """The keys that a person may see and revoke, the newest first; those that were revoked, too."""
    found = keys_within_reach(faces).select_related("user", "organisation").order_by("-made_at", "id")
    return [
        KeyLine(
            id=key.id,
            name=key.name,
            shown=key.shown,
            face=key.face,
            organisation=key.organisation.name if key.organisation else "",
            made_by=key.user.name,
            scopes=tuple(key.scopes.split()),
            made_at=key.made_at,
            expires_at=key.expires_at,
            used_at=key.used_at,
            revoked_at=key.revoked_at,
        )
        for key in found[:SHOWN_MAX]
    ]
