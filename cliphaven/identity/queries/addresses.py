"""Which changes of address wait to be confirmed, and which can be undone."""

from dataclasses import dataclass
from datetime import datetime

from cliphaven.identity.models import AddressChange
from cliphaven.identity.rules.digests import digest

IS_OVER = (
    "This link is over: it was used, is older than ten minutes, or belongs to another account. Nothing was changed"
)
UNDO_IS_OVER = "This link is over: it was used, or is older than seven days. If something is wrong, write to us"


@dataclass(frozen=True, kw_only=True)
class WantedAddress:
    """An address that somebody asked for, and that waits for their word."""

    address: str
    expires_at: datetime


def wanted_address(*, user_id: int, token: str, now: datetime) -> WantedAddress | None:
    """The change that a mailed link is about, if it is this person's and can still be confirmed."""
    mine = AddressChange.objects.filter(user_id=user_id, confirmed_at=None, expires_at__gt=now)
    change = mine.filter(token_sha256=digest(token)).first()
    return None if change is None else WantedAddress(address=change.new_address, expires_at=change.expires_at)


def undoable(*, token: str, now: datetime) -> AddressChange | None:
    """The change that a link to the mailbox of before undoes, while it does."""
    changes = AddressChange.objects.filter(confirmed_at__isnull=False, undone_at=None, undo_until__gt=now)
    return changes.filter(undo_sha256=digest(token)).first()


def is_left_behind(address: str, *, but_of: int, now: datetime) -> bool:
    """Whether somebody else left this address lately, and can still have it back."""
    left = AddressChange.objects.filter(old_address=address, confirmed_at__isnull=False, undone_at=None)
    return left.filter(undo_until__gt=now).exclude(user_id=but_of).exists()
