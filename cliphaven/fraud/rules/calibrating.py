"""Peer tables from clips that nobody doubts: what each signal ever said of them, and what their scores ever were.

Each clip counts once for a signal and a level, with the highest value that it ever had there, however it was read. With
the tables frozen, T₁ is the score that one of a hundred such clips ever reaches, T₀ the one that five do.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from cliphaven.fraud.rules.calibration import ANY, Calibration, Peers, Ratio, frozen, peers_of
from cliphaven.fraud.rules.signals.found import Signal

HOLD_SHARE, RELEASE_SHARE = 0.01, 0.05
_PLATFORM_CLIPS_MIN = 1_000
_RATIO_CLIPS_MIN = 50
_MAD = 1.4826
_USUAL = Ratio(math.log(0.0256), 1.3)
"""Where too few clips show likes: the median of 2.56 % and the spread of 78,366 real days."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One clip among the peers: its platform, and the highest value of each signal at each level."""

    platform: str
    highest: Mapping[tuple[Signal, str], float]


def ratios_of(likes_a_view: Iterable[tuple[str, float]]) -> dict[str, Ratio]:
    """What is usual of log(likes/views), by platform and anywhere, from one share (above 0) for each clip."""
    logs: dict[str, list[float]] = {ANY: []}
    for platform, share in likes_a_view:
        logs.setdefault(platform, []).append(math.log(share))
        logs[ANY].append(math.log(share))
    found = {}
    for platform, values in sorted(logs.items()):
        if len(values) >= _RATIO_CLIPS_MIN:
            middle = median(values)
            found[platform] = Ratio(middle, max(0.1, _MAD * median(abs(value - middle) for value in values)))
    return {ANY: _USUAL, **found}


def tables_of(clips: Sequence[Seen]) -> dict[tuple[str, str, str], Peers]:
    """A table for each signal and level, and for each platform that has a thousand clips."""
    tables: dict[tuple[str, str, str], Peers] = {}
    platforms = sorted({clip.platform for clip in clips})
    for platform in [ANY, *platforms]:
        peers = [clip for clip in clips if platform in (ANY, clip.platform)]
        if platform != ANY and len(peers) < _PLATFORM_CLIPS_MIN:
            continue
        keys = sorted({key for clip in peers for key in clip.highest})
        for signal, level in keys:
            reached = [clip.highest[signal, level] for clip in peers if (signal, level) in clip.highest]
            table = peers_of(reached, clips=len(peers))
            if table is not None:
                tables[signal, platform, level] = table
    return tables


def share_reached(highest: Sequence[float], share: float) -> float:
    """The least score that no more than this share of clips ever reaches: just above the last one that is too many."""
    ordered = sorted(highest, reverse=True)
    allowed = int(share * len(ordered))
    return ordered[allowed] + 0.001 if ordered else math.inf


def made(
    *,
    source: str,
    clips: int,
    ratios: Mapping[str, Ratio],
    tables: Mapping[tuple[str, str, str], Peers],
    highest_scores: Sequence[Sequence[float]] = (),
) -> Calibration:
    """A calibration; without scores its thresholds are infinite, and nothing is ever held by it.

    `highest_scores` has one list for each way to read clips: the way that gives the most decides.
    """
    return frozen(
        source=source,
        clips=clips,
        hold_from=max((share_reached(of, HOLD_SHARE) for of in highest_scores), default=math.inf),
        release_below=max((share_reached(of, RELEASE_SHARE) for of in highest_scores), default=math.inf),
        ratios=ratios,
        tables=tables,
    )
