"""What must hold of sponsors' money at every moment: payments, refunds and budgets beside the books."""

from collections.abc import Sequence
from datetime import datetime

from cliphaven.campaigns.models import Campaign, CampaignState, Deposit, DepositState, Refund
from cliphaven.campaigns.queries import budget_account
from cliphaven.foundation.money import formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

CHUNK = 1_000
FAILURES_SHOWN_MAX = 100


@one_snapshot
def checks(*, rows_max: int | None = None) -> list[books.Check]:
    """Every property that money coming in must have; rows one by one: all, or the newest `rows_max`."""
    return [_payments_are_credited_once(rows_max), _closed_campaigns_have_nothing_left(rows_max)]


def oldest_refund_at() -> datetime | None:
    """Since when the oldest money that a sponsor asked back has been on its way; None when there is none."""
    waiting = Refund.objects.filter(booked_at=None, returned_at=None).order_by("request__requested_at")
    return waiting.values_list("request__requested_at", flat=True).first()


def _payments_are_credited_once(rows_max: int | None) -> books.Check:
    """Each payment that arrived is one deposit in the books: that amount, in its organisation's wallet.

    That the books have no other deposits is Stripe's to say: the reconciliation asks it.
    """
    paid = Deposit.objects.filter(state=DepositState.PAID).order_by("-id")
    rows = list(paid.values_list("payment_intent_id", "organisation_id", "currency", "received_minor")[:rows_max])
    failures = []
    for chunk in (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)):
        legs = [
            books.ClaimedLeg(
                external_id=str(payment_id),
                debit=Account(kind=AccountKind.STRIPE_BALANCE, currency=currency),
                credit=Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency),
                amount_minor=received_minor or 0,
            )
            for payment_id, organisation_id, currency, received_minor in chunk
        ]
        failures += [
            f"the payment {payment_id} is not in the books as it arrived"
            for payment_id in books.unlike(EntryKind.DEPOSIT, legs)
        ]
    return _check("each payment is credited once", len(rows), failures)


def _closed_campaigns_have_nothing_left(rows_max: int | None) -> books.Check:
    """What a campaign did not spend goes back to its sponsor when it is closed."""
    closed = Campaign.objects.filter(state=CampaignState.CLOSED).order_by("-id")
    accounts = {
        campaign_id: budget_account(campaign_id=campaign_id, currency=currency)
        for campaign_id, currency in closed.values_list("id", "currency")[:rows_max]
    }
    ids = list(accounts)
    failures = []
    for chunk in (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)):
        balances = books.balances([accounts[campaign_id] for campaign_id in chunk])
        failures += [
            f"campaign {campaign_id} is closed and still has "
            f"{formatted(balances[accounts[campaign_id]], currency=accounts[campaign_id].currency)}"
            for campaign_id in chunk
            if balances[accounts[campaign_id]]
        ]
    return _check("closed campaigns have nothing left", len(ids), failures)


def _check(name: str, looked_at: int, failures: Sequence[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))
