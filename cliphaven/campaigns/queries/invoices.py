"""What a month was for a sponsor: money in, money back, and what each campaign spent, from the books."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q

from cliphaven.campaigns.models import Campaign, Deposit, DepositState, Document, Refund
from cliphaven.campaigns.queries import accounts
from cliphaven.campaigns.rules.documents import NAMES, number_of
from cliphaven.foundation.money import EXPONENTS
from cliphaven.identity.models import Organisation
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

DOCUMENTS_SHOWN_MAX = 60
_SPENT = (EntryKind.ACCRUAL, EntryKind.VOID, EntryKind.CLAWBACK)
# What reaches a wallet for money that was spent: views of a closed campaign that do not count, and corrections.
_GIVEN_BACK = (EntryKind.VOID, EntryKind.INVALID_VIEW_CREDIT, EntryKind.ADJUSTMENT)


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """A document as it was issued: `facts` are what it says, `name` what it is called, `number` such as "R-000042"."""

    document_id: int
    kind: str
    name: str
    number: str
    currency: str
    issued_at: datetime
    facts: dict[str, Any]


def documents(*, organisation_id: int, currency: str) -> list[DocumentFacts]:
    """An organisation's documents in one currency, newest first."""
    found = Document.objects.filter(organisation_id=organisation_id, currency=currency).order_by("-id")
    return [_facts(row) for row in found[:DOCUMENTS_SHOWN_MAX]]


def document_page(*, organisation_id: int, before: int | None) -> list[DocumentFacts]:
    """An organisation's documents in all currencies, newest first; those below the id `before` where given."""
    found = Document.objects.filter(organisation_id=organisation_id).order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    return [_facts(row) for row in found[:DOCUMENTS_SHOWN_MAX]]


def document(*, document_id: int, organisation_id: int) -> DocumentFacts | None:
    """One document of this organisation; None when there is none such, or it is another's: both look alike."""
    row = Document.objects.filter(id=document_id, organisation_id=organisation_id).first()
    return _facts(row) if row is not None else None


def to_invoice(month: date) -> list[tuple[int, str]]:
    """Organisations by id and currency that paid, were refunded, were given something back or had a campaign's budget
    touched in a month, and have no invoice for it yet."""
    since, until = _bounds(month)
    paid = Deposit.objects.filter(state=DepositState.PAID, settled_at__gte=since, settled_at__lt=until)
    left, came_back = Q(booked_at__gte=since, booked_at__lt=until), Q(returned_at__gte=since, returned_at__lt=until)
    refunded = Refund.objects.filter(left | came_back, booked_at__isnull=False)
    moved = set(paid.values_list("organisation_id", "currency"))
    moved |= set(refunded.values_list("request__organisation_id", "request__currency"))
    campaigns = {
        Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=id_, currency=currency): (organisation_id, currency)
        for id_, organisation_id, currency in Campaign.objects.filter(created_at__lt=until).values_list(
            "id", "organisation_id", "currency"
        )
    }
    moved |= {campaigns[account] for account, _ in books.turnover(list(campaigns), since=since, until=until)}
    wallets = {
        accounts.wallet(organisation_id=organisation_id, currency=currency): (organisation_id, currency)
        for organisation_id in Organisation.objects.values_list("id", flat=True)
        for currency in EXPONENTS
    }
    given_back = books.turnover(list(wallets), since=since, until=until, net_of_reversals=True)
    moved |= {wallets[account] for (account, kind), amount in given_back.items() if kind in _GIVEN_BACK and amount}
    issued = set(Document.objects.filter(month_starts_on=month).values_list("organisation_id", "currency"))
    return sorted(moved - issued)


def facts_of_month(*, organisation_id: int, currency: str, month: date) -> dict[str, Any]:
    """What an invoice for a month says; amounts in minor units of the currency."""
    since, until = _bounds(month)
    titles = dict(
        Campaign.objects.filter(organisation_id=organisation_id, currency=currency).values_list("id", "title")
    )
    budgets = {
        Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=id_, currency=currency): title
        for id_, title in titles.items()
    }
    wallet = accounts.wallet(organisation_id=organisation_id, currency=currency)
    refunding = accounts.refunding(organisation_id=organisation_id, currency=currency)
    moved = books.turnover([wallet, refunding, *budgets], since=since, until=until, net_of_reversals=True)
    spent = [
        {"campaign": title, "amount_minor": amount_minor}
        for account, title in budgets.items()
        for amount_minor in [-sum(moved.get((account, kind), 0) for kind in _SPENT)]
        if amount_minor
    ]
    returned = moved.get((wallet, EntryKind.REFUND_FAILED), 0) + moved.get((refunding, EntryKind.REFUND_FAILED), 0)
    return {
        "month": month.isoformat(),
        "paid_in_minor": moved.get((wallet, EntryKind.DEPOSIT), 0),
        "refunded_minor": -moved.get((refunding, EntryKind.REFUND), 0) - returned,
        "spent": spent,
        "spent_minor": sum(line["amount_minor"] for line in spent),
        "given_back_minor": sum(moved.get((wallet, kind), 0) for kind in _GIVEN_BACK),
    }


def _facts(row: Document) -> DocumentFacts:
    return DocumentFacts(
        document_id=row.id,
        kind=row.kind,
        name=NAMES[row.kind],
        number=number_of(row.kind, row.number),
        currency=row.currency,
        issued_at=row.issued_at,
        facts=row.facts,
    )


def _bounds(month: date) -> tuple[datetime, datetime]:
    since = datetime(month.year, month.month, 1, tzinfo=UTC)
    until = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
    return since, until
