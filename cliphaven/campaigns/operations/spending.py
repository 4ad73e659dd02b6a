"""What a sponsor may do with the wallet while a card's bank or network has a word in it."""

from datetime import datetime

from cliphaven.campaigns.models import Deposit
from cliphaven.campaigns.operations import receivables
from cliphaven.campaigns.queries import accounts, payments
from cliphaven.foundation import money
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.ledger import queries as books


class SpendingPaused(Refused):
    """The organisation owes money, or a part of its wallet is kept together for a card's bank."""

    code = "spending_paused"


@joined_transaction
def check_may_set_aside(*, organisation_id: int, currency: str, amount_minor: int, now: datetime) -> None:
    """Let an amount of the wallet go into a campaign, or raise SpendingPaused with what stands in its way.

    Whoever sets money aside is past a chargeback: its pause, if nothing is owed any more, is lifted.
    """
    # Two forms sent together must not each find the same money free.
    warned = Deposit.objects.filter(organisation_id=organisation_id, currency=currency)
    list(warned.filter(id__in=payments.live_warnings(now).values("deposit")).select_for_update().order_by("id"))
    found = payments.spending(organisation_id=organisation_id, currency=currency, now=now)
    _check_owes_nothing(owed_minor=found.owed_minor, currency=currency)
    if found.kept_back_minor and amount_minor > found.free_minor:
        kept_back = money.formatted(found.kept_back_minor, currency=currency)
        free = money.formatted(found.free_minor, currency=currency)
        raise SpendingPaused(
            f"{kept_back} of the wallet waits while a payment is checked: at most {free} can be set aside now"
        )
    receivables.lift_chargeback_pause(
        organisation_id=organisation_id, currency=currency, because="money was set aside anew", now=now
    )


@joined_transaction
def check_may_activate(*, organisation_id: int, currency: str) -> None:
    """Let a campaign take clips, or raise SpendingPaused because its sponsor owes money."""
    owed = books.balance(accounts.owed(organisation_id=organisation_id, currency=currency))
    _check_owes_nothing(owed_minor=owed, currency=currency)


def _check_owes_nothing(*, owed_minor: int, currency: str) -> None:
    if owed_minor:
        raise SpendingPaused(
            f"A card's bank took a payment back, and {money.formatted(owed_minor, currency=currency)} of it is owed:"
            " pay that much into the wallet first"
        )
