"""The second witness for clips that YouTube leaves out of its answers: does their account still list them?

YouTube says nothing about a clip that is private, deleted or overlooked. So the account is asked, once a day and clip
and on another day than the first absence, until the clip is back or gone. A clip that is listed was overlooked or is on
its way back: it stays unreachable, which takes nothing from it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q

from cliphaven.clips.operations import uploads
from cliphaven.clips.queries import pauses
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.tracking.models import Availability, TrackedClip
from cliphaven.tracking.operations.believing import add_sign
from cliphaven.tracking.operations.planning import Planner
from cliphaven.tracking.rules import availability
from cliphaven.tracking.rules.availability import Sign, SignKind

ASKED_EVERY = timedelta(days=1)
ACCOUNTS_AT_ONCE = 50
"""Each question costs a unit of the day's quota, as a call about fifty clips does."""
_PLATFORM = "youtube"


@no_transaction
def ask_accounts(*, read_clock: Callable[[], datetime]) -> int:
    """Ask the accounts of clips that YouTube leaves out, those not asked for longest first; answers how many are gone.

    Nothing is asked while the vendor is left alone, nor when the day's budget for it is spent.
    """
    gone = 0
    for clip_id in _left_out(now=read_clock()):
        now = read_clock()
        if pauses.paused_until(platform=_PLATFORM, now=now, urgent=False) is not None:
            break
        if not _taken(clip_id=clip_id, now=now):
            continue
        listed = uploads.is_listed(clip_id=clip_id, now=now)
        if listed is False:
            gone += _keep_sign(clip_id=clip_id, now=read_clock())
    return gone


def _left_out(*, now: datetime) -> list[int]:
    left_out = TrackedClip.objects.filter(
        Q(account_asked_at=None) | Q(account_asked_at__lte=now - ASKED_EVERY),
        platform=_PLATFORM,
        availability=Availability.UNREACHABLE,
    )
    longest_first = left_out.order_by(F("account_asked_at").asc(nulls_first=True), "clip_id")[:ACCOUNTS_AT_ONCE]
    signs = longest_first.values_list("clip_id", "gone_signs")
    return [clip_id for clip_id, stored in signs if _is_of_an_earlier_day(stored, now)]


def _is_of_an_earlier_day(stored: str, now: datetime) -> bool:
    """Whether it was left out before today: what the account says on the same day could not make it gone."""
    return any(sign.seen_at.date() < now.date() for sign in availability.from_stored(stored))


@own_transaction
def _taken(*, clip_id: int, now: datetime) -> bool:
    """Whether this look is ours: two at once ask once."""
    still = TrackedClip.objects.filter(
        Q(account_asked_at=None) | Q(account_asked_at__lte=now - ASKED_EVERY),
        clip_id=clip_id,
        availability=Availability.UNREACHABLE,
    )
    return still.update(account_asked_at=now) == 1


@own_transaction
def _keep_sign(*, clip_id: int, now: datetime) -> bool:
    """Note what the account said, unless the clip was seen meanwhile; answers whether it is gone because of it."""
    tracked = TrackedClip.objects.select_for_update(no_key=True).get(clip_id=clip_id)
    if tracked.availability != Availability.UNREACHABLE:
        return False
    add_sign(tracked=tracked, sign=Sign(kind=SignKind.ACCOUNT, seen_at=now))
    is_gone = tracked.availability == Availability.GONE
    if is_gone and tracked.due_at is not None:
        Planner.of(_PLATFORM).after_setback(tracked, vendors_fault=False, now=now)
    tracked.save(update_fields=["availability", "gone_signs", "due_at", "ride_at", "overdue_at"])
    return is_gone
