"""Crediting sponsors for views that a platform purged after they were paid, once the campaign is closed."""

from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import receivables
from cliphaven.foundation import money
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

_NOTE_MAX = 2_000


class CreditRefused(Refused):
    """The sponsor cannot be credited so."""

    code = "credit_refused"


@joined_transaction
def check(*, campaign_id: int, organisation_id: int | None, currency: str) -> None:
    """Look whether this sponsor can be credited for views of this campaign, in this currency. Raises CreditRefused."""
    campaign = _closed(campaign_id)
    if campaign.organisation_id != organisation_id or campaign.currency != currency:
        raise CreditRefused(
            f"Campaign {campaign_id} is one of organisation {campaign.organisation_id}, in {campaign.currency}: credit"
            " that one, in that currency"
        )


@joined_transaction
def credit_invalid_views(
    *, correction_id: int, campaign_id: int, amount_minor: int, reason: str, actor: str, now: datetime
) -> None:
    """Pay a sponsor's wallet from the reserve for invalid views, for a closed campaign.

    `correction_id` names the decision of two people that stands behind it; the same one again moves nothing. Raises
    CreditRefused while the campaign can still have its money back itself, or when the reserve holds too little.
    """
    if not reason.strip() or len(reason) > _NOTE_MAX:
        raise CreditRefused(f"Say for which views the sponsor is credited, in {_NOTE_MAX:,} characters at most")
    campaign = _closed(campaign_id)
    reserve = Account(kind=AccountKind.INVALID_VIEW_RESERVE, currency=campaign.currency)
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=campaign.organisation_id, currency=campaign.currency)
    entry = ledger.Entry(
        kind=EntryKind.INVALID_VIEW_CREDIT,
        external_id=f"correction:{correction_id}",
        legs=(ledger.Leg(debit=reserve, credit=wallet, amount_minor=amount_minor),),
        occurred_at=now,
        cause=f"campaign {campaign_id}, invalid views",
        actor=actor,
        reason=reason.strip(),
    )
    held = money.formatted(books.balance(reserve), currency=campaign.currency)
    try:
        is_new = ledger.record([entry]) > 0
    except ledger.BalanceWouldBeNegative as refusal:
        raise CreditRefused(f"The reserve for invalid views holds {held}: make a provision first") from refusal
    if is_new:
        receivables.recover(
            organisation_id=campaign.organisation_id, currency=campaign.currency, because=entry.external_id, now=now
        )


def _closed(campaign_id: int) -> campaigns.CampaignFacts:
    """The campaign, which cannot have money back itself any more."""
    try:
        campaign = campaigns.campaign(campaign_id=campaign_id)
    except campaigns.NoSuchCampaign as missing:
        raise CreditRefused(f"There is no campaign {campaign_id}") from missing
    if campaign.state != "closed":
        raise CreditRefused(
            "This campaign is not closed: reverse the earnings of these views, and it has the money back itself"
        )
    return campaign
