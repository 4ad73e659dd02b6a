"""What sponsors are told of their own money. Amounts are whole minor units with their currency, nothing else."""

from datetime import date, datetime

from ninja import Schema

from cliphaven.campaigns.queries import invoices, wallets
from cliphaven.foundation.shapes import Money, MoneyOrder, Order
from cliphaven.ledger import queries as books


class Why(Schema):
    """A part of the money that cannot go back now: why, and what to do; `campaign_id` holds it, where one does."""

    amount: Money
    sentence: str
    what_to_do: str
    campaign_id: int | None


class Wallet(Schema):
    """A sponsor's money in one currency. What was paid in is refundable, going back, or one of `why`."""

    currency: str
    balance: Money
    free: Money
    in_campaigns: Money
    refundable: Money
    refunding: Money
    kept_back: Money
    owed: Money
    why: list[Why]


class WalletLine(Schema):
    """One line of the wallet in the books, and the balance after it."""

    id: int
    kind: str
    name: str
    occurred_at: datetime
    amount: Money
    balance_after: Money


class WalletLines(Schema):
    """A page of the wallet's lines, newest first; `next_before` goes on, null on the last page."""

    entries: list[WalletLine]
    next_before: int | None


class Refund(Schema):
    """What goes back of one payment. `request_id` is of the request that it is a part of."""

    id: int
    request_id: int
    deposit_id: int
    amount: Money
    state: str
    asked_at: datetime
    sentence: str


class Refunds(Schema):
    """A page of refunds, newest first; `next_before` goes on, null on the last page."""

    refunds: list[Refund]
    next_before: int | None


class RefundOrder(Order):
    """What shall go back of the wallet, newest payments first."""

    amount: MoneyOrder


class Document(Schema):
    """A receipt, note or invoice. `pdf` is its address on this site."""

    id: int
    kind: str
    number: str
    currency: str
    issued_on: date
    pdf: str


class Documents(Schema):
    """A page of documents, newest first; `next_before` goes on, null on the last page."""

    documents: list[Document]
    next_before: int | None


def wallet(page: wallets.WalletPage) -> Wallet:
    """A wallet as its page shows it."""

    def said(amount_minor: int) -> Money:
        return Money(amount=amount_minor, currency=page.currency)

    return Wallet(
        currency=page.currency,
        balance=said(page.balance_minor),
        free=said(page.free_minor),
        in_campaigns=said(page.in_campaigns_minor),
        refundable=said(page.refundable_minor),
        refunding=said(page.refunding_minor),
        kept_back=said(page.kept_back_minor),
        owed=said(page.owed_minor),
        why=[
            Why(
                amount=said(part.amount_minor),
                sentence=part.sentence,
                what_to_do=part.what_to_do,
                campaign_id=part.campaign_id,
            )
            for part in page.why
        ],
    )


def entry(line: books.Posting) -> WalletLine:
    """One line of a statement."""
    return WalletLine(
        id=line.leg_id,
        kind=line.kind.name.lower(),
        name=line.external_id,
        occurred_at=line.occurred_at,
        amount=Money(amount=line.signed_minor, currency=line.currency),
        balance_after=Money(amount=line.balance_minor, currency=line.currency),
    )


def refund(line: wallets.RefundLine) -> Refund:
    """One refund."""
    return Refund(
        id=line.refund_id,
        request_id=line.request_id,
        deposit_id=line.deposit_id,
        amount=Money(amount=line.amount_minor, currency=line.currency),
        state=line.state,
        asked_at=line.asked_at,
        sentence=line.sentence,
    )


def document(found: invoices.DocumentFacts, *, pdf: str) -> Document:
    """One document and where its PDF is."""
    return Document(
        id=found.document_id,
        kind=found.kind,
        number=found.number,
        currency=found.currency,
        issued_on=found.issued_at.date(),
        pdf=pdf,
    )
