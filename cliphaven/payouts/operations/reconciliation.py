"""The books beside Stripe: every mirror account and what really lies there, to the cent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cliphaven.foundation.transactions import no_transaction
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountKind
from cliphaven.payouts.models import ConnectedAccount
from cliphaven.providers import stripe

CONNECTED_ACCOUNTS_MAX = 20_000
IN_FLIGHT = ("pending", "in_transit")


@dataclass(frozen=True, kw_only=True)
class ReconciliationLine:
    """One mirror account in one currency, in minor units: what the books say and what Stripe says at `compared_at`.

    For a connected account Stripe's side includes payouts in flight: the books give them up when they arrive.
    """

    account: str
    currency: str
    ledger_minor: int
    stripe_minor: int
    compared_at: datetime

    @property
    def difference_minor(self) -> int:
        """What the books have more than Stripe."""
        return self.ledger_minor - self.stripe_minor


@no_transaction
def compare_with_stripe(*, now: datetime) -> list[ReconciliationLine]:
    """Every mirror account beside Stripe's balance, the platform's first. Raises ProviderFailed."""
    lines = {(line.account, line.currency): line.balance_minor for line in books.trial_balance().lines}
    platform = ACCOUNT_TYPES[AccountKind.STRIPE_BALANCE].pattern
    compared = _compared(platform, lines, _held(None), now=now)
    accounts = ConnectedAccount.objects.filter(stripe_id__isnull=False).order_by("creator_id")
    for creator_id, stripe_id in accounts.values_list("creator_id", "stripe_id")[:CONNECTED_ACCOUNTS_MAX]:
        code = ACCOUNT_TYPES[AccountKind.STRIPE_CONNECTED].pattern.format(owner=creator_id)
        compared += _compared(code, lines, _held(stripe_id), now=now)
    return compared


def _held(connected_account: str | None) -> dict[str, int]:
    """What an account holds by currency, money on its way in and out included."""
    held = {
        currency: balance.available_minor + balance.pending_minor
        for currency, balance in stripe.balance(connected_account).items()
    }
    if connected_account is not None:
        for status in IN_FLIGHT:
            for payout in stripe.payouts_of(connected_account, status=status):
                held[payout.currency] = held.get(payout.currency, 0) + payout.amount_minor
    return held


def _compared(
    code: str, lines: Mapping[tuple[str, str], int], held: Mapping[str, int], *, now: datetime
) -> list[ReconciliationLine]:
    currencies = {currency for account, currency in lines if account == code} | held.keys()
    return [
        ReconciliationLine(
            account=code,
            currency=currency,
            ledger_minor=lines.get((code, currency), 0),
            stripe_minor=held.get(currency, 0),
            compared_at=now,
        )
        for currency in sorted(currencies)
    ]
