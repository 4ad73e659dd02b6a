"""What pages say of letters and tries, in words for people."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby

from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.utils.http import urlencode

from cliphaven.deliveries.rules.pace import Result

_SAID = {
    Result.LEADS_INSIDE: "Its name leads to no public address",
    Result.NO_CONNECTION: "Nobody is there: the name is not known, or nothing listens",
    Result.NOT_TRUSTED: "Its certificate is not valid for the name",
    Result.TIMED_OUT: "No answer within 15 seconds",
    Result.BROKEN: "The answer broke off, or was none",
    Result.LOST: "We were interrupted: nobody knows whether it arrived",
}
_GROUPS = {
    "clip": "Clips",
    "campaign": "Campaigns",
    "deposit": "Wallet",
    "refund": "Wallet",
    "credit_note": "Wallet",
    "earnings": "Earnings",
    "payout": "Payouts",
}


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A way to narrow the log."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """Events about the same thing, as boxes of a form."""

    title: str
    boxes: list[BoundWidget]


def result(value: str, status: int | None) -> str:
    """What a try brought; "" while it is under way."""
    if not value:
        return ""
    if status is None:
        return _SAID[Result(value)]
    phrase = next((one.phrase for one in HTTPStatus if one == status), "")
    hint = ": redirects are not followed" if 300 <= status < 400 else ""
    return f"{status} {phrase}".strip() + hint


def tone(value: str) -> str:
    """The colour of a try."""
    return {"": "move", Result.TAKEN: "done", Result.LOST: "hold"}.get(value, "stop")


def tabs(*, page: str, state: str) -> list[Tab]:
    """All letters, or those of one state; `page` is the endpoint's, whatever address this is shown at."""
    labels = (("", "All"), ("delivered", "Delivered"), ("waiting", "Waiting"), ("failed", "Given up"), ("kept", "Kept"))
    return [
        Tab(
            label=label,
            url=f"{page}?{urlencode({'state': value})}#log" if value else f"{page}#log",
            current=value == state,
        )
        for value, label in labels
    ]


def choices(field: BoundField) -> list[Group]:
    """The boxes of events, by what they are about."""
    boxes = groupby(field, key=lambda box: _GROUPS[str(box.data["value"]).partition(".")[0]])
    return [Group(title=title, boxes=list(of_one)) for title, of_one in boxes]


def indented(body: str) -> str:
    """A letter's body, laid out for reading."""
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def sent_again(letters: int) -> str:
    """What is said after an order to send again."""
    if not letters:
        return "There is nothing to send again."
    return "One letter goes out again." if letters == 1 else f"{letters:,} letters go out again."
