"""Noting what people may have in common, as digests that nobody can read back without the house's key."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.db import connection

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.fraud.models import TraitKind

_NOTE = """
insert into fraud_trait (user_id, kind, digest, first_seen_at, last_seen_at) values (%s, %s, %s, %s, %s)
on conflict (user_id, kind, digest) do update
   set last_seen_at = greatest(fraud_trait.last_seen_at, excluded.last_seen_at)"""


@joined_transaction
def note(*, user_id: int, kind: TraitKind, what: str, now: datetime) -> None:
    """Note that a person has a trait. What it is (a bank account's fingerprint, say) is kept nowhere: only its HMAC."""
    if not what:
        return
    message = f"{kind.value}\n{what}".encode()
    digest = hmac.new(settings.TRAIT_KEY.encode(), message, hashlib.sha256).digest()
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [user_id, kind.value, digest, now, now])
