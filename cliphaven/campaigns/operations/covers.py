"""The picture of a campaign: brought and removed by those who may change the campaign."""

from datetime import datetime
from uuid import UUID

from cliphaven.campaigns import queries
from cliphaven.files.operations import asking, removing
from cliphaven.files.rules import Purpose
from cliphaven.foundation.transactions import no_transaction


@no_transaction
def ask(
    *,
    campaign_id: int,
    organisation_id: int,
    person_id: int,
    said_name: str,
    said_type: str,
    size_bytes: int,
    request_key: str,
    now: datetime,
) -> UUID:
    """Let somebody bring a picture of a campaign of their organisation's; answers the file's name. By the wall.

    Raises NoSuchCampaign, and what `files.asking.ask` raises.
    """
    queries.campaign_of(campaign_id=campaign_id, organisation_id=organisation_id)
    return asking.ask(
        purpose=Purpose.CAMPAIGN_COVER,
        subject_id=campaign_id,
        organisation_id=organisation_id,
        person_id=person_id,
        said_name=said_name,
        said_type=said_type,
        size_bytes=size_bytes,
        request_key=request_key,
        now=now,
    )


@no_transaction
def remove(*, campaign_id: int, organisation_id: int, person_id: int, now: datetime) -> bool:
    """Show no picture of a campaign any more; answers whether there was one. Raises NoSuchCampaign."""
    queries.campaign_of(campaign_id=campaign_id, organisation_id=organisation_id)
    return removing.remove(purpose=Purpose.CAMPAIGN_COVER, subject_id=campaign_id, person_id=person_id, now=now)
