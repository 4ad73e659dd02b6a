"""What every page is told: the product's moment, who looks, where they can go, and, in the sandbox, how time runs."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from cliphaven.backoffice.queries import corrections as backoffice
from cliphaven.backoffice.queries import money_in, risk_queue
from cliphaven.clips import queries as clips
from cliphaven.foundation import clock
from cliphaven.identity import guards
from cliphaven.identity.pages import HOMES
from cliphaven.identity.queries import Face, Faces
from cliphaven.insights import queries as insights
from cliphaven.insights.guards import browser_says_no
from cliphaven.notifications import queries as notifications

FACE_ICONS = {Face.STAFF: "gauge", Face.SPONSOR: "megaphone", Face.CREATOR: "clapperboard"}


@dataclass(frozen=True, kw_only=True)
class Item:
    """A way to go: `short` stands in the phone's dock, `count` beside the label."""

    label: str
    short: str
    url: str
    icon: str
    current: bool
    count: int | None = None


def product(request: HttpRequest) -> dict[str, Any]:
    """`now` for every page; `viewer`, `navigation` and `faces` for people who are in; `sandbox_…` in the sandbox."""
    pace = clock.pace()
    context: dict[str, Any] = {"now": pace.now, **_viewer(request)}
    if settings.SANDBOX:
        context["sandbox_clock"] = {"now": pace.now, "speed": pace.speed}
        context["sandbox_outbox"] = f"{settings.SANDBOX_URL}/resend/outbox"
        context["sandbox_profiles"] = f"{settings.SANDBOX_URL}/audience"
        context["demo_people"] = SimpleLazyObject(_demo_people)  # read where they are shown: on one page only
    return context


Ways = list[tuple[str, str, str, str, int | None]]


def _viewer(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"viewer": None, "unread": 0, "navigation": [], "faces": []}
    who, face = guards.faces_of(request), guards.face_of(request)
    named = {Face.STAFF: "Staff", Face.CREATOR: "Creator", Face.SPONSOR: ""}
    if who.belonging is not None:
        named[Face.SPONSOR] = who.belonging.organisation.name
    others = [] if len(who.all) == 1 else who.all
    return {
        "viewer": {"name": user.name, "email": user.email, "role": face.value, "role_label": named[face]},
        "unread": notifications.unread_count(user_id=user.id),
        "is_measuring": insights.is_on(),
        "asks_to_measure": _asks_to_measure(request, user.id),
        "navigation": [
            Item(label=name, short=short, url=reverse(to), icon=icon, current=request.path == reverse(to), count=count)
            for name, short, to, icon, count in _ways(who, face)
        ],
        "faces": [
            Item(label=named[one], short=named[one], url=reverse(HOMES[one]), icon=FACE_ICONS[one], current=one is face)
            for one in others
        ],
    }


def _asks_to_measure(request: HttpRequest, user_id: int) -> bool:
    """Whether somebody is asked at the foot of the page: where it is on, once, and not of browsers that say no."""
    if not insights.is_on() or browser_says_no(request) or request.path == reverse("measuring"):
        return False
    return insights.says(user_id=user_id) is None


def _ways(who: Faces, face: Face) -> Ways:
    if face is Face.STAFF:
        return [
            ("Overview", "Overview", "staff_overview", "gauge", None),
            ("Payday", "Payday", "staff_payday", "banknote", None),
            ("Risk", "Risk", "staff_risk", "flag", risk_queue.open_count()),
            ("Money in", "Money in", "staff_money_in", "landmark", money_in.waiting_count()),
            ("Holds", "Holds", "staff_holds", "hourglass", None),
            ("Tracking", "Tracking", "staff_tracking", "activity", None),
            ("Ledger", "Ledger", "staff_ledger", "receipt", None),
            ("Reconciliation", "Stripe", "staff_reconciliation", "scale", None),
            ("Corrections", "Correct", "staff_corrections", "list-checks", backoffice.waiting_count()),
            ("People", "People", "staff_people", "user", None),
        ]
    if face is Face.SPONSOR and who.belonging is not None:
        waiting = clips.waiting_count(organisation_id=who.belonging.organisation.id)
        return [
            ("Home", "Home", "sponsor_home", "house", None),
            ("Review", "Review", "review_queue", "clapperboard", waiting),
            *([("New campaign", "New", "campaign_create", "plus", None)] if who.belonging.may_move_money else []),
            ("Wallet", "Wallet", "wallet", "wallet", None),
            ("Organisation", "Team", "organisation", "user", None),
        ]
    return [
        ("Home", "Home", "creator_home", "house", None),
        ("Campaigns", "Campaigns", "public_campaigns", "megaphone", None),
        ("Submit", "Submit", "clip_submit", "upload", None),
        ("Payouts", "Payouts", "payouts", "banknote", None),
        ("Channels", "Channels", "channels", "badge-check", None),
    ]


def _demo_people() -> list[dict[str, str]]:
    """Whom a visitor of the sandbox may be, as the history wrote it down; nobody where none was played."""
    path = settings.STATE_DIR / "sign_in.json"
    if not path.exists():
        return []
    people: list[dict[str, str]] = json.loads(path.read_text())
    return [{"role_label": person["role"].capitalize(), **person} for person in people]
