"""What a page of the staff offers, whoever looks at it may send: each form held against the table of orders."""

from collections import defaultdict
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2
from django.urls import resolve, reverse

from cliphaven.campaigns.models import Campaign
from cliphaven.fraud.models import RiskCase
from cliphaven.payouts.models import BankAccount, Batch, ConnectedAccount, PayoutPause
from cliphaven.tracking.models import Canary
from tests.people import MONDAY, PASSWORD, ben, mallory, staff_in
from tests.rooms.fraud.doubts import a_bought_clip
from tests.security.test_route_matrix import ROUTES
from tests.security.test_staff_routes import ORDERS, ROLES
from tests.security.visitors import House, a_house

EVERYBODYS = {"sign_out", "inbox_read"}
# Beside looking they depend on more than the role: on who proposed, on what Stripe says, on what is given up.
SELDOM = {
    "correction_reverse",
    "entry_reverse",
    "money_in_letters",
    "money_in_lift",
    "money_in_look_again",
    "money_in_settle",
    "risk_appeal_answer",
    "risk_extend",
    "look_again",
    "transfer_take_back",
    "reversal_look_again",
    "reversal_settle",
    "call_clear",
    "campaign_read_again",
    "batch_plan_again",
}


class Forms(HTMLParser):
    """Where the forms of a page post to, and the buttons that send a form somewhere else."""

    def __init__(self, page: httpx2.Response) -> None:
        super().__init__()
        self.here, self.found, self._posts = str(page.url), set[str](), False
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._posts = (said.get("method") or "get").lower() == "post"
            # A form that only its buttons send somewhere says nothing of itself.
            if self._posts and "action" in said:
                self._note(said["action"] or "")
        elif tag in ("button", "input") and self._posts and "formaction" in said and "disabled" not in said:
            self._note(said["formaction"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._posts = False

    def _note(self, action: str) -> None:
        self.found.add(str(resolve(urlsplit(urljoin(self.here, action)).path).url_name))


def a_busy_house() -> tuple[House, list[str]]:
    """A house in which something waits at every desk; what there is to see beside one of each kind."""
    house = a_house()
    a_bought_clip()
    campaign = Campaign.objects.order_by("id").first()
    assert campaign is not None
    for week, state in (("2026-W44", "awaiting_release"), ("2026-W43", "stopped"), ("2026-W42", "running")):
        Batch.objects.create(iso_week=week, planned_at=MONDAY, state=state)
    account = ConnectedAccount.objects.create(creator=ben(), stripe_id="acct_ben", created_at=MONDAY)
    # So far ahead that it is held whatever the clock of the house says.
    BankAccount.objects.create(
        account=account,
        currency="USD",
        stripe_id="ba_1",
        name="Bank ending 6789",
        works=True,
        changed_at=MONDAY + timedelta(days=3_650),
    )
    Canary.objects.create(
        platform="tiktok",
        video_id="7",
        url="https://www.tiktok.com/@ben/video/7",
        views=5,
        known_at=MONDAY,
        added_because="Old",
        added_at=MONDAY,
    )
    runs = [reverse("staff_batch", args=[week]) for week in ("2026-W44", "2026-W43", "2026-W42")]
    case = RiskCase.objects.get()
    return house, [
        *runs,
        reverse("staff_person", args=[staff_in("support", "risk").id]),
        reverse("staff_risk_case", args=[case.id]),
        reverse("staff_clip_money", args=[case.clip_id]),
        reverse("staff_clip_tracking", args=[case.clip_id]),
        reverse("staff_clip_hold", args=[case.clip_id]),
        reverse("staff_clip_reversal", args=[case.clip_id]),
    ]


def signed_in(site: str, role: str) -> httpx2.Client:
    browser = httpx2.Client(base_url=site, timeout=120, follow_redirects=True)
    browser.get("/sign-in/")
    order = {"email": staff_in(role).email, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert browser.post("/sign-in/password/", data=order, headers={"Referer": site}).status_code == 200
    return browser


def test_whoever_is_shown_a_form_may_send_it(site):
    house, more = a_busy_house()
    PayoutPause.objects.create(creator=mallory(), reason="asked_for", note="Asked", paused_at=MONDAY)
    looks = [
        house.address(name)
        for name, row in ROUTES.items()
        if name.startswith(("staff_", "correction")) and not row.is_post_only
        if not house.address(name).endswith((".csv", ".json", "/file/"))
    ]
    offered = defaultdict(set)
    for role in ROLES:
        browser = signed_in(site, role)
        for address in (*looks, *more):
            page = browser.get(address)
            if "text/html" in page.headers.get("Content-Type", "") and page.status_code == 200:
                for name in Forms(page).found - EVERYBODYS:
                    offered[name].add(role)

    assert {name: roles for name, roles in offered.items() if not roles <= set(ORDERS.get(name, ()))} == {}
    # And who may is shown it: no page hides from somebody what is theirs.
    orders = {name for name in ORDERS if not name.startswith("api:")} - SELDOM
    assert {name: (offered[name], ORDERS[name]) for name in orders if offered[name] != set(ORDERS[name])} == {}
