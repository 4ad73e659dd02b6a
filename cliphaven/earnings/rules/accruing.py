"""How views become money: pure arithmetic over totals, so that polling more often earns nobody a cent more.

Three limits follow each other: the terms of the clip, the cap of its creator, and the campaign's budget.

**The cap of a creator** is on the sum of all that their clips earned in the campaign, and it binds growth only. Clips
that want more than is left share it pro rata. Clips of one creator may be pinned to versions of the terms with
different caps: then the tightest cap goes first, because what is earned under a wider one uses up its room as well. The
order of the clips never matters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cliphaven.foundation import money

NO_CAP = 1 << 62
"""More than anybody can earn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipTerms:
    """The pinned numbers for one clip: minor units for 1,000 views, minimum, caps, and the fee in basis points."""

    cpm_minor: int
    min_views: int
    max_payout_minor: int | None
    creator_cap_minor: int | None = None
    fee_bp: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Where one clip stands: the believed views, and what its views earned so far, gross, in minor units."""

    clip_id: int
    creator_id: int
    views_seen: int
    gross_so_far_minor: int
    terms: ClipTerms


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What one clip earns now, in minor units.

    `capped_minor` is what the creator's cap did not let it earn, `unfunded_minor` what the budget could not pay.
    """

    clip_id: int
    creator_id: int
    gross_minor: int
    fee_minor: int
    gross_total_minor: int
    capped_minor: int
    unfunded_minor: int

    @property
    def net_minor(self) -> int:
        """What the creator gets of it."""
        return self.gross_minor - self.fee_minor


def earned_total(*, views: int, terms: ClipTerms) -> int:
    """Everything that `views` in total are worth under the terms, gross, in minor units.

    Nothing below the minimum; once it is reached, every view counts, up to the cap of the clip.
    """
    if views < terms.min_views:
        return 0
    gross = money.earned(views=views, cpm_minor=terms.cpm_minor)
    return gross if terms.max_payout_minor is None else min(gross, terms.max_payout_minor)


def wanted(position: Position) -> int:
    """What the clip has still to get: the difference of totals, never negative: what is earned never shrinks."""
    return max(0, earned_total(views=position.views_seen, terms=position.terms) - position.gross_so_far_minor)


def within_caps(*, positions: Iterable[Position], earned_by_creator: Mapping[int, int]) -> dict[int, int]:
    """What each clip may still earn under the cap of its creator, by clip; those that may earn nothing are absent.

    `earned_by_creator` is what all clips of a creator earned in the campaign so far, gross. It needs those only whose
    clips have a cap.
    """
    granted: dict[int, int] = {}
    of_capped_creators: dict[int, list[tuple[int, int, int]]] = {}
    wants = [(position, want) for position in positions if (want := wanted(position))]
    capped_creators = {position.creator_id for position, _ in wants if position.terms.creator_cap_minor is not None}
    for position, want in wants:
        if position.creator_id in capped_creators:
            line = (position.terms.creator_cap_minor or NO_CAP, position.clip_id, want)
            of_capped_creators.setdefault(position.creator_id, []).append(line)
        else:
            granted[position.clip_id] = want
    for creator_id, lines in of_capped_creators.items():
        granted |= _under_their_caps(lines, earned_minor=earned_by_creator.get(creator_id, 0))
    return {clip_id: minor for clip_id, minor in granted.items() if minor}


def _under_their_caps(lines: list[tuple[int, int, int]], *, earned_minor: int) -> dict[int, int]:
    """One creator's clips, each with its cap and what it wants; the tightest cap first, clips without one at last."""
    granted: dict[int, int] = {}
    for cap_minor, level in groupby(sorted(lines), key=lambda line: line[0]):
        wants = {clip_id: want for _, clip_id, want in level}
        shares = money.shared_pro_rata(total_minor=max(0, cap_minor - earned_minor), wants=wants)
        earned_minor += sum(shares.values())
        granted |= shares
    return granted


def steps(*, positions: Sequence[Position], budget_minor: int, earned_by_creator: Mapping[int, int]) -> list[Step]:
    """What each clip earns now from one campaign's budget, by clip id; clips that earn nothing are left out.

    A budget that cannot pay everybody is shared pro rata, with left-over cents by largest remainder; the order of
    `positions` does not matter. `earned_by_creator`: see `within_caps`.
    """
    granted = within_caps(positions=positions, earned_by_creator=earned_by_creator)
    shares = money.shared_pro_rata(total_minor=budget_minor, wants=granted)
    by_id = {position.clip_id: position for position in positions}
    found = []
    for clip_id, gross in sorted(shares.items()):
        if not gross:
            continue
        position = by_id[clip_id]
        so_far = position.gross_so_far_minor
        found.append(
            Step(
                clip_id=clip_id,
                creator_id=position.creator_id,
                gross_minor=gross,
                fee_minor=fee_of_step(gross_so_far_minor=so_far, gross_minor=gross, fee_bp=position.terms.fee_bp),
                gross_total_minor=so_far + gross,
                capped_minor=wanted(position) - granted[clip_id],
                unfunded_minor=granted[clip_id] - gross,
            )
        )
    return found


def fee_of_step(*, gross_so_far_minor: int, gross_minor: int, fee_bp: int) -> int:
    """The platform's part of a step: again a difference of totals, so that rounding never makes or loses a cent."""
    before = money.fee(gross_minor=gross_so_far_minor, fee_bp=fee_bp)
    return money.fee(gross_minor=gross_so_far_minor + gross_minor, fee_bp=fee_bp) - before
