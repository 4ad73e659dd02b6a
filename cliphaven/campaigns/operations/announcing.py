"""What happens to campaigns and wallets, told to programs of their organisation."""

from collections.abc import Mapping
from datetime import datetime

from cliphaven.campaigns.models import Campaign, Deposit, Refund
from cliphaven.deliveries import operations as deliveries
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.foundation.transactions import joined_transaction

BUDGET_USED, LAST_DAY, ENDED = "budget_used", "last_day", "ended"


@joined_transaction
def funded(*, campaign: Campaign, amount_minor: int, entry: str, now: datetime) -> None:
    """Money was set aside, by the ledger's entry of this name."""
    _moved(campaign, EventType.CAMPAIGN_FUNDED, amount_minor=amount_minor, entry=entry, now=now)


@joined_transaction
def defunded(*, campaign: Campaign, amount_minor: int, entry: str, now: datetime) -> None:
    """Unspent money went back, by the ledger's entry of this name."""
    _moved(campaign, EventType.CAMPAIGN_DEFUNDED, amount_minor=amount_minor, entry=entry, now=now)


@joined_transaction
def activated(*, campaign: Campaign, now: datetime) -> None:
    """It takes clips."""
    _became(campaign, EventType.CAMPAIGN_ACTIVATED, now=now)


@joined_transaction
def paused(*, campaign: Campaign, now: datetime) -> None:
    """It takes no new ones."""
    _became(campaign, EventType.CAMPAIGN_PAUSED, now=now)


@joined_transaction
def completed(*campaigns: Campaign, because: str, now: datetime) -> None:
    """They are over; `because` is BUDGET_USED, LAST_DAY or ENDED."""
    deliveries.announce(
        facts=[
            _fact(one, EventType.CAMPAIGN_COMPLETED, key=_moment(now), data={"because": because}) for one in campaigns
        ],
        now=now,
    )


@joined_transaction
def closed(*, campaign: Campaign, returned_minor: int, now: datetime) -> None:
    """What nobody earned is back in the wallet."""
    data = {"returned": catalogue.money(returned_minor, campaign.currency)}
    deliveries.announce(facts=[_fact(campaign, EventType.CAMPAIGN_CLOSED, key="", data=data)], now=now)


@joined_transaction
def deposited(*, deposit: Deposit, received_minor: int, now: datetime) -> None:
    """A payment is in the wallet."""
    fact = deliveries.Fact(
        type=EventType.DEPOSIT_PAID,
        key=f"deposit:{deposit.id}",
        data={"deposit_id": deposit.id, "amount": catalogue.money(received_minor, deposit.currency)},
        organisation_id=deposit.organisation_id,
    )
    deliveries.announce(facts=[fact], now=now)


@joined_transaction
def refunded(*, refund: Refund, deposit: Deposit, type_: EventType, now: datetime) -> None:
    """A refund left, or its money is back in the wallet, as `type_` says."""
    fact = deliveries.Fact(
        type=type_,
        key=f"{type_}:{refund.id}",
        data={"refund_id": refund.id, "amount": catalogue.money(refund.amount_minor, deposit.currency)},
        organisation_id=deposit.organisation_id,
    )
    deliveries.announce(facts=[fact], now=now)


def _moved(campaign: Campaign, type_: EventType, *, amount_minor: int, entry: str, now: datetime) -> None:
    data = {"amount": catalogue.money(amount_minor, campaign.currency)}
    deliveries.announce(facts=[_fact(campaign, type_, key=entry, data=data)], now=now)


def _became(campaign: Campaign, type_: EventType, *, now: datetime) -> None:
    deliveries.announce(facts=[_fact(campaign, type_, key=_moment(now), data={})], now=now)


def _fact(campaign: Campaign, type_: EventType, *, key: str, data: Mapping[str, object]) -> deliveries.Fact:
    return deliveries.Fact(
        type=type_,
        key=f"{type_}:{campaign.id}:{key}",
        data={"campaign_id": campaign.id, **data},
        organisation_id=campaign.organisation_id,
    )


def _moment(now: datetime) -> str:
    """What comes again and again is told apart by when: the same state is not entered twice at once."""
    return f"{now:%Y-%m-%dT%H:%M:%S.%f}"
