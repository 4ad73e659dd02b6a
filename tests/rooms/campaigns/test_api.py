"""The API says of a sponsor's money what the wallet's page says, and gives it back as the page does."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns.models import Document, Refund, RefundRequest
from tests.rooms.campaigns.conftest import Sponsor
from tests.rooms.campaigns.test_disputes import PAID, a_draft
from tests.rooms.campaigns.test_pages import eve, signed_in
from tests.rooms.campaigns.test_refunds import ask, send

pytestmark = pytest.mark.django_db
API = "/api/v1/sponsor"


def get(path: str, *, client: Client | None = None) -> Any:
    answer = (client or signed_in()).get(f"{API}{path}")
    assert answer.status_code == 200
    return answer.json()


def give_back(amount: int, *, currency: str = "USD", key: str = "key-of-a-request", who: str = "Ada") -> Any:
    """Ask for a refund; answers the status and what was said."""
    order = {"amount": {"amount": amount, "currency": currency}}
    answer = signed_in(who).post(
        f"{API}/wallets/refund", json.dumps(order), content_type="application/json", headers={"Idempotency-Key": key}
    )
    return answer.status_code, answer.json()


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def test_a_wallet_is_told_as_the_page_shows_it(sponsor):
    sponsor.paid(PAID)
    campaign = a_draft(sponsor, 30_00)
    ask(sponsor, 10_00)
    [wallet] = get("/wallets")

    assert (wallet["balance"], wallet["free"], wallet["refundable"]) == (usd(60_00), usd(60_00), usd(60_00))
    assert (wallet["in_campaigns"], wallet["refunding"], wallet["owed"]) == (usd(30_01), usd(10_00), usd(0))
    assert [(why["amount"], why["campaign_id"]) for why in wallet["why"]] == [(usd(30_01), campaign.id)]


def test_each_currency_is_a_wallet_of_its_own(sponsor):
    sponsor.paid(PAID)
    sponsor.paid(12_345, currency="JPY")

    assert [wallet["balance"] for wallet in get("/wallets")] == [usd(PAID), {"amount": 12_345, "currency": "JPY"}]


def test_the_lines_of_a_wallet_are_read_page_by_page(sponsor):
    deposit = sponsor.paid(PAID)
    for number in range(50):
        ask(sponsor, 1_00, key=f"form-{number:04d}")
    first = get("/wallets/USD/entries")
    rest = get(f"/wallets/USD/entries?before={first['next_before']}")

    assert (len(first["entries"]), len(rest["entries"]), rest["next_before"]) == (50, 1, None)
    assert first["entries"][0]["balance_after"] == usd(PAID - 50 * 1_00)
    assert (rest["entries"][0]["kind"], rest["entries"][0]["name"]) == ("deposit", deposit.payment_intent_id)


def test_money_is_given_back_once_for_each_key(sponsor):
    deposit = sponsor.paid(PAID)
    first, again = give_back(40_00), give_back(40_00)

    assert first == again
    status, said = first
    assert (status, RefundRequest.objects.count(), sponsor.free()) == (200, 1, PAID - 40_00)
    assert [(part["amount"], part["deposit_id"], part["state"]) for part in said["refunds"]] == [
        (usd(40_00), deposit.id, "requested")
    ]


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"amount": PAID + 1}, 409, "refund_refused"),
        ({"amount": 0}, 422, "not_valid"),
        ({"amount": 1_00, "currency": "XXX"}, 409, "refund_refused"),
        ({"amount": 1_00, "currency": "usd"}, 422, "not_valid"),
        ({"amount": 1_00, "key": "short"}, 422, "not_valid"),
        ({"amount": 1_00, "who": "Cleo"}, 403, "not_finance"),
    ],
)
def test_what_cannot_go_back_is_told_as_a_problem(sponsor, order, status, code):
    sponsor.paid(PAID)
    given, said = give_back(order.pop("amount"), **order)

    assert (given, said["code"], RefundRequest.objects.count()) == (status, code, 0)


def test_the_same_key_for_another_amount_is_refused(sponsor):
    sponsor.paid(PAID)
    give_back(40_00)

    assert give_back(30_00)[0] == 409
    assert Refund.objects.count() == 1


def test_refunds_and_documents_are_listed(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    send(sponsor)
    [refund] = get("/refunds")["refunds"]
    documents = get("/documents")["documents"]

    assert (refund["amount"], refund["state"]) == (usd(40_00), "succeeded")
    assert [document["number"] for document in documents] == ["N-000001", "R-000001"]
    assert documents[1]["pdf"] == reverse("document", args=[Document.objects.get(kind="receipt").id])
    assert signed_in().get(documents[1]["pdf"]).content.startswith(b"%PDF-")


def test_another_organisation_is_told_nothing_of_it(sponsor: Sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    client = Client()
    client.force_login(eve())

    assert get("/wallets", client=client) == []
    assert get("/wallets/USD/entries", client=client)["entries"] == []
    assert get("/refunds", client=client)["refunds"] == []
    assert get("/documents", client=client)["documents"] == []
