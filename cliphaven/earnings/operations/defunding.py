"""Taking unspent money out of a campaign: never what views are worth that were seen already."""

from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.earnings.queries import positions
from cliphaven.foundation.transactions import own_transaction


@own_transaction
def defund_campaign(
    *, campaign_id: int, organisation_id: int, user_id: int, amount_minor: int, request_key: str, now: datetime
) -> bool:
    """Take unspent money of a draft or paused campaign back to the wallet; answers whether it was new.

    The same `request_key` again moves nothing. What views are worth that were seen and not counted yet stays. Raises
    DefundingRefused with the amount that can be taken, and NoSuchCampaign.
    """
    campaigns.campaign_of(campaign_id=campaign_id, organisation_id=organisation_id)
    # Locked first: nothing is counted, or funded, between the look at the views and the entry.
    campaign_operations.locked_budget(campaign_id=campaign_id)
    return campaign_operations.defund_campaign(
        campaign_id=campaign_id,
        organisation_id=organisation_id,
        user_id=user_id,
        amount_minor=amount_minor,
        spoken_for_minor=positions.uncounted(campaign_id=campaign_id).owed_minor(),
        request_key=request_key,
        now=now,
    )
