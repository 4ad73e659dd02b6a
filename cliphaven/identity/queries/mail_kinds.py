"""Kinds of messages in words for people: their names, what they are about, and who hears of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.http import urlencode

from cliphaven.notifications.rules import CHOSEN, Kind

TITLES = {
    Kind.SECURITY: "Your account",
    Kind.MONEY: "Payouts",
    Kind.CLIPS: "Clips and channels",
    Kind.DOUBTS: "Doubted views",
    Kind.FILES: "Files",
    Kind.PROGRAMS: "Webhooks",
    Kind.STAFF: "Alarms for the staff",
}
_ABOUT = {
    Kind.MONEY: "Paid, on its way, paused, sent back.",
    Kind.CLIPS: "Approved, refused, something to mend; proofs of channels.",
    Kind.DOUBTS: "Held, released, decided; appeals and what we ask you for.",
    Kind.FILES: "Pictures that you brought and that were not taken, and why.",
    Kind.PROGRAMS: "An endpoint of yours takes nothing, or was switched off.",
    Kind.STAFF: "What about payday, vendors and the books a person must see.",
}


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A way to narrow the inbox."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """A kind with its field in the form of wishes."""

    title: str
    about: str
    field: BoundField


def chosen_by(*, is_staff: bool) -> Sequence[Kind]:
    """The kinds about which this person says how they want to hear of them."""
    return [kind for kind in CHOSEN if (kind is Kind.STAFF) == is_staff]


def tabs(*, kind: str | None, new: bool) -> list[Tab]:
    """All, what is new, and each kind."""
    return [
        Tab(label="All", url="?", current=not kind and not new),
        Tab(label="New", url="?new=1", current=new and not kind),
        *(Tab(label=title, url=f"?{urlencode({'kind': one})}", current=kind == one) for one, title in TITLES.items()),
    ]


def rows(form: Any, *, kinds: Sequence[Kind]) -> list[Row]:
    """The form's fields with their words."""
    return [Row(title=TITLES[kind], about=_ABOUT[kind], field=form[kind.value]) for kind in kinds]
