"""The API says of a sponsor's money what the wallet's page says, and gives it back as the page does."""

import pytest
from django.urls import reverse

from cliphaven.campaigns.models import Document, Refund, RefundRequest
from cliphaven_client import ApiProblem, Conflict, NotAllowed, NotValid
from cliphaven_client.generated.models import Money, MoneyOrder, Refunds
from tests.clients import program_of
from tests.people import a_user, adas_organisation
from tests.rooms.campaigns.conftest import Sponsor
from tests.rooms.campaigns.test_disputes import PAID, a_draft
from tests.rooms.campaigns.test_pages import eve, signed_in
from tests.rooms.campaigns.test_refunds import ask, send

pytestmark = pytest.mark.django_db


def ada():
    """What Ada's program may ask as a sponsor's."""
    adas_organisation()
    return program_of(a_user("Ada")).sponsor


def give_back(amount: int, *, currency: str = "USD", key: str = "key-of-a-request", who: str = "Ada") -> Refunds:
    """Ask for a refund."""
    adas_organisation()
    house = program_of(a_user(who))
    return house.sponsor.refund(amount=MoneyOrder(amount=amount, currency=currency), idempotency_key=key)


def usd(amount: int) -> Money:
    return Money(amount=amount, currency="USD")


def test_a_wallet_is_told_as_the_page_shows_it(sponsor):
    sponsor.paid(PAID)
    campaign = a_draft(sponsor, 30_00)
    ask(sponsor, 10_00)
    [wallet] = ada().wallets()

    assert (wallet.balance, wallet.free, wallet.refundable) == (usd(60_00), usd(60_00), usd(60_00))
    assert (wallet.in_campaigns, wallet.refunding, wallet.owed) == (usd(30_01), usd(10_00), usd(0))
    assert [(why.amount, why.campaign_id) for why in wallet.why] == [(usd(30_01), campaign.id)]


def test_each_currency_is_a_wallet_of_its_own(sponsor):
    sponsor.paid(PAID)
    sponsor.paid(12_345, currency="JPY")

    assert [wallet.balance for wallet in ada().wallets()] == [usd(PAID), Money(amount=12_345, currency="JPY")]


def test_the_lines_of_a_wallet_are_read_page_by_page(sponsor):
    deposit = sponsor.paid(PAID)
    for number in range(50):
        ask(sponsor, 1_00, key=f"form-{number:04d}")
    first = ada().wallet_entries(currency="USD")
    rest = ada().wallet_entries(currency="USD", before=first.next_before)

    assert (len(first.entries), len(rest.entries), rest.next_before) == (50, 1, None)
    assert first.entries[0].balance_after == usd(PAID - 50 * 1_00)
    assert (rest.entries[0].kind, rest.entries[0].name) == ("deposit", deposit.payment_intent_id)
    assert list(ada().wallet_entries_all(currency="USD")) == first.entries + rest.entries


def test_money_is_given_back_once_for_each_key(sponsor):
    deposit = sponsor.paid(PAID)
    first, again = give_back(40_00), give_back(40_00)

    assert first == again
    assert (RefundRequest.objects.count(), sponsor.free()) == (1, PAID - 40_00)
    assert [(part.amount, part.deposit_id, part.state) for part in first.refunds] == [
        (usd(40_00), deposit.id, "requested")
    ]


@pytest.mark.parametrize(
    ("order", "kind", "code"),
    [
        ({"amount": PAID + 1}, Conflict, "refund_refused"),
        ({"amount": 0}, NotValid, "not_valid"),
        ({"amount": 1_00, "currency": "XXX"}, Conflict, "refund_refused"),
        ({"amount": 1_00, "currency": "usd"}, NotValid, "not_valid"),
        ({"amount": 1_00, "key": "short"}, NotValid, "not_valid"),
        ({"amount": 1_00, "who": "Cleo"}, NotAllowed, "not_finance"),
    ],
)
def test_what_cannot_go_back_is_told_as_a_problem(sponsor, order, kind, code):
    sponsor.paid(PAID)
    with pytest.raises(kind) as told:
        give_back(order.pop("amount"), **order)

    assert (told.value.code, RefundRequest.objects.count()) == (code, 0)


def test_the_same_key_for_another_amount_is_refused(sponsor):
    sponsor.paid(PAID)
    give_back(40_00)

    with pytest.raises(Conflict):
        give_back(30_00)
    assert Refund.objects.count() == 1


def test_refunds_and_documents_are_listed(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    send(sponsor)
    [refund] = ada().refunds_all()
    documents = list(ada().documents_all())

    assert (refund.amount, refund.state) == (usd(40_00), "succeeded")
    assert [document.number for document in documents] == ["N-000001", "R-000001"]
    assert documents[1].pdf == reverse("document", args=[Document.objects.get(kind="receipt").id])
    assert signed_in().get(documents[1].pdf).content.startswith(b"%PDF-")


def test_another_organisation_is_told_nothing_of_it(sponsor: Sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    other = program_of(eve()).sponsor

    assert (other.wallets(), list(other.wallet_entries_all(currency="USD"))) == ([], [])
    assert (list(other.refunds_all()), list(other.documents_all())) == ([], [])


def test_strangers_are_told_to_sign_in():
    with pytest.raises(ApiProblem) as told:
        program_of(None).sponsor.wallets()

    assert (told.value.status, told.value.code) == (401, "not_signed_in")
