"""What sponsors read of views in doubt: how many are held and until when, how many were left out, what was credited."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from cliphaven.clips import queries as clips
from cliphaven.earnings.models import Accrual, EarningReversal, Hold, ReturnedTo, ReversalReason
from cliphaven.earnings.queries import credit_notes
from cliphaven.fraud import queries as fraud
from cliphaven.fraud.queries import bands

CLIPS_SHOWN_MAX = 50


@dataclass(frozen=True, kw_only=True)
class DoubtedViews:
    """So many views, and what they cost gross, in minor units."""

    views: int
    cost_minor: int


@dataclass(frozen=True, kw_only=True)
class DoubtedClip:
    """A clip of a sponsor with views in doubt. What is held comes free by itself at `until` at the latest.

    `excluded` do not count any more, and `returned_minor` of what they had cost is back already; `credited_minor` came
    as credit notes. `reasons` say in a few words what is looked at.
    """

    clip_id: int
    title: str
    creator: str
    band: str
    reasons: Sequence[str]
    held: DoubtedViews
    until: datetime | None
    excluded: DoubtedViews
    returned_minor: int
    credited_minor: int


@dataclass(frozen=True, kw_only=True)
class CampaignDoubts:
    """All that is in doubt of a campaign, with the clips of which something is; of very many the dearest."""

    held: DoubtedViews
    excluded: DoubtedViews
    returned_minor: int
    credited_minor: int
    clips: Sequence[DoubtedClip]
    clips_in_all: int

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was ever in doubt."""
        return not self.clips_in_all


def campaign_doubts(*, campaign_id: int) -> CampaignDoubts:
    """What is and was in doubt of a campaign."""
    holds = Hold.objects.filter(accrual__campaign_id=campaign_id, ended_at=None)
    reversals = EarningReversal.objects.filter(accrual__campaign_id=campaign_id)
    of_campaign = Accrual.objects.filter(campaign_id=campaign_id)
    ids = set(of_campaign.filter(Q(holds__ended_at=None, holds__isnull=False)).values_list("clip_id", flat=True))
    ids |= set(
        of_campaign.filter(Q(reversal__isnull=False) | Q(credits__isnull=False)).values_list("clip_id", flat=True)
    )
    found = sorted(
        doubted_clips(ids).values(), key=lambda one: (-(one.held.cost_minor + one.excluded.cost_minor), one.clip_id)
    )
    return CampaignDoubts(
        held=_views(holds),
        excluded=_views(reversals),
        returned_minor=_returned(reversals),
        credited_minor=sum(one.credited_minor for one in found),
        clips=found[:CLIPS_SHOWN_MAX],
        clips_in_all=len(found),
    )


def doubted_clips(clip_ids: Collection[int]) -> dict[int, DoubtedClip]:
    """Those of the clips of which something is held, was left out or was credited."""
    ids = sorted(set(clip_ids))
    named = clips.clips_named(ids)
    shown = bands.bands_of_clips(ids)
    credited = credit_notes.credited_by_clip(ids)
    open_holds = Hold.objects.filter(accrual__clip_id__in=ids, ended_at=None).select_related("accrual")
    held: dict[int, list[Hold]] = {}
    for hold in open_holds.order_by("id"):
        held.setdefault(hold.accrual.clip_id, []).append(hold)
    reversed_: dict[int, list[EarningReversal]] = {}
    for one in EarningReversal.objects.filter(accrual__clip_id__in=ids).select_related("accrual").order_by("id"):
        reversed_.setdefault(one.accrual.clip_id, []).append(one)
    return {
        clip_id: _clip(
            named[clip_id],
            shown=shown.get(clip_id),
            held=held.get(clip_id, []),
            reversals=reversed_.get(clip_id, []),
            credited_minor=credited.get(clip_id, 0),
        )
        for clip_id in ids
        if clip_id in held or clip_id in reversed_ or clip_id in credited
    }


def _clip(
    clip: clips.ClipFacts,
    *,
    shown: bands.ShownBand | None,
    held: Sequence[Hold],
    reversals: Sequence[EarningReversal],
    credited_minor: int,
) -> DoubtedClip:
    labels = [str(hold.get_reason_display()) for hold in held if not hold.placed_by.startswith(fraud.HOLDER)]
    why = [*(shown.reasons if shown else []), *_sponsor_labels(labels), *_reversal_labels(reversals)]
    if credited_minor and not why:
        why = ["Views that you had paid for were taken back by the platform"]
    return DoubtedClip(
        clip_id=clip.clip_id,
        title=clip.title,
        creator=clip.creator_name,
        band=bands.RiskBand.CHECKED if held else bands.RiskBand.EXCLUDED,
        reasons=list(dict.fromkeys(why))[:3],
        held=DoubtedViews(
            views=sum(hold.accrual.views_to - hold.accrual.views_from for hold in held),
            cost_minor=sum(hold.accrual.gross_minor for hold in held),
        ),
        until=max((hold.releases_at for hold in held), default=None),
        excluded=DoubtedViews(
            views=sum(one.accrual.views_to - one.accrual.views_from for one in reversals),
            cost_minor=sum(one.accrual.gross_minor for one in reversals),
        ),
        returned_minor=sum(one.returned_minor for one in reversals),
        credited_minor=credited_minor,
    )


_FOR_SPONSORS = {
    "Our staff is looking at the clip": "Somebody of our staff is looking at it",
    "Somebody else says that the clip is theirs": "It is being settled whose clip it is",
    "The platform took views back": "The platform took views back",
    "The views do not look like people watching": "Views are being checked",
}


def _sponsor_labels(labels: Sequence[str]) -> list[str]:
    return [_FOR_SPONSORS.get(label, label) for label in labels]


def _reversal_labels(reversals: Sequence[EarningReversal]) -> list[str]:
    words = {
        ReversalReason.BOUGHT_VIEWS: "Views were left out after a check",
        ReversalReason.VIEWS_TAKEN_BACK: "The platform took views back",
        ReversalReason.NOT_YOURS: "It was settled whose clip it is",
        ReversalReason.TERMS_BROKEN: "The clip did not keep to the terms",
        ReversalReason.OUR_MISTAKE: "We had counted wrongly",
    }
    return [words[ReversalReason(one.reason)] for one in reversals]


def _views(of_accruals: QuerySet[Hold] | QuerySet[EarningReversal]) -> DoubtedViews:
    sums = of_accruals.aggregate(
        views=Sum(F("accrual__views_to") - F("accrual__views_from")), cost=Sum("accrual__gross_minor")
    )
    return DoubtedViews(views=int(sums["views"] or 0), cost_minor=int(sums["cost"] or 0))


def _returned(reversals: QuerySet[EarningReversal]) -> int:
    back = reversals.exclude(returned_to=ReturnedTo.LOSSES).aggregate(minor=Sum("returned_minor"))
    return int(back["minor"] or 0)
