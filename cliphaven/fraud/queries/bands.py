"""How far clips and creators are doubted, as sponsors read it: a band, a few words, and nothing that accuses."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from cliphaven.clips.models import Clip
from cliphaven.fraud.models import CaseEffect, RiskCase, RiskCaseState
from cliphaven.fraud.models.cases import UNDER_WAY
from cliphaven.fraud.rules import sponsor_words
from cliphaven.tracking.models import Purge

LOOKED_BACK = timedelta(days=180)


class RiskBand(StrEnum):
    """What a sponsor is shown. `NEW` says that there is nothing to go by yet, and not that all is well."""

    NEW = "new"
    CLEAR = "clear"
    CHECKED = "checked"
    EXCLUDED = "excluded"


@dataclass(frozen=True, kw_only=True)
class ShownBand:
    """A band with why, each reason in a few words. While views are checked that ends by itself at `until`."""

    band: RiskBand
    reasons: Sequence[str]
    until: datetime | None = None


def bands_of_clips(clip_ids: Collection[int]) -> dict[int, ShownBand]:
    """The band of each clip of which views are being checked or were left out; others are absent.

    Only what moves money: signals in shadow and the sample that is never held are nobody's business.
    """
    cases = RiskCase.objects.filter(clip_id__in=clip_ids, effect=CaseEffect.HOLD).select_related("because")
    told = cases.filter(state__in=(*UNDER_WAY, RiskCaseState.VOIDED)).order_by("id")
    found: dict[int, ShownBand] = {}
    for case in told:
        signals = [reason["signal"] for reason in case.because.reasons if reason["is_live"]]
        is_open = case.state in UNDER_WAY
        if not is_open and case.clip_id in found and found[case.clip_id].band is RiskBand.CHECKED:
            continue
        found[case.clip_id] = ShownBand(
            band=RiskBand.CHECKED if is_open else RiskBand.EXCLUDED,
            reasons=sponsor_words.words(signals),
            until=(case.voids_at or case.expires_at) if is_open else None,
        )
    return found


def bands_of_waiting(clips: Collection[tuple[int, int]], *, now: datetime) -> dict[int, ShownBand]:
    """The band of each clip that waits for its review, by id, from (clip, creator): what is known of the creator's
    earlier clips of the last 180 days. Views of the clip itself are judged from the first reading on."""
    creators = sorted({creator_id for _, creator_id in clips})
    since = now - LOOKED_BACK
    earlier = _counts(Clip.objects.filter(tracked__measured_at__gt=since), creators)
    checked = _counts(
        Clip.objects.filter(cases__effect=CaseEffect.HOLD, cases__state__in=UNDER_WAY).distinct(), creators
    )
    left_out = Q(id__in=Purge.objects.filter(confirmed_at__gt=since).values("clip_id")) | Q(
        cases__state=RiskCaseState.VOIDED, cases__ended_at__gt=since
    )
    gone = _counts(Clip.objects.filter(left_out).distinct(), creators)
    return {
        clip_id: _waiting(
            earlier=earlier.get(creator_id, 0), checked=checked.get(creator_id, 0), gone=gone.get(creator_id, 0)
        )
        for clip_id, creator_id in clips
    }


def _counts(clips: QuerySet[Clip], creators: Sequence[int]) -> dict[int, int]:
    rows = clips.filter(creator_id__in=creators).values_list("creator_id").annotate(Count("id", distinct=True))
    return dict(rows.order_by("creator_id"))


def _waiting(*, earlier: int, checked: int, gone: int) -> ShownBand:
    if not earlier:
        return ShownBand(band=RiskBand.NEW, reasons=["No clip of this creator was followed yet"])
    reasons = []
    if checked:
        reasons.append(f"Views of {_clips(checked)} of this creator are being checked")
    if gone:
        reasons.append(f"Views of {_clips(gone)} of this creator were taken back or left out")
    if reasons:
        return ShownBand(band=RiskBand.CHECKED, reasons=reasons)
    return ShownBand(band=RiskBand.CLEAR, reasons=[f"Nothing to note on {_clips(earlier)} of the last half year"])


def _clips(number: int) -> str:
    return "1 earlier clip" if number == 1 else f"{number:,} earlier clips"
