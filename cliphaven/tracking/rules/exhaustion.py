"""Campaigns about to run out of budget: views beyond it are work nobody pays for, so they are watched closely."""

import math

_PEAK = 50.0
_FADES_OVER_HOURS = 6.0
NEAR_HOURS = 48.0
"""A campaign further from its end than this need not be looked at: the factor is below 1.02."""


def hours_until_exhausted(*, budget_left: float, forecast_unseen: float, burn_per_hour: float) -> float:
    """When the budget will be used up: what is left of it (after what is accrued), less what is probably unseen
    already, at `burn_per_hour`. All in one currency. Infinite where nothing burns, never below 0."""
    left = budget_left - max(0.0, forecast_unseen)
    if left <= 0:
        return 0.0
    return left / burn_per_hour if burn_per_hour > 0 else math.inf


def exhaustion_hazard(hours_left: float) -> float:
    """How many times dearer unseen views are for a campaign that lasts `hours_left` more hours: 1 far from the end,
    51 at it."""
    return 1.0 + _PEAK * math.exp(-max(0.0, hours_left) / _FADES_OVER_HOURS)
