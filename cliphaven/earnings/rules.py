"""How views become money: pure arithmetic over totals, so that polling more often earns nobody a cent more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cliphaven.foundation import money


@dataclass(frozen=True, kw_only=True)
class ClipTerms:
    """The pinned numbers for one clip: minor units for 1,000 views, minimum, cap, and the fee in basis points."""

    cpm_minor: int
    min_views: int
    max_payout_minor: int | None
    fee_bp: int


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where one clip stands: the believed views, and what its views earned so far, gross, in minor units."""

    clip_id: int
    views_seen: int
    gross_so_far_minor: int
    terms: ClipTerms


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one clip earns now, in minor units; `unfunded_minor` is the part that the budget could not pay."""

    clip_id: int
    gross_minor: int
    fee_minor: int
    unfunded_minor: int

    @property
    def net_minor(self) -> int:
        """What the creator gets of it."""
        return self.gross_minor - self.fee_minor


def earned_total(*, views: int, terms: ClipTerms) -> int:
    """Everything that `views` in total are worth under the terms, gross, in minor units.

    Nothing below the minimum; once it is reached, every view counts, up to the cap.
    """
    if views < terms.min_views:
        return 0
    gross = money.earned(views=views, cpm_minor=terms.cpm_minor)
    return gross if terms.max_payout_minor is None else min(gross, terms.max_payout_minor)


def wanted(position: Position) -> int:
    """What the clip has still to get: the difference of totals, never negative: what is earned never shrinks."""
    return max(0, earned_total(views=position.views_seen, terms=position.terms) - position.gross_so_far_minor)


def steps(*, positions: Sequence[Position], budget_minor: int) -> list[Step]:
    """What each clip earns now from one campaign's budget; clips that earn nothing are left out.

    A budget that cannot pay everybody is shared pro rata, with left-over cents by largest remainder; the order of
    `positions` does not matter.
    """
    wants = {position.clip_id: want for position in positions if (want := wanted(position))}
    shares = money.shared_pro_rata(total_minor=budget_minor, wants=wants)
    by_id: Mapping[int, Position] = {position.clip_id: position for position in positions}
    return [
        Step(
            clip_id=clip_id,
            gross_minor=gross,
            fee_minor=fee_of_step(
                gross_so_far_minor=by_id[clip_id].gross_so_far_minor,
                gross_minor=gross,
                fee_bp=by_id[clip_id].terms.fee_bp,
            ),
            unfunded_minor=wants[clip_id] - gross,
        )
        for clip_id, gross in sorted(shares.items())
        if gross
    ]


def fee_of_step(*, gross_so_far_minor: int, gross_minor: int, fee_bp: int) -> int:
    """The platform's part of a step: again a difference of totals, so that rounding never makes or loses a cent."""
    before = money.fee(gross_minor=gross_so_far_minor, fee_bp=fee_bp)
    return money.fee(gross_minor=gross_so_far_minor + gross_minor, fee_bp=fee_bp) - before
