"""Everybody who may knock at a door, and a house with something of each kind in it."""

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from uuid import UUID

from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from cliphaven.backoffice.operations import corrections
from cliphaven.campaigns.models import Document
from cliphaven.clips.models import Clip
from cliphaven.config import urls
from cliphaven.deliveries.models import Delivery, Endpoint, Event
from cliphaven.earnings.models import CreditNote
from cliphaven.identity.models import Membership, Organisation, Role, User
from cliphaven.payouts.models import Batch, Transfer
from cliphaven.tracking.models import VendorCall
from tests.people import MONDAY, a_campaign, a_channel, a_user, adas_organisation, an_approved_clip, ben, dot, mallory


def ada() -> User:
    adas_organisation()
    return a_user("Ada")


def cleo() -> User:
    adas_organisation()
    return a_user("Cleo")


def eve() -> User:
    """The owner of another organisation."""
    organisation, _ = Organisation.objects.get_or_create(name="Eve Ltd", defaults={"created_at": MONDAY})
    Membership.objects.get_or_create(organisation=organisation, user=a_user("Eve"), role=Role.OWNER)
    return a_user("Eve")


# In the order of the columns of the route table. Those who may do least knock first.
VISITORS: dict[str, Callable[[], User] | None] = {
    "anonymous": None,
    "another creator": mallory,
    "another sponsor": eve,
    "staff": dot,
    "creator": ben,
    "reviewer": cleo,
    "owner": ada,
}


def client_of(visitor: str) -> Client:
    """The browser of a visitor, signed in."""
    client = Client(raise_request_exception=False)
    enters = VISITORS[visitor]
    if enters is not None:
        client.force_login(enters())
    return client


def routes() -> dict[str, URLPattern]:
    """Every address of the house by its name; those of the API begin with "api:"."""
    found = {}
    for route in urls.urlpatterns:
        if isinstance(route, URLResolver):
            found |= {f"{route.namespace}:{inner.name}": inner for inner in route.url_patterns}
        else:
            found[str(route.name)] = route
    return found


@dataclass(frozen=True)
class House:
    """What the addresses lead to: a campaign of Ada's; a waiting clip and a channel of Ben's, and his payout."""

    numbers: dict[str, object]
    cookies: dict[str, SimpleCookie]

    def client_of(self, visitor: str, *, enforce_csrf_checks: bool = False) -> Client:
        """A new browser of a visitor who signed in when the house was made."""
        client = Client(enforce_csrf_checks=enforce_csrf_checks, raise_request_exception=False)
        client.cookies.load(self.cookies[visitor].output(header="", sep=";"))
        return client

    def address(self, name: str) -> str:
        """The address of a route, about these things."""
        return reverse(name, kwargs={key: self.numbers[key] for key in routes()[name].pattern.converters})


def a_house() -> House:
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    Clip.objects.filter(id=clip.id).update(state="pending", decided_at=None)
    document = Document.objects.create(
        kind="receipt",
        number=1,
        organisation=adas_organisation(),
        currency="USD",
        issued_at=MONDAY,
        facts={"organisation": "Ada Ltd", "amount_minor": 10_00, "payment": "pi_test"},
    )
    transfer = Transfer.objects.create(
        batch=Batch.objects.create(iso_week="2026-W45", planned_at=MONDAY, state="done"),
        creator=ben(),
        campaign=campaign,
        destination="acct_ben",
        amount_minor=10_00,
        currency="USD",
        state="released",
        due_at=MONDAY,
    )
    call = VendorCall.objects.create(
        platform="tiktok",
        source="test",
        asked=1,
        started_at=MONDAY,
        ended_at=MONDAY,
        raw_json=zlib.compress(b"[]"),
        raw_digest=hashlib.sha256(b"[]").digest(),
    )
    note = CreditNote.objects.create(
        document=Document.objects.create(
            kind="credit_note",
            number=1,
            organisation=adas_organisation(),
            currency="USD",
            issued_at=MONDAY,
            facts={"organisation": "Ada Ltd"},
        ),
        organisation=adas_organisation(),
        campaign=campaign,
        correction_id=1,
        amount_minor=10_00,
        currency="USD",
        cause="Views that the platform purged",
        issued_at=MONDAY,
    )
    endpoint = Endpoint.objects.create(
        organisation=adas_organisation(),
        made_by=ada(),
        request_key="the-first-request",
        url="https://hooks.example.com/",
        subscriptions="*",
        sealed_secret=b"closed",
        secret_made_at=MONDAY,
        made_at=MONDAY,
    )
    event = Event.objects.create(
        organisation=adas_organisation(), type="campaign.paused", key="paused", body="{}", happened_at=MONDAY
    )
    delivery = Delivery.objects.create(
        endpoint=endpoint, event=event, type=event.type, state="delivered", written_at=MONDAY
    )
    numbers = {
        "endpoint_id": endpoint.id,
        "delivery_id": delivery.id,
        "note_id": note.id,
        "request_id": 1,
        "call_id": call.id,
        "canary_id": 1,
        "batch_id": transfer.batch_id,
        "currency": "USD",
        "week": "2026-W45",
        "kind": "transfer",
        "item_id": transfer.id,
        "what": "deposit",
        "pause_id": 1,
        "transfer_id": transfer.id,
        "reversal_id": 1,
        "creator_id": ben().id,
        "campaign_id": campaign.id,
        "clip_id": clip.id,
        "channel_id": a_channel(ben()).id,
        "case_id": 1,
        "appeal_id": 1,
        "document_id": document.id,
        "token": "a-made-up-token",
        "sign_in_id": UUID(int=1),
        "passkey_id": UUID(int=1),
        "invitation_id": 1,
        "member_id": ada().id,
        "user_id": mallory().id,
        "way": "on",
        "key_id": UUID(int=1),
        "file_id": UUID(int=1),
        "account_code": "stripe:balance",
        "entry_kind": "deposit",
        "external_id": f"pi_{campaign.id}:{campaign.organisation_id}:USD",
        "correction_id": corrections.propose(
            movement="provision:platform_losses:invalid_view_reserve",
            owner_id=None,
            amount_minor=1_00,
            currency="USD",
            reason="Views that the platform purged",
            refers_to="",
            proposed_by_id=a_user("Eli", is_staff=True).id,
            now=MONDAY,
        ),
    }
    return House(numbers, {visitor: client_of(visitor).cookies for visitor in VISITORS})
