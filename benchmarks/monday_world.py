"""The people of a Monday: creators with accounts at the pretend Stripe, and money that has cleared."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections

from tests.world import SandboxWorld

if TYPE_CHECKING:
    from cliphaven.campaigns.models import Campaign
    from cliphaven.identity.models import User

PAYDAY = datetime(2026, 11, 9, 6, tzinfo=UTC)
BEGINS = PAYDAY - timedelta(hours=1)
VIEWS = 20_000  # at one minor unit a view, so that two campaigns are far above the smallest payout
CPM_MINOR = 1_000
THREADS = 4
SMALLEST_PAYMENT = 50  # of Stripe's, so that the last part may be more than what is missing
BACK = "http://127.0.0.1:1/back"


def prepare(stripe: SandboxWorld, *, creators: int, campaigns: int) -> None:
    """So many creators, each owed for one clip in each of so many campaigns, and the money for it at Stripe."""
    people = _creators(creators)
    _open_accounts(stripe, people)
    for number in range(campaigns):
        _earn(_campaign(number, budget_minor=creators * VIEWS + 1), people)
    _clear(stripe.now())
    _fill(stripe, creators * campaigns * VIEWS)


def unlike_stripe() -> int:
    """How many items Stripe has twice, not at all, or with another amount than our row says."""
    from cliphaven.payouts.models import Transfer  # noqa: PLC0415  # models exist only inside the house

    made: Counter[tuple[str, int]] = Counter(
        (facts["metadata"]["transfer"], facts["amount"]) for facts in _all_transfers()
    )
    rows = Counter((str(id_), amount) for id_, amount in Transfer.objects.values_list("id", "amount_minor"))
    return sum((made - rows).values()) + sum((rows - made).values())


def _all_transfers() -> list[dict[str, Any]]:
    import stripe  # noqa: PLC0415  # the SDK is slow to import

    base = settings.STRIPE_API_BASE
    client = stripe.StripeClient(
        settings.STRIPE_API_KEY, base_addresses={"api": base, "connect": base, "files": base, "meter_events": base}
    )
    return [facts.to_dict() for facts in client.v1.transfers.list({"limit": 100}).auto_paging_iter()]


def _creators(creators: int) -> list["User"]:
    from cliphaven.identity.models import User  # noqa: PLC0415

    return User.objects.bulk_create(
        User(email=f"creator-{number}@example.test", name=f"Creator {number}", created_at=BEGINS)
        for number in range(creators)
    )


def _open_accounts(stripe: SandboxWorld, people: list["User"]) -> None:
    from cliphaven.payouts.operations import onboarding  # noqa: PLC0415

    def open_one(person: "User") -> None:
        link = onboarding.start(creator_id=person.id, return_url=BACK, refresh_url=BACK, now=BEGINS)
        stripe.http.post(link, data={"action": "complete", "bank_number": "000123456789"})
        onboarding.refresh_creator(creator_id=person.id, now=BEGINS)

    def open_some(some: tuple["User", ...]) -> None:
        try:
            for person in some:
                open_one(person)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(open_some, [tuple(people[number::THREADS]) for number in range(THREADS)]))


def _campaign(number: int, *, budget_minor: int) -> "Campaign":
    from cliphaven.campaigns.rules import TermsDraft  # noqa: PLC0415
    from tests.people import a_campaign  # noqa: PLC0415

    terms = TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=0)
    return a_campaign(title=f"Campaign {number}", budget_minor=budget_minor, terms=terms)


def _earn(campaign: "Campaign", people: list["User"]) -> None:
    """One clip of each creator, with views that were believed, turned into money."""
    from cliphaven.earnings import operations as earnings  # noqa: PLC0415
    from tests.people import an_approved_clip, seen  # noqa: PLC0415

    for person in people:
        seen(an_approved_clip(campaign, creator=person, video_id=str(uuid.uuid4().int)[:19]), VIEWS)
    earnings.accrue_campaign(campaign_id=campaign.id, now=BEGINS)


def _clear(now: datetime) -> None:
    from cliphaven.earnings import operations as earnings  # noqa: PLC0415
    from tests.people import read_again  # noqa: PLC0415

    read_again(at=now)
    earnings.clear_all(now=now)


def _fill(stripe: SandboxWorld, amount_minor: int) -> None:
    """Sponsors' payments at Stripe that can be sent on at once; it takes 999,999.99 at a time."""
    from cliphaven.providers import stripe as vendor  # noqa: PLC0415

    while amount_minor > 0:
        part = max(SMALLEST_PAYMENT, min(amount_minor, 999_999_99))
        opened = vendor.create_checkout(
            deposit_id=1,
            amount_minor=part,
            currency="USD",
            description="Wallet",
            success_url=BACK,
            cancel_url=BACK,
            idempotency_key=str(uuid.uuid4()),
        )
        stripe.http.post(opened.url, data={"method": "card", "card": "0077"})
        amount_minor -= part
