"""Campaigns for clips that were recorded without any: who belongs to which, and how much each may spend.

Both follow from the clips' names alone, so that every policy is tried with the same ones. A budget is a share of what
the campaign's clips really come to earn: below 1 it runs out before the recording does.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256

from cliphaven.tracking.rules.replay.curves import Curve

BUDGET_SHARES = (0.4, 1.8)
"""The least and the most share; about four of ten campaigns run out."""
CLIPS_EACH = 7.5


def assigned(curves: Sequence[Curve], *, campaigns: int) -> list[int]:
    """The campaign (from 0) of each clip, as if by lot: a campaign takes clips for as long as the recording lasts."""
    order = sorted(range(len(curves)), key=lambda place: _share(f"clip {curves[place].clip}"))
    found = [0] * len(curves)
    for rank, place in enumerate(order):
        found[place] = rank * campaigns // len(curves)
    return found


def budgets(
    curves: Sequence[Curve], of: Sequence[int], *, worth: float, shares: tuple[float, float] = BUDGET_SHARES
) -> Mapping[int, float]:
    """The budget of each campaign, in USD."""
    earned: dict[int, float] = defaultdict(float)
    for curve, campaign in zip(curves, of, strict=True):
        earned[campaign] += curve.gained * worth
    low, high = shares
    return {campaign: total * (low + (high - low) * _share(f"budget {campaign}")) for campaign, total in earned.items()}


def _share(name: str) -> float:
    """Something between 0 and 1 that looks like chance and is always the same."""
    return int.from_bytes(sha256(name.encode()).digest()[:6], "big") / 2**48
