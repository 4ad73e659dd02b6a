"""Sponsors' payments as refunds, disputes and warnings see them: what is left of each, and what a wallet may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from cliphaven.campaigns.models import Deposit, DepositState, Dispute, DisputeMovement, Refund, SpendPause
from cliphaven.campaigns.rules import disputes
from cliphaven.campaigns.rules import refunds as rules
from cliphaven.campaigns.rules.disputes import PauseReason
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind

# Older ones than these are long past the time in which Stripe refunds.
PAYMENTS_MAX = 1_000
STATEMENT_PAGES_MAX = 40
STATEMENT_LINES = 500


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What an organisation may do with its money in one currency now, in minor units.

    Of the wallet, `kept_back_minor` may not be set aside, because card networks warned of payments. `is_uncovered`:
    these payments are more than the wallet holds, so campaigns earn nothing meanwhile. `owed_minor` is what it owes.
    """

    wallet_minor: int
    kept_back_minor: int
    is_uncovered: bool
    owed_minor: int

    @property
    def free_minor(self) -> int:
        """What can be set aside for campaigns."""
        return 0 if self.owed_minor else self.wallet_minor - self.kept_back_minor


def payments(*, organisation_id: int, currency: str, now: datetime) -> list[rules.PaidIn]:
    """An organisation's payments that arrived, newest first, with what is left of each."""
    deposits = list(
        Deposit.objects.filter(organisation_id=organisation_id, currency=currency, state=DepositState.PAID)
        .annotate(is_warned=Exists(live_warnings(now).filter(deposit=OuterRef("pk"))))
        .order_by("-id")[:PAYMENTS_MAX]
    )
    ids = [deposit.id for deposit in deposits]
    refunded = _sums(Refund.objects.filter(deposit__in=ids, state__in=rules.REFUND_COUNTS), by="deposit")
    taken = _sums(DisputeMovement.objects.filter(dispute__deposit__in=ids), by="dispute__deposit")
    open_disputes = Dispute.objects.filter(deposit__in=ids, is_over=False).exclude(status__startswith="warning_")
    disputed = set(open_disputes.values_list("deposit", flat=True))
    return [
        rules.PaidIn(
            deposit_id=deposit.id,
            paid_at=deposit.settled_at or deposit.started_at,
            received_minor=deposit.received_minor or 0,
            refunded_minor=refunded.get(deposit.id, 0),
            disputed_minor=max(0, -taken.get(deposit.id, 0)),
            is_disputed=deposit.id in disputed,
            is_warned=deposit.is_warned,
        )
        for deposit in deposits
    ]


def live_warnings(now: datetime) -> QuerySet[SpendPause]:
    """Warnings that still keep money together: not lifted, and not over, unless the payment is in dispute by now."""
    in_dispute = Dispute.objects.filter(deposit=OuterRef("deposit"), is_over=False)
    warned = SpendPause.objects.filter(reason=PauseReason.FRAUD_WARNING, lifted_at=None)
    return warned.filter(Q(lasts_until__gt=now) | Exists(in_dispute))


def spending(*, organisation_id: int, currency: str, now: datetime) -> Spending:
    """What an organisation may do with its money in one currency now."""
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency)
    owed = Account(kind=AccountKind.SPONSOR_RECEIVABLE, owner_id=organisation_id, currency=currency)
    balances = books.balances([wallet, owed])
    found = payments(organisation_id=organisation_id, currency=currency, now=now)
    return Spending(
        wallet_minor=balances[wallet],
        kept_back_minor=rules.kept_back_minor(found, wallet_minor=balances[wallet]),
        is_uncovered=rules.is_uncovered(found, wallet_minor=balances[wallet]),
        owed_minor=balances[owed],
    )


def refundable(*, organisation_id: int, currency: str, now: datetime) -> rules.Refundable:
    """How an organisation's wallet divides into what can go back, payment by payment, and what cannot, by reason."""
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency)
    found = payments(organisation_id=organisation_id, currency=currency, now=now)
    return rules.refundable(found, wallet_minor=books.balance(wallet), now=now)


def written_off(*, organisation_id: int, currency: str) -> dict[str, int]:
    """What of an organisation's debts was given up, and stayed so, in minor units, by Stripe's id of the dispute."""
    owed = Account(kind=AccountKind.SPONSOR_RECEIVABLE, owner_id=organisation_id, currency=currency)
    lines: list[disputes.DebtLine] = []
    before: int | None = None
    for _ in range(STATEMENT_PAGES_MAX):
        page = books.statement(owed, before=before, limit=STATEMENT_LINES)
        lines += [
            disputes.DebtLine(kind=line.kind, name=line.external_id, cause=line.cause, added_minor=line.signed_minor)
            for line in page
        ]
        before = page.older
        if before is None:
            break
    return disputes.written_off(reversed(lines))


def _sums(rows: QuerySet[Refund] | QuerySet[DisputeMovement], *, by: str) -> dict[int, int]:
    grouped: Sequence[tuple[int, int]] = rows.order_by().values_list(by).annotate(Sum("amount_minor"))  # type: ignore[assignment]
    return dict(grouped)
