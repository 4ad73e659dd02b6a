"""Peer tables from the installation's own history: its clips that nobody doubts, as they were read."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cliphaven.clips.models import Clip
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import no_transaction
from cliphaven.fraud.models import RiskCase, RiskCaseState
from cliphaven.fraud.operations import policies
from cliphaven.fraud.rules.calibrating import Told, calibrated, heard, ratios_of
from cliphaven.fraud.rules.calibration import text_of
from cliphaven.fraud.rules.series import Snapshot
from cliphaven.tracking.models import Purge
from cliphaven.tracking.queries.readings import latest_readings

LOOKED_BACK = timedelta(days=90)
CLIPS_MIN, CLIPS_MAX = 200, 20_000
CLIPS_AT_ONCE = 500
READINGS_MIN, READINGS_MAX = 3, 400
PAUSE_HOURS = 1.0


class TooFewPeers(Refused):
    """There are not enough clips that nobody doubts."""

    code = "too_few_peers"


@no_transaction
def learn_from_history(*, staff_id: int | None, now: datetime, least: int = CLIPS_MIN) -> int:
    """Make peer tables from the clips of the last ninety days, and keep them; answers their number.

    Nothing is judged by them before a policy names them. Clips of which views were taken back, or that were decided
    against, are left out; those that were doubted and released stay in, as they are what honest clips look like. Of
    very many the newest are taken. Raises TooFewPeers where there are fewer than `least`.
    """
    clips = _peers(now=now)
    if len(clips) < least:
        raise TooFewPeers(
            f"{len(clips)} clips of the last {LOOKED_BACK.days} days are read often enough and in no doubt; peer tables"
            f" need {least}. Until then those that come with the house are used."
        )
    ratios = ratios_of((clip.platform, counts[-1].views, counts[-1].likes) for clip, counts in _read(clips))
    told = [
        Told.of(
            clip.platform,
            heard(
                counts,
                posted_at=clip.posted_at,
                ratio=ratios.get(clip.platform) or ratios["any"],
                pause_hours=PAUSE_HOURS,
            ),
        )
        for clip, counts in _read(clips)
    ]
    made = calibrated(f"{len(told)} clips of this installation up to {now:%Y-%m-%d}", [told], ratios)
    return policies.keep_peer_table(text=text_of(made), staff_id=staff_id, now=now)


def _peers(*, now: datetime) -> list[Clip]:
    bought = RiskCase.objects.filter(state__in=(RiskCaseState.VOIDING, RiskCaseState.VOIDED)).values("clip_id")
    recent = Clip.objects.filter(
        submitted_at__gt=now - LOOKED_BACK, tracked__polls__gte=READINGS_MIN, tracked__measured_at__isnull=False
    )
    honest = recent.exclude(id__in=bought).exclude(id__in=Purge.objects.values("clip_id"))
    return list(honest.order_by("-submitted_at", "-id")[:CLIPS_MAX])


def _read(clips: list[Clip]) -> Iterator[tuple[Clip, list[Snapshot]]]:
    """The clips with their readings, some hundred at a time: all at once would be too much to hold."""
    for start in range(0, len(clips), CLIPS_AT_ONCE):
        chunk = clips[start : start + CLIPS_AT_ONCE]
        readings = latest_readings([clip.pk for clip in chunk], at_most=READINGS_MAX)
        for clip in chunk:
            if counts := readings.get(clip.pk):
                yield (
                    clip,
                    [Snapshot(one.observed_at, one.views, one.likes, one.comments, one.shares) for one in counts],
                )
