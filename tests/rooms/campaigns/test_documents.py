"""Receipts, notes and invoices: issued once, numbered without gaps, never changed, and drawn as data."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.campaigns.models import Campaign, Deposit, Document
from cliphaven.campaigns.operations import documents
from cliphaven.campaigns.queries import accounts, invoices
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import Organisation
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.providers.pdf import pdf
from tests.people import MONDAY, a_user, ben
from tests.rooms.campaigns.conftest import Sponsor
from tests.rooms.campaigns.test_disputes import PAID, _spend_elsewhere, a_draft, fund
from tests.rooms.campaigns.test_refunds import ask, send

pytestmark = pytest.mark.django_db
HOSTILE = '#panic("x") $ *b* _i_ `raw` [x] <label> @ref \\ // comment #sys.inputs'
NAMES = [HOSTILE, "Ада и сыновья", "Ελλάδα ΑΕ", "ชื่อ 日本 한국", "עברית", "😀", "\u202e\x00bell"]


def numbers(kind: str) -> list[int]:
    return list(Document.objects.filter(kind=kind).order_by("id").values_list("number", flat=True))


def test_every_paid_payment_has_one_receipt_with_the_next_number(sponsor):
    first = sponsor.opens(PAID)
    sponsor.pays(first)
    for _ in range(3):
        sponsor.looks(first)
    sponsor.paid(50_00)
    sponsor.opens(PAID)  # never paid

    assert numbers("receipt") == [1, 2]
    assert [row.facts["amount_minor"] for row in Document.objects.order_by("id")] == [PAID, 50_00]


def test_numbers_have_no_gaps_when_an_issuing_transaction_fails(sponsor):
    sponsor.paid(PAID)
    with pytest.raises(ZeroDivisionError):
        _issue_and_fail(sponsor)
    sponsor.paid(PAID)

    assert numbers("receipt") == [1, 2]


def _issue_and_fail(sponsor: Sponsor) -> None:
    with transaction.atomic():
        deposit = Deposit.objects.create(
            organisation=sponsor.organisation,
            started_by=a_user("Ada"),
            amount_minor=PAID,
            received_minor=PAID,
            currency="USD",
            state="paid",
            payment_intent_id="pi_undone",
            charge_id="ch_undone",
            started_at=MONDAY,
            settled_at=MONDAY,
        )
        documents.issue_receipt(deposit_id=deposit.id, now=MONDAY)
        assert numbers("receipt") == [1, 2]
        raise ZeroDivisionError


def test_each_kind_counts_for_itself(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    send(sponsor)

    assert (numbers("receipt"), numbers("refund_note")) == ([1], [1])


@pytest.mark.parametrize("change", ["update campaigns_document set number = 9", "delete from campaigns_document"])
def test_the_database_refuses_to_change_a_document(sponsor, change):
    sponsor.paid(PAID)

    with pytest.raises(DatabaseError, match="kept as they were issued"), transaction.atomic():
        connection.cursor().execute(change)


def test_the_database_refuses_to_empty_the_documents():
    with pytest.raises(DatabaseError, match="kept as they were issued"), transaction.atomic():
        connection.cursor().execute("truncate campaigns_document cascade")


def test_a_document_is_drawn_the_same_each_time_whatever_the_organisation_is_called_by_now(sponsor):
    sponsor.paid(PAID)
    one = Document.objects.get()
    whose = {"document_id": one.id, "organisation_id": sponsor.organisation.id}
    first = documents.drawn(**whose)
    Organisation.objects.filter(id=sponsor.organisation.id).update(name="Ada Limited")

    again = documents.drawn(document_id=one.id, organisation_id=one.organisation_id)
    assert first == again
    assert (first.file_name, first.content[:5]) == ("R-000001.pdf", b"%PDF-")


def test_another_organisations_document_is_not_there(sponsor):
    sponsor.paid(PAID)

    with pytest.raises(documents.NoSuchDocument):
        documents.drawn(document_id=Document.objects.get().id, organisation_id=sponsor.organisation.id + 1)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_name_contains_is_printed_and_not_carried_out(name):
    facts = {
        "title": "Receipt",
        "number": "R-000001",
        "organisation": name,
        "issued": "1 November 2026",
        "currency": "USD",
        "issuer": {"name": "ClipHaven", "address": "https://cliphaven.example"},
        "lines": [{"label": name, "detail": name, "amount": "$1.00"}],
        "total": {"label": name, "amount": "$1.00"},
        "notes": [name],
    }

    assert pdf("campaigns/document.typ", facts=facts, made_at=MONDAY).startswith(b"%PDF-")


def test_a_month_that_is_over_is_invoiced_once_for_each_organisation_and_currency(sponsor):
    sponsor.paid(PAID)
    sponsor.paid(5_000, currency="JPY")
    now = sponsor.world.now()
    after = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=5)

    assert (documents.issue_invoices(now=after), documents.issue_invoices(now=after)) == (2, 0)
    assert sorted(Document.objects.filter(kind="invoice").values_list("currency", flat=True)) == ["JPY", "USD"]
    assert numbers("invoice") == [1, 2]


def test_an_invoice_says_what_was_paid_in_refunded_and_spent_by_campaign(sponsor):
    sponsor.paid(PAID)
    campaign = a_draft(sponsor, 50_00)
    Campaign.objects.filter(id=campaign.id).update(created_at=sponsor.world.now())
    campaign.refresh_from_db()
    _spend_elsewhere(campaign, 20_00)
    ask(sponsor, 10_00)
    send(sponsor)
    month = sponsor.world.now().date().replace(day=1)
    facts = invoices.facts_of_month(organisation_id=sponsor.organisation.id, currency="USD", month=month)

    extra = 1 if sponsor.world.now().month == MONDAY.month else 0  # the first cent of the campaign
    assert facts == {
        "month": month.isoformat(),
        "paid_in_minor": PAID + extra,
        "refunded_minor": 10_00,
        "spent": [{"campaign": "Trail shoes", "amount_minor": 20_00}],
        "spent_minor": 20_00,
        "given_back_minor": 0,
    }


def this_month(sponsor: Sponsor) -> date:
    return sponsor.world.now().date().replace(day=1)


def facts_of_this_month(sponsor: Sponsor) -> dict[str, Any]:
    month = this_month(sponsor)
    return invoices.facts_of_month(organisation_id=sponsor.organisation.id, currency="USD", month=month)


@own_transaction
def booked(sponsor: Sponsor, kind: EntryKind, name: str, debit: Account, amount_minor: int) -> None:
    """Something reaches the wallet."""
    wallet = accounts.wallet(organisation_id=sponsor.organisation.id, currency="USD")
    leg = ledger.Leg(debit=debit, credit=wallet, amount_minor=amount_minor)
    now = sponsor.world.now()
    ledger.record([ledger.Entry(kind=kind, external_id=name, legs=(leg,), occurred_at=now, cause="test")])


@own_transaction
def reversed_again(sponsor: Sponsor, kind: EntryKind, name: str) -> None:
    ledger.reverse(
        kind=kind, external_id=name, cause="test", actor="test", reason="It was wrong", now=sponsor.world.now()
    )


ADJUSTED = Account(kind=AccountKind.PLATFORM_ADJUSTMENTS, currency="USD")


def test_what_a_closed_campaign_and_corrections_gave_back_is_taken_off_what_was_spent(sponsor):
    campaign = a_draft(sponsor)
    sponsor.paid(PAID)
    fund(sponsor, campaign, 50_00)
    campaign.created_at = sponsor.world.now()  # and so what it spends is of this month
    _spend_elsewhere(campaign, 20_00)
    clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=ben().id, currency="USD")
    booked(sponsor, EntryKind.VOID, "311:1", clearing, 3_00)  # its campaign was closed, so it reached the wallet
    booked(sponsor, EntryKind.ADJUSTMENT, "correction:1", ADJUSTED, 2_00)
    booked(sponsor, EntryKind.ADJUSTMENT, "correction:2", ADJUSTED, 9_00)
    reversed_again(sponsor, EntryKind.ADJUSTMENT, "correction:2")
    facts = facts_of_this_month(sponsor)

    assert (facts["spent_minor"], facts["given_back_minor"]) == (20_00, 3_00 + 2_00)


def test_an_accrual_that_was_reversed_is_not_spent(sponsor):
    campaign = a_draft(sponsor)
    sponsor.paid(PAID)
    fund(sponsor, campaign, 50_00)
    campaign.created_at = sponsor.world.now()  # and so what it spends is of this month
    _spend_elsewhere(campaign, 20_00)
    reversed_again(sponsor, EntryKind.ACCRUAL, "311:1")

    assert facts_of_this_month(sponsor)["spent"] == []


def test_a_month_in_which_something_was_only_given_back_is_invoiced_too(sponsor):
    booked(sponsor, EntryKind.ADJUSTMENT, "correction:1", ADJUSTED, 2_00)
    after = (sponsor.world.now().replace(day=1) + timedelta(days=32)).replace(day=1, hour=5)

    assert documents.issue_invoices(now=after) == 1
    assert Document.objects.get().facts["given_back_minor"] == 2_00


def test_a_month_in_which_a_credit_came_and_went_is_not_invoiced(sponsor):
    booked(sponsor, EntryKind.ADJUSTMENT, "correction:1", ADJUSTED, 2_00)
    reversed_again(sponsor, EntryKind.ADJUSTMENT, "correction:1")
    after = (sponsor.world.now().replace(day=1) + timedelta(days=32)).replace(day=1, hour=5)

    assert documents.issue_invoices(now=after) == 0


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 11, 1, 5, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2027, 1, 31, 5, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2027, 2, 1, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_month_before_is_invoiced(now, month):
    assert documents._month_before(now) == month


def test_a_month_without_movement_is_not_invoiced(sponsor):
    sponsor.paid(PAID)

    assert documents.issue_invoices(now=sponsor.world.now() - timedelta(days=120)) == 0


def test_what_another_organisation_paid_is_not_on_my_invoice(sponsor):
    sponsor.paid(PAID)
    stranger = Organisation.objects.create(name="Eve Ltd", created_at=MONDAY)
    month = sponsor.world.now().date().replace(day=1)
    facts = invoices.facts_of_month(organisation_id=stranger.id, currency="USD", month=month)

    assert (facts["paid_in_minor"], facts["spent"]) == (0, [])
