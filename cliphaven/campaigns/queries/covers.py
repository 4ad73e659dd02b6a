"""Pictures of campaigns, and who may see them."""

from dataclasses import dataclass
from uuid import UUID

from cliphaven.campaigns.models import Campaign, CampaignState
from cliphaven.files import queries as files
from cliphaven.files.rules import Purpose


@dataclass(frozen=True, kw_only=True)
class Cover:
    """A picture that is shown with a campaign; to everybody once the campaign has been open."""

    organisation_id: int
    is_public: bool


def cover(*, campaign_id: int, file_id: UUID) -> Cover | None:
    """The picture of this campaign with this name, as long as it is shown."""
    found = files.shown_file(file_id=file_id, purpose=Purpose.CAMPAIGN_COVER)
    if found is None or found.subject_id != campaign_id:
        return None
    campaign = Campaign.objects.only("organisation_id", "state").get(id=campaign_id)
    return Cover(organisation_id=campaign.organisation_id, is_public=campaign.state != CampaignState.DRAFT)
