"""The wallet's page: every number with its reason, and nobody else's."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns.models import DisputeMovement, Document, Refund
from cliphaven.campaigns.operations import disputes
from cliphaven.campaigns.queries import wallets
from cliphaven.foundation.transactions import TransactionMisuse
from cliphaven.ledger.chart import AccountKind, EntryKind
from tests.rooms.campaigns.conftest import Sponsor, balance
from tests.rooms.campaigns.test_disputes import PAID, _spend_elsewhere, a_draft, disputed, fund
from tests.rooms.campaigns.test_documents import reversed_again
from tests.rooms.campaigns.test_pages import eve, said, signed_in
from tests.rooms.campaigns.test_refunds import ask, send
from tests.rooms.campaigns.test_warnings import warned

pytestmark = pytest.mark.django_db


def shown(sponsor: Sponsor, currency: str = "USD") -> wallets.WalletPage:
    return wallets.wallet_page(
        organisation_id=sponsor.organisation.id, currency=currency, before=None, now=sponsor.world.now()
    )


def text(answer) -> str:
    """What a person reads of a page, without its tags."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", said(answer)).split()))


def test_everything_that_was_paid_in_is_refundable_or_has_a_reason(sponsor):
    sponsor.paid(PAID)
    campaign = a_draft(sponsor, 50_00)
    _spend_elsewhere(campaign, 20_00)
    ask(sponsor, 10_00)
    found = shown(sponsor)

    in_all = PAID + 1  # one cent of the campaign that came by another door
    assert found.refundable_minor + found.refunding_minor + sum(part.amount_minor for part in found.why) == in_all
    assert [(part.sentence, part.amount_minor) for part in found.why] == [
        ("Set aside for Trail shoes", 30_01),
        ("Earned by creators, our fee included", 20_00),
    ]


def test_what_a_chargeback_drained_is_not_shown_as_earned(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 20_00)
    disputed(sponsor, deposit)

    assert [(part.sentence, part.amount_minor) for part in shown(sponsor).why] == [
        ("Earned by creators, our fee included", 20_00)
    ]


def test_money_whose_setting_aside_was_reversed_is_not_shown_as_earned(sponsor):
    sponsor.paid(PAID)
    campaign = a_draft(sponsor, 50_00)
    _spend_elsewhere(campaign, 20_00)
    fund(sponsor, campaign, 10_00, key="by-mistake")
    reversed_again(sponsor, EntryKind.FUND_CAMPAIGN, f"{campaign.id}:by-mistake")

    assert [part.amount_minor for part in shown(sponsor).why] == [30_01, 20_00]


def test_a_reversed_chargeback_is_not_taken_off_what_was_earned(sponsor):
    deposit = sponsor.paid(PAID)
    _spend_elsewhere(a_draft(sponsor, PAID), 20_00)
    disputed(sponsor, deposit)
    movement = DisputeMovement.objects.select_related("dispute").get()
    reversed_again(sponsor, EntryKind.CHARGEBACK, f"{movement.dispute.stripe_id}:{movement.balance_transaction_id}")

    assert [part.amount_minor for part in shown(sponsor).why] == [80_01, 20_00]


def test_the_page_is_of_one_moment(sponsor):
    with transaction.atomic(), pytest.raises(TransactionMisuse, match="one snapshot"):
        shown(sponsor)


def test_a_sponsor_who_paid_comes_back_to_the_wallet_of_that_currency(sponsor):
    sponsor.paid(PAID)
    to_pay = signed_in().post(reverse("wallet_top_up"), {"amount": "30", "currency": "EUR"}).headers["Location"]
    back = sponsor.world.http.post(to_pay, data={"method": "card", "card": "4242"}).headers["Location"]
    parts = urlsplit(back)
    page = text(signed_in().get(f"{parts.path}?{parts.query}"))

    assert ("€30.00" in page, "$100.00" in page) == (True, False)


def test_the_page_says_what_can_go_back_and_what_holds_the_rest(sponsor):
    sponsor.paid(PAID)
    a_draft(sponsor, 50_00)
    page = text(signed_in().get(reverse("wallet")))

    assert "At most $50.00" in page
    assert "Set aside for Trail shoes Take it back from the campaign first. $50.01" in page


def test_a_refund_is_asked_for_on_the_page(sponsor):
    sponsor.paid(PAID)
    client = signed_in()
    form = {"amount": "40", "currency": "USD", "request_key": "the-form-that-was-shown"}
    page = text(client.post(reverse("wallet_refund"), form, follow=True))

    assert "$40.00 is on its way back to you." in page
    assert (Refund.objects.get().amount_minor, balance(AccountKind.SPONSOR_REFUNDING, sponsor.organisation.id)) == (
        40_00,
        40_00,
    )


@pytest.mark.parametrize(("amount", "sentence"), [("100.01", "At most $100.00 can go back now"), ("x", "like 1234.50")])
def test_a_refund_that_cannot_be_is_explained_beside_its_field(sponsor, amount, sentence):
    sponsor.paid(PAID)
    form = {"amount": amount, "currency": "USD", "request_key": "the-form-that-was-shown"}
    page = signed_in().post(reverse("wallet_refund"), form)

    assert (page.status_code, sentence in text(page), Refund.objects.count()) == (422, True, 0)


def test_each_currency_has_its_own_wallet(sponsor):
    sponsor.paid(PAID)
    sponsor.paid(12_345, currency="JPY")
    client = signed_in()

    dollars, yen = (text(client.get(reverse("wallet"), {"currency": one})) for one in ("USD", "JPY"))
    assert ("$100.00" in dollars, "¥12,345" in dollars) == (True, False)
    assert ("$100.00" in yen, "¥12,345" in yen) == (False, True)
    assert "At least ¥500." in yen


def test_money_is_paid_in_in_the_currency_that_was_chosen(sponsor):
    answer = signed_in().post(reverse("wallet_top_up"), {"amount": "1200", "currency": "JPY"})

    page = sponsor.world.http.get(answer.headers["Location"])
    assert "JPY 1,200" in page.text


@pytest.mark.parametrize("currency", ["XXX", "usd", "", "\x00", "USD;"])
def test_an_unknown_currency_shows_the_first_one(sponsor, currency):
    sponsor.paid(500, currency="JPY")

    assert "¥500" in text(signed_in().get(reverse("wallet"), {"currency": currency}))


def test_a_debt_says_what_happened_and_what_to_do(sponsor):
    deposit = sponsor.paid(PAID)
    _spend_elsewhere(a_draft(sponsor, PAID), 30_01)
    disputed(sponsor, deposit)
    page = text(signed_in().get(reverse("wallet")))

    assert "You owe $30.00" in page
    assert "kept back from the next payment by itself" in page
    assert "The card's bank took this payment back." in page
    assert "$70.00 came out of campaigns" in page


def test_a_warning_says_what_waits_and_until_when(sponsor):
    warned(sponsor, sponsor.paid(PAID))
    page = text(signed_in().get(reverse("wallet")))

    assert "$100.00 of the wallet cannot be set aside" in page
    assert "This ends by itself on" in page


def test_an_inquiry_that_is_over_is_settled(sponsor):
    stripe_id = disputed(sponsor, sponsor.paid(PAID), inquiry=True)
    sponsor.world.post(f"/control/stripe/disputes/{stripe_id}/close", {"won": False})
    disputes.settle_dispute(stripe_id=stripe_id, now=sponsor.world.now())

    assert "is satisfied. No money has moved." in text(signed_in().get(reverse("wallet")))


def test_a_receipt_is_a_pdf_to_open(sponsor):
    sponsor.paid(PAID)
    answer = signed_in().get(reverse("document", args=[Document.objects.get().id]))

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'inline; filename="R-000001.pdf"'
    assert answer.content.startswith(b"%PDF-")


def test_refunds_stand_with_their_state_and_their_note(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    send(sponsor)
    page = signed_in().get(reverse("wallet"))
    note = Document.objects.get(kind="refund_note")

    assert "Refunded" in text(page)
    assert reverse("document", args=[note.id]) in said(page)


def test_another_organisation_sees_nothing_of_it(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 10_00)
    disputed(sponsor, deposit)
    client = Client()
    client.force_login(eve())
    page = text(client.get(reverse("wallet")))

    assert ("$100.00" in page, "$10.00" in page, "Disputes" in page) == (False, False, False)
    assert client.get(reverse("document", args=[Document.objects.first().id])).status_code == 404


def test_another_organisation_refunds_nothing_of_it(sponsor):
    sponsor.paid(PAID)
    client = Client()
    client.force_login(eve())
    form = {"amount": "1", "currency": "USD", "request_key": "the-form-that-was-shown"}

    assert client.post(reverse("wallet_refund"), form).status_code == 422
    assert sponsor.free() == PAID


def test_reviewers_read_what_can_go_back_and_are_not_offered_it(sponsor):
    sponsor.paid(PAID)
    page = signed_in("Cleo").get(reverse("wallet"))

    assert "Owners and finance may ask for it." in text(page)
    assert reverse("wallet_refund") not in said(page)
