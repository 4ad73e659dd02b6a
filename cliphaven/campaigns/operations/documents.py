"""Receipts, notes, invoices and credit notes: issued once, under the next number of their kind, and never changed.

What a document says is kept as facts in its row; the PDF is drawn from them, the same each time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings

from cliphaven.campaigns.models import Deposit, Document, DocumentCounter, DocumentKind, Refund
from cliphaven.campaigns.queries import invoices
from cliphaven.campaigns.rules import documents as rules
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.identity.models import Organisation
from cliphaven.providers.pdf import pdf

INVOICED_AT_ONCE_MAX = 1_000
ISSUER = "ClipHaven"


class NoSuchDocument(Refused):
    """There is no such document, or it is not this organisation's."""

    code = "no_such_document"


@dataclass(frozen=True, kw_only=True)
class DrawnDocument:
    """A document as a file."""

    file_name: str
    content: bytes


@joined_transaction
def issue_receipt(*, deposit_id: int, now: datetime) -> None:
    """Confirm a payment that is paid, once."""
    deposit = Deposit.objects.select_related("organisation").get(id=deposit_id)
    if Document.objects.filter(kind=DocumentKind.RECEIPT, deposit=deposit).exists():
        return
    _issue(
        kind=DocumentKind.RECEIPT,
        organisation=deposit.organisation,
        currency=deposit.currency,
        facts={"amount_minor": deposit.received_minor, "payment": deposit.payment_intent_id, "on": _day(now)},
        now=now,
        deposit=deposit,
    )


@joined_transaction
def issue_refund_note(*, refund_id: int, kind: DocumentKind, now: datetime) -> None:
    """Confirm that a refund left, or that one came back after its note was issued; each once."""
    refund = Refund.objects.select_related("deposit__organisation").get(id=refund_id)
    if Document.objects.filter(kind=kind, refund=refund).exists():
        return
    note = Document.objects.filter(kind=DocumentKind.REFUND_NOTE, refund=refund).first()
    _issue(
        kind=kind,
        organisation=refund.deposit.organisation,
        currency=refund.deposit.currency,
        facts={
            "amount_minor": refund.amount_minor,
            "refund": refund.stripe_id,
            "payment": refund.deposit.payment_intent_id,
            "note": note.number if note else None,
            "on": _day(now),
        },
        now=now,
        refund=refund,
    )


@joined_transaction
def issue_credit_note(*, organisation_id: int, currency: str, facts: dict[str, Any], now: datetime) -> int:
    """Confirm that views which were paid and do not count were credited; answers the document. Whoever credits does so
    once, and this is the last thing that its transaction does."""
    return _issue(
        kind=DocumentKind.CREDIT_NOTE,
        organisation=Organisation.objects.get(id=organisation_id),
        currency=currency,
        facts=facts,
        now=now,
    )


@no_transaction
def issue_invoices(*, now: datetime) -> int:
    """Issue what is missing of the invoices of the month that ended before `now`; answers how many."""
    month = _month_before(now)
    issued = 0
    for organisation_id, currency in invoices.to_invoice(month)[:INVOICED_AT_ONCE_MAX]:
        issued += _issue_invoice(organisation_id=organisation_id, currency=currency, month=month, now=now)
    return issued


@no_transaction
def drawn(*, document_id: int, organisation_id: int) -> DrawnDocument:
    """A document as PDF, the same each time. Raises NoSuchDocument, also when it is another organisation's."""
    found = invoices.document(document_id=document_id, organisation_id=organisation_id)
    if found is None:
        raise NoSuchDocument("There is no such document")
    said = rules.written(found.kind, facts=found.facts, currency=found.currency)
    facts = {
        **said,
        "title": found.name,
        "number": found.number,
        "organisation": found.facts["organisation"],
        "issued": f"{found.issued_at:%-d %B %Y}",
        "currency": found.currency,
        "issuer": {"name": ISSUER, "address": settings.SITE_URL},
    }
    content = pdf("campaigns/document.typ", facts=facts, made_at=found.issued_at)
    return DrawnDocument(file_name=f"{found.number}.pdf", content=content)


@own_transaction
def _issue_invoice(*, organisation_id: int, currency: str, month: date, now: datetime) -> int:
    organisation = Organisation.objects.select_for_update(no_key=True).get(id=organisation_id)
    if Document.objects.filter(organisation=organisation, currency=currency, month_starts_on=month).exists():
        return 0
    _issue(
        kind=DocumentKind.INVOICE,
        organisation=organisation,
        currency=currency,
        facts=invoices.facts_of_month(organisation_id=organisation_id, currency=currency, month=month),
        now=now,
        month=month,
    )
    return 1


def _issue(
    *,
    kind: DocumentKind,
    organisation: Organisation,
    currency: str,
    facts: dict[str, Any],
    now: datetime,
    deposit: Deposit | None = None,
    refund: Refund | None = None,
    month: date | None = None,
) -> int:
    # The counter is the last lock of every transaction that issues something, so that numbers keep nobody waiting long.
    DocumentCounter.objects.get_or_create(kind=kind)
    counter = DocumentCounter.objects.select_for_update().get(kind=kind)
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    return Document.objects.create(
        kind=kind,
        number=counter.last_number,
        organisation=organisation,
        currency=currency,
        issued_at=now,
        facts={"organisation": organisation.name, **facts},
        deposit=deposit,
        refund=refund,
        month_starts_on=month,
    ).pk


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _month_before(now: datetime) -> date:
    first = now.astimezone(UTC).date().replace(day=1)
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
