"""What must hold of sponsors' money at every moment: payments, refunds and budgets beside the books."""

from collections.abc import Sequence

from cliphaven.campaigns.models import Campaign, CampaignState, Deposit, DepositState
from cliphaven.campaigns.queries import budget_account
from cliphaven.foundation.money import formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind

CHUNK = 1_000
FAILURES_SHOWN_MAX = 100


@one_snapshot
def checks(*, rows_max: int | None = None) -> list[books.Check]:
    """Every property that money coming in must have; rows one by one: all, or the newest `rows_max`."""
    return [_payments_are_credited_once(rows_max), _closed_campaigns_have_nothing_left(rows_max)]


def _payments_are_credited_once(rows_max: int | None) -> books.Check:
    """Each payment that arrived is one deposit in the books, in its organisation's wallet, and there is no other."""
    paid = Deposit.objects.filter(state=DepositState.PAID)
    failures = []
    rows = list(paid.order_by("-id").values_list("id", "payment_intent_id", "organisation_id", "currency")[:rows_max])
    for deposit_id, payment_id, organisation_id, currency in rows:
        entry = books.entry(EntryKind.DEPOSIT, str(payment_id))
        wallet = f"sponsor:{organisation_id}:wallet"
        if entry is None or {(leg.credit, leg.currency) for leg in entry.legs} != {(wallet, currency)}:
            failures.append(f"deposit {deposit_id} is paid, and {payment_id} is not in the books as its wallet's")
    entries, known = books.entry_count(EntryKind.DEPOSIT), paid.count()
    if entries != known:
        failures.append(f"the books have {entries:,} deposits, {known:,} payments arrived")
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
