"""How fast a clip gains views: an estimate that each reading moves, and that grows doubtful between two readings.

Interest in a clip dies away roughly as one over its age, so what is estimated is nearly constant for a clip's whole
life: x = log(views an hour × (age in hours + 4)). A Kalman filter (R. E. Kalman, 1960) follows x with two numbers, its
mean and its variance. Where a reading is too coarse for a logarithm (few views, or a display that moves in steps of
thousands), the number of steps is weighed as a Poisson count instead: a display that stands still says little, and
what it says, it says softly.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

from cliphaven.tracking.rules.believed import display_step
from cliphaven.tracking.rules.hours import hours

AGE_OFFSET_HOURS = 4.0
"""Interest does not die away from the first minute on: a clip of no age counts as four hours old."""
RATE_FLOOR = 0.3
"""Views an hour that every clip is taken to gain at least: nothing is ever believed to stand still for good."""
_RATE_CEILING = 1e9
_VARIANCE_MAX = 4.0
_DRIFT_PER_HOUR = 0.03
_MODEL_VARIANCE = 0.3**2
_SURPRISE_SIGMAS = 2.5
_FEW_VIEWS = 5
_FEW_STEPS = 2
_ROUND = (10_000_000, 1_000_000, 100_000, 10_000, 1_000)
_DIGITS_SHOWN = 10
_LOG_MIN, _LOG_MAX = -30.0, 40.0


@dataclass(frozen=True, slots=True)
class GrowthEstimate:
    """What is believed of a clip's growth: `log_rate` is the mean of x, `variance` the square of its doubt."""

    log_rate: float
    variance: float


PRIOR = GrowthEstimate(log_rate=4.0, variance=_VARIANCE_MAX)
"""A clip nobody looked at: about 14 views an hour in its first hour, give or take a factor of seven."""


def expected_rate(estimate: GrowthEstimate, *, age: timedelta) -> float:
    """Views an hour at this age. Always positive and finite; doubt raises it, as the mean of a log-normal lies above
    its middle."""
    log_rate = _bounded(estimate.log_rate + _sane(estimate.variance) / 2)
    return min(max(math.exp(log_rate) / (_age(age) + AGE_OFFSET_HOURS), RATE_FLOOR), _RATE_CEILING)


def expected_gain(estimate: GrowthEstimate, *, age: timedelta, over: timedelta) -> float:
    """Views gained in the time `over` that follows the age `age`, if the rate falls as one over age."""
    start = _age(age) + AGE_OFFSET_HOURS
    return expected_rate(estimate, age=age) * start * math.log1p(max(0.0, hours(over)) / start)


def step_of(platform: str, views: int) -> int:
    """How coarsely this count is shown, told by the count itself: it must be a multiple of the step.

    That is the step by which its platform is known to round, or the zeros at its end if they are at least three: an
    exact count ends like that once in a thousand times. Two digits are always taken for exact.
    """
    step = display_step(platform, views)
    if step > 1 and views % step == 0:
        return step
    return next((power for power in _ROUND if views % power == 0 and views >= _DIGITS_SHOWN * power), 1)


def updated(
    before: GrowthEstimate | None, *, gained: int | None, over: timedelta, age: timedelta, step: int = 1
) -> GrowthEstimate:
    """The estimate after a reading at the age `age` that found `gained` views more than the one `over` before it.

    The first reading has no other before it: for it, `gained` is its whole count and `over` the age. `step` is how
    coarsely the platform shows the count. `gained` None (nothing was measured) only adds doubt; a fall counts as none.
    """
    before = PRIOR if before is None else before
    waited = max(0.0, hours(over))
    variance = min(_sane(before.variance) + _DRIFT_PER_HOUR * waited, _VARIANCE_MAX)
    mean = _bounded(before.log_rate)
    if gained is None or waited <= 0:
        return GrowthEstimate(mean, variance)
    end = _age(age) + AGE_OFFSET_HOURS
    start = max(end - waited, AGE_OFFSET_HOURS)
    exposure = math.log(end / start)
    if exposure <= 0:
        return GrowthEstimate(mean, variance)
    step = max(1, step)
    steps = max(0, gained) / step
    if steps < (_FEW_VIEWS if step == 1 else _FEW_STEPS):
        return _weighed_as_count(mean, variance, steps, exposure / step)
    noise = _MODEL_VARIANCE + 1 / gained + (0.0 if step == 1 else 1 / (6 * steps * steps))
    return _weighed_as_logarithm(mean, variance, math.log(gained / exposure), noise)


def _weighed_as_logarithm(mean: float, variance: float, seen: float, noise: float) -> GrowthEstimate:
    surprise = seen - mean
    if surprise * surprise > _SURPRISE_SIGMAS * _SURPRISE_SIGMAS * (variance + noise):
        # The clip took off or was taken off: what was known of it is of another clip.
        variance = _VARIANCE_MAX
    weight = variance / (variance + noise)
    return GrowthEstimate(_bounded(mean + weight * surprise), variance * noise / (variance + noise))


def _weighed_as_count(mean: float, variance: float, steps: float, exposure: float) -> GrowthEstimate:
    """The most likely x between what was believed and a Poisson count of `steps` in exp(x) × `exposure`; its curvature
    there is the new variance."""
    low = min(mean, mean + variance * (steps - math.exp(_bounded(mean)) * exposure))
    high = max(mean, mean + variance * steps)
    for _ in range(40):
        middle = (low + high) / 2
        if steps - math.exp(_bounded(middle)) * exposure - (middle - mean) / variance > 0:
            low = middle
        else:
            high = middle
    found = _bounded((low + high) / 2)
    return GrowthEstimate(found, variance / (1 + variance * math.exp(found) * exposure))


def _age(age: timedelta) -> float:
    return max(0.0, hours(age))


def _sane(variance: float) -> float:
    return variance if 1e-6 <= variance <= _VARIANCE_MAX else _VARIANCE_MAX


def _bounded(log_rate: float) -> float:
    return PRIOR.log_rate if math.isnan(log_rate) else min(max(log_rate, _LOG_MIN), _LOG_MAX)
