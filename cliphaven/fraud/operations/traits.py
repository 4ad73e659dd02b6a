"""Noting what people may have in common, as digests that nobody can read back without the house's key."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.fraud.models import Trait, TraitKind
from cliphaven.fraud.models.traits import FORGOTTEN
from cliphaven.fraud.rules.across.keys import mailbox_of, network_of

KEPT = timedelta(days=90)
"""For how long a device or an address is known after somebody last came with it."""

_NOTE = """
insert into fraud_trait (user_id, kind, digest, first_seen_at, last_seen_at) values (%s, %s, %s, %s, %s)
on conflict (user_id, kind, digest) do update
   set last_seen_at = greatest(fraud_trait.last_seen_at, excluded.last_seen_at)"""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Somebody came: with which device (by the name that the house gave it) and from which address; "" for none."""

    user_id: int
    email: str
    device: str
    address: str


@own_transaction
def note_visit(*, visit: Visit, now: datetime) -> None:
    """Note what somebody came with. No address of the network and no mailbox is kept, only the HMAC of each."""
    for kind, what in (
        (TraitKind.MAILBOX, mailbox_of(visit.email)),
        (TraitKind.DEVICE, visit.device),
        (TraitKind.IP, network_of(visit.address)),
    ):
        note(user_id=visit.user_id, kind=kind, what=what, now=now)


@joined_transaction
def note(*, user_id: int, kind: TraitKind, what: str, now: datetime) -> None:
    """Note that a person has a trait. What it is (a bank account's fingerprint, say) is kept nowhere: only its HMAC."""
    if not what:
        return
    message = f"{kind.value}\n{what}".encode()
    digest = hmac.new(settings.TRAIT_KEY.encode(), message, hashlib.sha256).digest()
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [user_id, kind.value, digest, now, now])


@own_transaction
def forget_old(*, now: datetime) -> int:
    """Forget devices and addresses with which nobody came for ninety days; answers how many."""
    gone, _ = Trait.objects.filter(kind__in=FORGOTTEN, last_seen_at__lt=now - KEPT).delete()
    return gone
