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
from cliphaven.identity import queries as identity


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
    """`now` for every page; `viewer` and `navigation` for people who are in; `sandbox_…` in the sandbox."""
    pace = clock.pace()
    context: dict[str, Any] = {"now": pace.now, **_viewer(request)}
    if settings.SANDBOX:
        context["sandbox_clock"] = {"now": pace.now, "speed": pace.speed}
        context["sandbox_outbox"] = f"{settings.SANDBOX_URL}/resend/outbox"
        context["sandbox_profiles"] = f"{settings.SANDBOX_URL}/audience"
        context["demo_people"] = SimpleLazyObject(_demo_people)  # read where they are shown: on one page only
    return context


def _viewer(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"viewer": None, "navigation": []}
    belonging = None if user.is_staff else identity.belonging(user_id=user.id)
    ways: list[tuple[str, str, str, str, int | None]]
    if user.is_staff:
        role, label = "staff", "Staff"
        ways = [
            ("Overview", "Overview", "staff_overview", "gauge", None),
            ("Payday", "Payday", "staff_payday", "banknote", None),
            ("Risk", "Risk", "staff_risk", "flag", risk_queue.open_count()),
            ("Money in", "Money in", "staff_money_in", "landmark", money_in.waiting_count()),
            ("Holds", "Holds", "staff_holds", "hourglass", None),
            ("Tracking", "Tracking", "staff_tracking", "activity", None),
            ("Ledger", "Ledger", "staff_ledger", "receipt", None),
            ("Reconciliation", "Stripe", "staff_reconciliation", "scale", None),
            ("Corrections", "Correct", "staff_corrections", "list-checks", backoffice.waiting_count()),
        ]
    elif belonging is not None:
        role, label = "sponsor", belonging.organisation.name
        waiting = clips.waiting_count(organisation_id=belonging.organisation.id)
        ways = [
            ("Home", "Home", "sponsor_home", "house", None),
            ("Review", "Review", "review_queue", "clapperboard", waiting),
            *([("New campaign", "New", "campaign_create", "plus", None)] if belonging.may_move_money else []),
            ("Wallet", "Wallet", "wallet", "wallet", None),
            ("Organisation", "Team", "organisation", "user", None),
        ]
    else:
        role, label = "creator", "Creator"
        ways = [
            ("Home", "Home", "creator_home", "house", None),
            ("Campaigns", "Campaigns", "public_campaigns", "megaphone", None),
            ("Submit", "Submit", "clip_submit", "upload", None),
            ("Payouts", "Payouts", "payouts", "banknote", None),
            ("Channels", "Channels", "channels", "badge-check", None),
        ]
    return {
        "viewer": {"name": user.name, "email": user.email, "role": role, "role_label": label},
        "navigation": [
            Item(label=name, short=short, url=reverse(to), icon=icon, current=request.path == reverse(to), count=count)
            for name, short, to, icon, count in ways
        ],
    }


def _demo_people() -> list[dict[str, str]]:
    """Whom a visitor of the sandbox may be, as the history wrote it down; nobody where none was played."""
    path = settings.STATE_DIR / "sign_in.json"
    if not path.exists():
        return []
    people: list[dict[str, str]] = json.loads(path.read_text())
    return [{"role_label": person["role"].capitalize(), **person} for person in people]
