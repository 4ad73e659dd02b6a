"""Keys for programs are made, shown once, and revoked."""

import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import ApiKey, User
from cliphaven.identity.operations.security_events import record_change
from cliphaven.identity.queries import faces_of
from cliphaven.identity.queries.faces import Face
from cliphaven.identity.queries.keys import BEGINNING, keys_within_reach
from cliphaven.identity.rules.digests import digest
from cliphaven.identity.rules.scopes import OF_FACE, Scope

KEY_BYTES = 32
SHOWN_CHARS = 12
KEYS_MAX = 20
DAYS_MAX = 365
NAME_MAX = 80


class KeyRefused(Refused):
    """No such key is made; the sentence says why."""

    code = "key_refused"


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """A new key: `secret` is told here once, and kept by us as its hash alone."""

    id: uuid.UUID
    secret: str


@own_transaction
def make_key(
    *,
    user_id: int,
    face: str,
    name: str,
    scopes: Collection[str],
    days: int,
    origin: str,
    now: datetime,
    told_at: datetime,
) -> MadeKey:
    """Make a key that acts as this person with one of their faces, for up to a year; they get a mail about it.

    `now` is the wall's moment, `told_at` the product's, of the mail. Raises KeyRefused for a face or a scope that is
    not theirs, and beyond KEYS_MAX keys. The caller has seen a fresh proof of who asks.
    """
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    faces = faces_of(user)
    name = " ".join(name.split())
    if face not in faces.all:
        raise KeyRefused("You have no such pages, so no key can be made for them")
    may = _scopes_of(face, is_finance=faces.belonging is not None and faces.belonging.may_move_money)
    if face == Face.SPONSOR and faces.belonging is not None and not faces.belonging.is_owner:
        may -= {Scope.MEMBERS, Scope.WEBHOOKS}
    if not scopes or not set(scopes) <= may:
        raise KeyRefused(f"A key of yours can be good for {', '.join(sorted(may))}")
    if not 1 <= days <= DAYS_MAX or not 1 <= len(name) <= NAME_MAX:
        raise KeyRefused(f"A key has a name of at most {NAME_MAX} characters, and lives for 1 to {DAYS_MAX} days")
    if ApiKey.objects.filter(user=user, revoked_at=None, expires_at__gt=now).count() >= KEYS_MAX:
        raise KeyRefused(f"You have {KEYS_MAX} keys, which is the most: revoke one first")
    secret = BEGINNING + secrets.token_urlsafe(KEY_BYTES)
    key = ApiKey.objects.create(
        user=user,
        face=face,
        organisation=faces.belonging.organisation if face == Face.SPONSOR and faces.belonging else None,
        name=name,
        shown=secret[:SHOWN_CHARS],
        secret_sha256=digest(secret),
        scopes=" ".join(scope for scope in Scope if scope in scopes),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    record_change(user_id=user.id, kind="key_made", detail=_named(key), origin=origin, now=now, told_at=told_at)
    return MadeKey(id=key.id, secret=secret)


@own_transaction
def revoke_key(*, key_id: uuid.UUID, user_id: int, origin: str, now: datetime, told_at: datetime) -> None:
    """Make a key void at once: one's own, or as an owner one of the organisation. Others stay, and are not told apart.

    Its person gets a mail.
    """
    mine = keys_within_reach(faces_of(User.objects.get(id=user_id)))
    key = ApiKey.objects.select_for_update().filter(id__in=mine.values("id"), id=key_id, revoked_at=None).first()
    if key is not None:
        key.revoked_at, key.revoked_by_id = now, user_id
        key.save(update_fields=["revoked_at", "revoked_by"])
        record_change(
            user_id=key.user_id, kind="key_revoked", detail=_named(key), origin=origin, now=now, told_at=told_at
        )


@own_transaction
def note_use(*, key_id: uuid.UUID, now: datetime) -> None:
    """A key was used, for its list."""
    ApiKey.objects.filter(id=key_id).update(used_at=now)


def _scopes_of(face: str, *, is_finance: bool) -> set[Scope]:
    return {scope for scope in OF_FACE[face] if scope is not Scope.MONEY or is_finance}


def _named(key: ApiKey) -> str:
    return f"{key.name} ({key.shown}…: {key.scopes})"[:120]
