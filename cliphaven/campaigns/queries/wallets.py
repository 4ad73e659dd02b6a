"""A sponsor's wallet as its page shows it: what is there, where the rest is, what can go back, and what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Sum

from cliphaven.campaigns.models import Campaign, Deposit, Refund
from cliphaven.campaigns.queries import disputes, invoices, pauses, payments
from cliphaven.campaigns.rules import refunds as rules
from cliphaven.campaigns.rules.disputes import PauseReason
from cliphaven.foundation.money import EXPONENTS, FIRST_CURRENCY
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

PAYMENTS_SHOWN_MAX = 10
REFUNDS_SHOWN_MAX = 10
LINES_MAX = 50
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)

_WITHHELD = {
    rules.Withheld.DISPUTED: (
        "Paid with a card whose bank disputes the payment",
        "It can be decided about once the dispute is over.",
    ),
    rules.Withheld.TOO_OLD: (
        "Paid in more than 180 days ago",
        "Stripe no longer refunds it. It can still be spent on campaigns.",
    ),
    rules.Withheld.NOT_PAID_IN: (
        "Credited to you, not paid by card",
        "There is no payment that it could go back to. It can be spent on campaigns.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Why:
    """A part of the money that cannot be refunded now: how much in minor units, why, and what to do about it.

    `campaign_id` leads to the campaign that holds it, where one does.
    """

    amount_minor: int
    sentence: str
    what_to_do: str
    campaign_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Paid:
    """One payment; `refunded_minor` of it went back or is on its way back."""

    deposit_id: int
    amount_minor: int
    state: str
    started_at: datetime
    refunded_minor: int
    receipt_id: int | None


@dataclass(frozen=True, kw_only=True)
class Returned:
    """One refund: to which payment, and the sentence that explains one which did not get there."""

    refund_id: int
    amount_minor: int
    state: str
    asked_at: datetime
    paid_at: datetime
    sentence: str
    note_id: int | None


@dataclass(frozen=True, kw_only=True)
class RefundLine:
    """One refund of one payment, in minor units of its currency, and the request that it is a part of."""

    refund_id: int
    request_id: int
    deposit_id: int
    amount_minor: int
    currency: str
    state: str
    asked_at: datetime
    sentence: str


@dataclass(frozen=True, kw_only=True)
class WalletPage:
    """Everything about a sponsor's money in one currency; amounts in minor units.

    `kept_back_minor` and `is_uncovered` tell what warnings hold up: see `payments.Spending`. `free_minor` can be set
    aside, `refundable_minor` can go back; `why` explains what of all that was paid in cannot.
    """

    currency: str
    currencies: tuple[str, ...]
    balance_minor: int
    in_campaigns_minor: int
    refunding_minor: int
    owed_minor: int
    kept_back_minor: int
    is_uncovered: bool
    free_minor: int
    refundable_minor: int
    why: tuple[Why, ...]
    payments: tuple[Paid, ...]
    refunds: tuple[Returned, ...]
    disputes: tuple[disputes.DisputeLine, ...]
    warnings: tuple[pauses.Pause, ...]
    documents: tuple[invoices.DocumentFacts, ...]
    statement: books.Statement


def currencies_of(*, organisation_id: int) -> tuple[str, ...]:
    """The currencies in which an organisation has paid or drafted anything, in the house's order."""
    used = set(Deposit.objects.filter(organisation_id=organisation_id).values_list("currency", flat=True))
    used |= set(Campaign.objects.filter(organisation_id=organisation_id).values_list("currency", flat=True))
    return tuple(currency for currency in EXPONENTS if currency in used)


def first_currency(*, organisation_id: int) -> str:
    """The currency to offer an organisation first: the first in which it has anything, or the house's first."""
    return next(iter(currencies_of(organisation_id=organisation_id)), FIRST_CURRENCY)


@one_snapshot
def wallet_page(*, organisation_id: int, currency: str, before: int | None, now: datetime) -> WalletPage:
    """A sponsor's wallet in one currency, all of it of one moment; its ledger lines are those before leg `before`."""
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency)
    refunding = Account(kind=AccountKind.SPONSOR_REFUNDING, owner_id=organisation_id, currency=currency)
    budgets = _budgets(organisation_id=organisation_id, currency=currency)
    balances = books.balances([refunding, *budgets])
    in_campaigns = {budget: balances[budget] for budget in budgets}
    spending = payments.spending(organisation_id=organisation_id, currency=currency, now=now)
    refundable = payments.refundable(organisation_id=organisation_id, currency=currency, now=now)
    live = pauses.live_pauses(now=now, organisation_id=organisation_id)
    documents = invoices.documents(organisation_id=organisation_id, currency=currency)
    return WalletPage(
        currency=currency,
        currencies=currencies_of(organisation_id=organisation_id),
        balance_minor=spending.wallet_minor,
        in_campaigns_minor=sum(in_campaigns.values()),
        refunding_minor=balances[refunding],
        owed_minor=spending.owed_minor,
        kept_back_minor=spending.kept_back_minor,
        is_uncovered=spending.is_uncovered,
        free_minor=spending.free_minor,
        refundable_minor=refundable.total_minor,
        why=(
            *(_withheld(reason, amount_minor) for reason, amount_minor in refundable.withheld.items()),
            *(_set_aside(budgets[budget], amount) for budget, amount in in_campaigns.items() if amount),
            *_earned(wallet, budgets=tuple(budgets), in_campaigns_minor=sum(in_campaigns.values()), now=now),
        ),
        payments=_payments(organisation_id=organisation_id, currency=currency),
        refunds=_refunds(organisation_id=organisation_id, currency=currency),
        disputes=tuple(disputes.disputes_of(organisation_id=organisation_id, currency=currency)),
        warnings=tuple(
            pause for pause in live if pause.reason is PauseReason.FRAUD_WARNING and pause.currency == currency
        ),
        documents=tuple(document for document in documents if document.kind == "invoice"),
        statement=books.statement(wallet, before=before),
    )


def statement(*, organisation_id: int, currency: str, before: int | None) -> books.Statement:
    """A page of a wallet's lines in the books, newest first; those before leg `before` where given."""
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency)
    return books.statement(wallet, before=before)


def refund_lines(
    *, organisation_id: int, before: int | None = None, request_id: int | None = None
) -> Sequence[RefundLine]:
    """An organisation's refunds, newest first, at most LINES_MAX; those below the id `before`, or of one request."""
    found = Refund.objects.filter(request__organisation_id=organisation_id).select_related("request")
    if before is not None:
        found = found.filter(id__lt=before)
    if request_id is not None:
        found = found.filter(request_id=request_id)
    return [
        RefundLine(
            refund_id=row.id,
            request_id=row.request_id,
            deposit_id=row.deposit_id,
            amount_minor=row.amount_minor,
            currency=row.request.currency,
            state=row.state,
            asked_at=row.request.requested_at,
            sentence=row.failure_sentence,
        )
        for row in found.order_by("-id")[:LINES_MAX]
    ]


def _budgets(*, organisation_id: int, currency: str) -> dict[Account, tuple[int, str]]:
    found = Campaign.objects.filter(organisation_id=organisation_id, currency=currency).order_by("-id")
    return {
        Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=id_, currency=currency): (id_, title)
        for id_, title in found.values_list("id", "title")
    }


def _withheld(reason: rules.Withheld, amount_minor: int) -> Why:
    sentence, what_to_do = _WITHHELD[reason]
    return Why(amount_minor=amount_minor, sentence=sentence, what_to_do=what_to_do)


def _set_aside(campaign: tuple[int, str], amount_minor: int) -> Why:
    id_, title = campaign
    return Why(
        amount_minor=amount_minor,
        sentence=f"Set aside for {title}",
        what_to_do="Take it back from the campaign first.",
        campaign_id=id_,
    )


def _earned(wallet: Account, *, budgets: tuple[Account, ...], in_campaigns_minor: int, now: datetime) -> list[Why]:
    """What views earned: all that was set aside, less what is still there, came back, or a chargeback took."""
    moved = books.turnover([wallet, *budgets], since=_ALWAYS, until=now + timedelta(days=1), net_of_reversals=True)
    kinds = (EntryKind.FUND_CAMPAIGN, EntryKind.DEFUND, EntryKind.COMPLETE, EntryKind.VOID)
    set_aside = -sum(moved.get((wallet, kind), 0) for kind in kinds)
    drained = -sum(moved.get((budget, EntryKind.CHARGEBACK), 0) for budget in budgets)
    amount_minor = set_aside - in_campaigns_minor - drained
    if not amount_minor:
        return []
    return [Why(amount_minor=amount_minor, sentence="Earned by creators, our fee included", what_to_do="It is theirs.")]


def _payments(*, organisation_id: int, currency: str) -> tuple[Paid, ...]:
    found = Deposit.objects.filter(organisation_id=organisation_id, currency=currency).order_by("-id")
    rows = list(found.prefetch_related("documents")[:PAYMENTS_SHOWN_MAX])
    refunded = dict(
        Refund.objects.filter(deposit__in=rows, state__in=rules.REFUND_COUNTS)
        .order_by()
        .values_list("deposit")
        .annotate(Sum("amount_minor"))
    )
    return tuple(
        Paid(
            deposit_id=row.id,
            amount_minor=row.received_minor or row.amount_minor,
            state=row.state,
            started_at=row.started_at,
            refunded_minor=refunded.get(row.id, 0),
            receipt_id=next((one.id for one in row.documents.all() if one.kind == "receipt"), None),
        )
        for row in rows
    )


def _refunds(*, organisation_id: int, currency: str) -> tuple[Returned, ...]:
    found = Refund.objects.filter(request__organisation_id=organisation_id, request__currency=currency)
    return tuple(
        Returned(
            refund_id=row.id,
            amount_minor=row.amount_minor,
            state=row.state,
            asked_at=row.request.requested_at,
            paid_at=row.deposit.started_at,
            sentence=row.failure_sentence,
            note_id=next((one.id for one in row.documents.all()), None),
        )
        for row in found.select_related("request", "deposit")
        .prefetch_related("documents")
        .order_by("-id")[:REFUNDS_SHOWN_MAX]
    )
