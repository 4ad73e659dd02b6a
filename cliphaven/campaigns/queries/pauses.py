"""Whose money is not spent for now, and why: for the accrual, for pages, and for staff who may lift it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from cliphaven.campaigns.models import Campaign, CampaignState, SpendPause
from cliphaven.campaigns.queries import payments
from cliphaven.campaigns.rules.disputes import PauseReason

PAUSES_SHOWN_MAX = 200

FOR_CREATORS = {
    PauseReason.FRAUD_WARNING: (
        "A payment of this sponsor is being checked. Views go on being counted, and what they earn is added when the"
        " check is over."
    ),
    PauseReason.CHARGEBACK: (
        "A payment of this sponsor was taken back by a card's bank, so the campaign takes no new clips for now. What"
        " you have earned is yours."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Pause:
    """One pause of an organisation's spending, for staff; `until` is when it ends by itself, None when it does not."""

    pause_id: int
    organisation_id: int
    organisation_name: str
    currency: str
    reason: PauseReason
    deposit_id: int
    since: datetime
    until: datetime | None


def spend_paused(campaign_ids: Sequence[int], *, now: datetime) -> set[int]:
    """Those of the campaigns that earn nothing for now, because their money may be of a payment under a warning.

    What a warned payment could cost is first kept together in the wallet, as a chargeback would take it. Only when the
    wallet does not hold that much do all campaigns of the organisation in that currency wait. Nothing is lost:
    accruals are differences of totals, so the next one after the pause makes up for all that was left out.
    """
    warned = set(payments.live_warnings(now).values_list("organisation_id", "currency"))
    if not warned:
        return set()
    candidates = [
        (id_, (organisation_id, currency))
        for id_, organisation_id, currency in Campaign.objects.filter(id__in=campaign_ids).values_list(
            "id", "organisation_id", "currency"
        )
        if (organisation_id, currency) in warned
    ]
    uncovered = {
        whose
        for whose in {whose for _, whose in candidates}
        if payments.spending(organisation_id=whose[0], currency=whose[1], now=now).is_uncovered
    }
    return {id_ for id_, whose in candidates if whose in uncovered}


def pause_sentences(campaign_ids: Sequence[int], *, now: datetime) -> dict[int, str]:
    """Why campaigns earn nothing or take no clips for now, in words for creators; others are absent."""
    said = dict.fromkeys(spend_paused(campaign_ids, now=now), FOR_CREATORS[PauseReason.FRAUD_WARNING])
    charged_back = set(
        SpendPause.objects.filter(reason=PauseReason.CHARGEBACK, lifted_at=None).values_list(
            "organisation_id", "currency"
        )
    )
    if charged_back:
        paused = Campaign.objects.filter(id__in=campaign_ids, state=CampaignState.PAUSED)
        for id_, organisation_id, currency in paused.values_list("id", "organisation_id", "currency"):
            if (organisation_id, currency) in charged_back:
                said.setdefault(id_, FOR_CREATORS[PauseReason.CHARGEBACK])
    return said


def live_pauses(*, now: datetime, organisation_id: int | None = None) -> list[Pause]:
    """Pauses that hold money back now, oldest first; of one organisation where given."""
    warnings = payments.live_warnings(now).values("pk")
    live = SpendPause.objects.filter(Q(pk__in=warnings) | Q(reason=PauseReason.CHARGEBACK, lifted_at=None))
    if organisation_id is not None:
        live = live.filter(organisation_id=organisation_id)
    return [
        Pause(
            pause_id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation.name,
            currency=row.currency,
            reason=PauseReason(row.reason),
            deposit_id=row.deposit_id,
            since=row.paused_since,
            until=row.lasts_until,
        )
        for row in live.select_related("organisation").order_by("paused_since", "id")[:PAUSES_SHOWN_MAX]
    ]
