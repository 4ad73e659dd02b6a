"""The best that anybody could have done: polls of one clip chosen by somebody who knows its whole future.

The cost of a schedule is what it leaves unseen, in USD·h, and the price of each poll. Say the clip was polled at t_j
and is polled next at t_i. With S(t) = ∫ V and worth c a view, the cheapest way to have just polled at t_i costs

    f(i) = μ + min over j of  f(j) + c·(S_i − S_j) − c·V_j·(t_i − t_j)

and each j is a straight line in t_i: of slope −c·V_j, which never rises with j. So the lower hull of the lines is kept
in a queue, and each moment takes constant time on average instead of a look at all the earlier ones.
"""

from cliphaven.tracking.rules.replay.curves import Curve

_MARGIN = 1e-9


def optimum(curve: Curve, *, start: float, end: float, every: float, worth: float, price: float) -> tuple[float, int]:
    """The least cost in USD·h, and its number of polls, for one clip from `start` (seen then) to `end`, when polls may
    be made `every` so many hours. What is unseen at the end was waited for too, but needs no poll."""
    start_sum = curve.at(start)[1]
    # Lines of the hull: slope, intercept, cost so far, polls so far. `first` is the best line for the moment reached.
    slopes, intercepts, polls = [0.0], [0.0], [0]
    base = curve.at(start)[0]
    first, time, step = 0, start, 0
    moments = max(0, int((end - start) / every + _MARGIN))
    while True:
        step += 1
        last = step > moments
        time = end if last else start + step * every
        passed = time - start
        while first + 1 < len(slopes) and (
            slopes[first + 1] * passed + intercepts[first + 1] <= slopes[first] * passed + intercepts[first]
        ):
            first += 1
        count, sum_to = curve.at(time)
        # Counts from the first one on, and areas without it: small numbers, so that differences stay exact.
        area = sum_to - start_sum - base * passed
        cost = worth * area + slopes[first] * passed + intercepts[first]
        if last:
            return max(0.0, cost), polls[first]
        gained = count - base
        slope = -worth * gained
        intercept = cost + price - worth * area + worth * gained * passed
        made = polls[first] + 1
        if slope >= slopes[-1]:
            if intercept >= intercepts[-1]:
                continue  # nothing was gained since: a poll here only costs
            slopes[-1], intercepts[-1], polls[-1] = slope, intercept, made
            continue
        while len(slopes) - first >= 2 and _is_above(slopes, intercepts, slope, intercept):
            slopes.pop()
            intercepts.pop()
            polls.pop()
        slopes.append(slope)
        intercepts.append(intercept)
        polls.append(made)


def _is_above(slopes: list[float], intercepts: list[float], slope: float, intercept: float) -> bool:
    """Whether the hull's last line is nowhere the lowest, once the new one is there."""
    return (intercept - intercepts[-2]) * (slopes[-2] - slopes[-1]) <= (intercepts[-1] - intercepts[-2]) * (
        slopes[-2] - slope
    )
