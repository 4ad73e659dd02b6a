"""What sponsors owe after a chargeback: kept back from whatever reaches their wallet next.

Whoever credits a wallet calls `recover` in the same transaction. A sweep makes up for a door that forgot.
"""

from datetime import datetime

from cliphaven.campaigns.models import Campaign, CampaignState, SpendPause
from cliphaven.campaigns.queries import accounts
from cliphaven.campaigns.rules.disputes import PauseReason
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.identity.models import Organisation
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind

SWEPT_AT_ONCE_MAX = 200


@joined_transaction
def recover(*, organisation_id: int, currency: str, because: str, now: datetime) -> int:
    """Take what an organisation owes from its wallet, as far as that goes; answers how much, in minor units.

    `because` names what has just reached the wallet, such as "pi_1": for the same event nothing is taken twice. Where
    nothing is owed afterwards, the pause of the chargeback is lifted.
    """
    wallet = accounts.wallet(organisation_id=organisation_id, currency=currency)
    owed = accounts.owed(organisation_id=organisation_id, currency=currency)
    if not books.balance(owed):
        return 0
    # Nobody else recovers from this wallet meanwhile: two who each took what is owed would take it twice, or fail.
    Organisation.objects.select_for_update(no_key=True).get(id=organisation_id)
    balances = books.balances([wallet, owed])
    amount_minor = min(balances[wallet], balances[owed])
    if amount_minor:
        entry = ledger.Entry(
            kind=EntryKind.RECOVER,
            external_id=f"sponsor:{organisation_id}:{because}",
            legs=(ledger.Leg(debit=wallet, credit=owed, amount_minor=amount_minor),),
            occurred_at=now,
            cause=f"owed after a chargeback, recovered from {because}",
        )
        ledger.record([entry])
        if amount_minor == balances[owed]:
            lift_chargeback_pause(organisation_id=organisation_id, currency=currency, because="recovered", now=now)
    return amount_minor


@joined_transaction
def lift_chargeback_pause(*, organisation_id: int, currency: str, because: str, now: datetime) -> None:
    """Let an organisation spend again that owes nothing more."""
    SpendPause.objects.filter(
        organisation_id=organisation_id, currency=currency, reason=PauseReason.CHARGEBACK, lifted_at=None
    ).update(lifted_at=now, lifted_because=because)


@no_transaction
def recover_all(*, now: datetime) -> int:
    """Recover wherever something is owed and the wallet is not empty; answers from how many wallets."""
    paused = SpendPause.objects.filter(reason=PauseReason.CHARGEBACK, lifted_at=None)
    found = paused.order_by("id").values_list("organisation_id", "currency")[:SWEPT_AT_ONCE_MAX]
    return sum(_recover_one(organisation_id=id_, currency=currency, now=now) > 0 for id_, currency in found)


@own_transaction
def _recover_one(*, organisation_id: int, currency: str, now: datetime) -> int:
    because = f"wallet:{currency}:{now:%Y%m%dT%H%M%S}"
    recovered = recover(organisation_id=organisation_id, currency=currency, because=because, now=now)
    running = Campaign.objects.filter(
        organisation_id=organisation_id, currency=currency, state=CampaignState.ACTIVE
    ).exists()
    if running and not books.balance(accounts.owed(organisation_id=organisation_id, currency=currency)):
        # The sponsor let a campaign go on, which nobody who owes anything can.
        lift_chargeback_pause(organisation_id=organisation_id, currency=currency, because="campaigns go on", now=now)
    return recovered
