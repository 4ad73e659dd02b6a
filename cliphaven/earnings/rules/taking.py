"""From which earnings an amount is taken: by stage, and in each from the oldest; and which fit into an amount."""

from collections.abc import Iterable
from dataclasses import dataclass

# What is furthest from the bank first: payable money is what the next Monday is reckoned with.
_ORDER = ("clearing", "held", "payable")


@dataclass(frozen=True, kw_only=True, slots=True)
class Available:
    """What is left of one unpaid accrual, in minor units, and the stage that it is in."""

    accrual_id: int
    stage: str
    left_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What is taken from one accrual."""

    accrual_id: int
    stage: str
    amount_minor: int


def taken(*, amount_minor: int, available: Iterable[Available]) -> list[Taken]:
    """Take up to `amount_minor`; what the accruals do not cover is missing in the answer."""
    found = []
    for accrual in sorted(available, key=lambda one: (_ORDER.index(one.stage), one.accrual_id)):
        part = min(accrual.left_minor, amount_minor)
        if part > 0:
            found.append(Taken(accrual_id=accrual.accrual_id, stage=accrual.stage, amount_minor=part))
            amount_minor -= part
    return found


def within(amounts: Iterable[tuple[int, int]], *, most_minor: int) -> set[int]:
    """The first of (id, amount) that come to no more than `most_minor` together; what is too much is passed over."""
    chosen: set[int] = set()
    for entry_id, amount_minor in amounts:
        if amount_minor <= most_minor:
            chosen.add(entry_id)
            most_minor -= amount_minor
    return chosen
