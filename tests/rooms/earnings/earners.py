"""Creators who earn, one minor unit a view less a tenth, and where their money is."""

from datetime import datetime, timedelta

from django.db import transaction

from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.queries import proofs
from cliphaven.identity.models import User
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from tests.people import MONDAY, a_campaign, an_approved_clip, ben, read_again, seen

LATER = MONDAY + timedelta(days=8)
KINDS = {
    "clearing": AccountKind.CREATOR_CLEARING,
    "held": AccountKind.CREATOR_HELD,
    "payable": AccountKind.CREATOR_PAYABLE,
    "reserved": AccountKind.CREATOR_RESERVED,
    "owed": AccountKind.CREATOR_RECEIVABLE,
}


def a_plain_campaign(*, budget_minor: int = 1_000_000, **terms: object) -> Campaign:
    """One minor unit for each view."""
    return a_campaign(budget_minor=budget_minor, terms=TermsDraft(cpm_minor={"tiktok": 1_000}, **terms))


def earned(
    gross_minor: int, *, campaign: Campaign | None = None, creator: User | None = None, at: datetime = MONDAY
) -> Accrual:
    """One new clip with so many views, and its accrual."""
    campaign = campaign or a_plain_campaign()
    clip = an_approved_clip(campaign, creator=creator)
    seen(clip, gross_minor, at=at)
    operations.accrue_campaign(campaign_id=campaign.id, now=at)
    return Accrual.objects.get(clip=clip)


def cleared(*, at: datetime = LATER) -> int:
    """Everything is looked at once more, and what is due clears."""
    read_again(at=at)
    return operations.clear_all(now=at)


def reserved(transfer_id: int = 7, *, at: datetime = LATER) -> int:
    """Everything payable of Ben's is set aside for transfers with these numbers; answers how much."""
    with transaction.atomic():
        parts = [part for part in operations.locked_payable_parts() if part.creator_id == ben().id]
        operations.reserve_for_transfers(
            reservations=[
                operations.Reservation(transfer_id=transfer_id + number, part=part) for number, part in enumerate(parts)
            ],
            cause="batch",
            now=at,
        )
    return sum(part.amount_minor for part in parts)


def balance(kind: AccountKind, owner_id: int | None = None) -> int:
    return books.balance(Account(kind=kind, owner_id=owner_id, currency="USD"))


def money_of(user: User | None = None) -> dict[str, int]:
    """Where a creator's money is: the stages that are not empty."""
    owner_id = (user or ben()).id
    return {stage: minor for stage, kind in KINDS.items() if (minor := balance(kind, owner_id))}


def budget_of(campaign: Campaign) -> int:
    return balance(AccountKind.CAMPAIGN_BUDGET, campaign.id)


def fees() -> int:
    return balance(AccountKind.PLATFORM_FEES)


def stage_of(accrual: Accrual) -> str:
    return Accrual.objects.get(id=accrual.id).stage


def broken() -> dict[str, tuple[str, ...]]:
    """What the proofs of earnings and of the books complain about; and that what is shown adds up."""
    found = {check.name: check.failures for check in proofs.books_checks() if check.failures}
    found |= {check.name: check.failures for check in books.verify() if check.failures}
    return found


def explained(user: User | None = None, *, now: datetime = LATER) -> queries.ExplainedBalance:
    return queries.explained_balance(creator_id=(user or ben()).id, currency="USD", now=now)
