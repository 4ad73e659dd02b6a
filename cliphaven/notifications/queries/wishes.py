"""How somebody wants to have mail, and whether any goes to them."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model

from cliphaven.notifications.models import MailWish, StoppedAddress
from cliphaven.notifications.rules import CHOSEN, DEFAULT, Kind, Wish


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Since when, and in the vendor's word why, no mail goes to an address."""

    address: str
    because: str
    stopped_at: datetime


def wish_of(*, user_id: int, kind: Kind) -> Wish:
    """How this person wants to hear of this kind."""
    said = MailWish.objects.filter(user_id=user_id, kind=kind).values_list("wish", flat=True).first()
    return Wish(said) if said is not None else DEFAULT


def wishes_of(*, user_id: int) -> dict[Kind, Wish]:
    """How this person wants to hear of each kind that leaves a choice."""
    said = dict(MailWish.objects.filter(user_id=user_id).values_list("kind", "wish"))
    return {kind: Wish(said.get(kind, DEFAULT)) for kind in CHOSEN}


def stop_of(*, user_id: int) -> Stop | None:
    """Why no mail goes to this person, if none does."""
    theirs = get_user_model().objects.filter(id=user_id).values("email")
    found = StoppedAddress.objects.filter(lifted_at=None, address__in=theirs).first()
    if found is None:
        return None
    return Stop(address=found.address, because=found.because, stopped_at=found.stopped_at)
