"""What reversals take, and from where: one reckoning for the preview that people see and for what is then written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cliphaven.earnings.rules.taking import Available, Taken, taken

UNPAID = ("clearing", "held", "payable")


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One accrual to be reversed, in minor units; `used_minor` of its net has paid a debt of its creator before."""

    accrual_id: int
    stage: str
    net_minor: int
    fee_minor: int
    used_minor: int

    @property
    def is_unpaid(self) -> bool:
        """Whether what is left of it can simply go back."""
        return self.stage in UNPAID


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedReversal:
    """What the reversal of one accrual moves, in minor units.

    `unpaid_minor` leaves the stage that it is in. `fee_minor` of our fee goes back. `parts` are taken from the
    creator's other unpaid earnings, and `owed_minor` is what these do not cover. `returned_minor` is what the sponsor
    has back of it all; the rest of what the creator loses makes good the platform's losses.
    """

    target: Target
    unpaid_minor: int
    fee_minor: int
    parts: tuple[Taken, ...]
    owed_minor: int
    returned_minor: int

    @property
    def is_void(self) -> bool:
        """Whether it was still unpaid; otherwise it is clawed back."""
        return self.target.is_unpaid

    @property
    def taken_minor(self) -> int:
        """What other earnings pay, now or later."""
        return sum(part.amount_minor for part in self.parts) + self.owed_minor


def planned(*, targets: Sequence[Target], others: Iterable[Available], campaign_is_open: bool) -> list[PlannedReversal]:
    """Plan the reversals of some accruals of one creator: first those that are unpaid, then those that were paid.

    `others` are the creator's unpaid accruals beside them. A part of an unpaid accrual that had paid a debt was money
    that the creator had, so it is taken like what was paid out. A closed campaign has only what is still unpaid back,
    with the fee.
    """
    left = {one.accrual_id: one for one in others}
    found = []
    for target in sorted(targets, key=lambda one: not one.is_unpaid):
        unpaid_minor = target.net_minor - target.used_minor if target.is_unpaid else 0
        parts = taken(amount_minor=target.net_minor - unpaid_minor, available=left.values())
        for part in parts:
            before = left[part.accrual_id]
            # Who comes next finds less.
            left[part.accrual_id] = replace(before, left_minor=before.left_minor - part.amount_minor)
        fee_minor = target.fee_minor if target.is_unpaid or campaign_is_open else 0
        taken_minor = target.net_minor - unpaid_minor
        found.append(
            PlannedReversal(
                target=target,
                unpaid_minor=unpaid_minor,
                fee_minor=fee_minor,
                parts=tuple(parts),
                owed_minor=taken_minor - sum(part.amount_minor for part in parts),
                returned_minor=unpaid_minor + fee_minor + (taken_minor if campaign_is_open else 0),
            )
        )
    return found
