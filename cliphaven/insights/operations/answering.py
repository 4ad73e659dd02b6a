"""People say whether their use of the product may be measured, and take it back."""

import uuid
from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.identity.models import User
from cliphaven.insights import queries
from cliphaven.insights.models import Answer
from cliphaven.insights.rules import WORDING, Through


class NothingIsMeasured(Refused):
    """This installation measures nothing."""

    code = "nothing_is_measured"


class BrowserSaysNo(Refused):
    """The browser asks with each page not to be measured, and that is heard."""

    code = "browser_says_no"


@own_transaction
def say(*, user_id: int, is_yes: bool, through: Through, browser_says_no: bool, now: datetime) -> None:
    """Note somebody's answer; the same one again changes nothing. A no counts from this moment on.

    Raises NothingIsMeasured, and BrowserSaysNo for a yes.
    """
    if is_yes and not queries.is_on():
        raise NothingIsMeasured("This installation measures nothing.")
    if is_yes and browser_says_no:
        raise BrowserSaysNo(
            "Your browser asks with each page not to be tracked, and we hear that. Switch it off first."
        )
    # One at a time: two answers at once are given one after the other.
    User.objects.select_for_update(no_key=True).get(id=user_id)
    if queries.says(user_id=user_id) == is_yes:
        return
    Answer.objects.filter(user_id=user_id, is_yes=True, ended_at=None).update(ended_at=now, ended_through=through)
    _write(user_id=user_id, is_yes=is_yes, through=through, now=now)


@own_transaction
def hear_browser(*, user_id: int, now: datetime) -> bool:
    """Somebody who said yes comes with a browser that says no: that is taken for one. Answers whether it was."""
    User.objects.select_for_update(no_key=True).get(id=user_id)
    live = Answer.objects.filter(user_id=user_id, is_yes=True, ended_at=None)
    if not live.update(ended_at=now, ended_through=Through.BROWSER):
        return False
    _write(user_id=user_id, is_yes=False, through=Through.BROWSER, now=now)
    return True


@joined_transaction
def _write(*, user_id: int, is_yes: bool, through: Through, now: datetime) -> None:
    Answer.objects.create(
        user_id=user_id,
        is_yes=is_yes,
        wording=WORDING,
        through=through,
        said_at=now,
        subject=uuid.uuid4() if is_yes else None,
        sent_until=now if is_yes else None,
    )
