"""Versions of a campaign's terms: written once each. Other rules are another version, for clips that come later."""

from collections.abc import Sequence
from datetime import datetime

from cliphaven.campaigns import queries, rules
from cliphaven.campaigns.models import Campaign, CampaignState, Rate, RequiredInClip, Terms
from cliphaven.campaigns.rules.clip_rules import ClipRule, in_order
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, own_transaction

_TAKES_CLIPS_AGAIN = (CampaignState.DRAFT, CampaignState.ACTIVE, CampaignState.PAUSED)


class TermsRefused(Refused):
    """The proposed terms are not sound."""

    code = "terms_refused"


@joined_transaction
def write(*, campaign_id: int, version: int, terms: rules.TermsDraft, fee_bp: int, now: datetime) -> None:
    """Write a version of sound terms, with its rates and its typed rules. `fee_bp` is our part, in 1/10,000."""
    row = Terms.objects.create(
        campaign_id=campaign_id,
        version=version,
        min_views=terms.min_views,
        max_payout_per_clip_minor=terms.max_payout_per_clip_minor,
        cap_per_creator_minor=terms.cap_per_creator_minor,
        clips_per_creator_daily=terms.clips_per_creator_daily,
        fee_bp=fee_bp,
        hold_days=terms.hold_days,
        review_hours=terms.review_hours,
        freshness_days=terms.freshness_days,
        created_at=now,
    )
    Rate.objects.bulk_create(
        Rate(terms=row, platform=platform, cpm_minor=cpm) for platform, cpm in sorted(terms.cpm_minor.items())
    )
    RequiredInClip.objects.bulk_create(
        RequiredInClip(terms=row, kind=rule.kind, value=rule.value) for rule in in_order(terms.clip_rules)
    )


@own_transaction
def change_rules(
    *,
    campaign_id: int,
    organisation_id: int,
    clip_rules: Sequence[ClipRule],
    freshness_days: int,
    now: datetime,
) -> int:
    """Ask something else of clips from now on; answers the version that holds then, which is the old one if they agree.

    Rates, caps, fee, hold and time to review stay as they are, and clips that were submitted keep their version. Raises
    NoSuchCampaign, and TermsRefused for rules that are not sound or a campaign that takes no more clips.
    """
    campaign = (
        Campaign.objects.select_for_update(no_key=True).filter(id=campaign_id, organisation_id=organisation_id).first()
    )
    if campaign is None:
        raise queries.NoSuchCampaign("There is no such campaign")
    if campaign.state not in _TAKES_CLIPS_AGAIN:
        raise TermsRefused("This campaign takes no more clips: its rules stay as they are")
    last = queries.campaign_of(campaign_id=campaign_id, organisation_id=organisation_id).terms
    wanted = rules.TermsDraft(
        cpm_minor={rate.platform: rate.cpm_minor for rate in last.rates},
        min_views=last.min_views,
        max_payout_per_clip_minor=last.max_payout_per_clip_minor,
        cap_per_creator_minor=last.cap_per_creator_minor,
        clips_per_creator_daily=last.clips_per_creator_daily,
        hold_days=last.hold_days,
        review_hours=last.review_hours,
        freshness_days=freshness_days,
        clip_rules=tuple(clip_rules),
    )
    if problems := rules.problems_of_terms(wanted):
        raise TermsRefused(". ".join(problems))
    if (in_order(wanted.clip_rules), wanted.freshness_days) == (last.clip_rules, last.freshness_days):
        return last.version
    write(campaign_id=campaign_id, version=last.version + 1, terms=wanted, fee_bp=last.fee_bp, now=now)
    return last.version + 1
