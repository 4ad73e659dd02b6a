"""When a clip is polled next: often while it is young, and one step less often while it stands still.

| age of the clip | polled every |
|---|---|
| under 24 hours | 1 hour |
| under 2 days | 2 hours |
| under 4 days | 4 hours |
| under 7 days | 8 hours |
| under 14 days | 24 hours |
| under 21 days | 36 hours |
| under 30 days | 48 hours |
| older | 72 hours |

That is 73 polls in a clip's first thirty days instead of 720, and no reading is ever older than 72 hours.
"""

from datetime import datetime, timedelta

QUIET_VIEWS = 200
"""A clip that would gain fewer views than this until its next poll is quiet: waiting a step longer costs little."""

_LADDER = (
    (timedelta(hours=24), timedelta(hours=1)),
    (timedelta(days=2), timedelta(hours=2)),
    (timedelta(days=4), timedelta(hours=4)),
    (timedelta(days=7), timedelta(hours=8)),
    (timedelta(days=14), timedelta(hours=24)),
    (timedelta(days=21), timedelta(hours=36)),
    (timedelta(days=30), timedelta(hours=48)),
)
LONGEST = timedelta(hours=72)
_TICK = timedelta(microseconds=1)
_STEPS = (*(every for _, every in _LADDER), LONGEST)


def polling_interval(age: timedelta) -> timedelta:
    """How long to wait between two polls of a clip of this age; an age below zero counts as new."""
    return _STEPS[_rung(age)]


def gated_interval(age: timedelta, *, gained: int, over: timedelta, step: int = 1) -> timedelta:
    """`polling_interval`, or the next longer one if the clip is quiet: it gained `gained` views in the time `over`.

    `step` is how coarsely the platform shows the count just now (see `display_step`): a count that stands still may
    hide almost a whole step, and that is not held against the clip.
    """
    rung = _rung(age)
    most = max(0, gained) + step - 1
    # Whole microseconds: a timedelta would overflow where a huge count was gained in no time.
    quiet = over > timedelta(0) and most * (_STEPS[rung] // _TICK) < QUIET_VIEWS * (over // _TICK)
    return _STEPS[min(rung + 1, len(_STEPS) - 1)] if quiet else _STEPS[rung]


def next_due_at(
    *,
    posted_at: datetime,
    polled_at: datetime,
    gained: int | None = None,
    over: timedelta = timedelta(0),
    step: int = 1,
) -> datetime:
    """When to poll again after the poll at `polled_at`, which found `gained` views more than the one `over` before it.

    `gained` None means that this poll measured nothing, or was the first: then the age alone decides.
    """
    age = polled_at - posted_at
    if gained is None:
        return polled_at + polling_interval(age)
    return polled_at + gated_interval(age, gained=gained, over=over, step=step)


def _rung(age: timedelta) -> int:
    return next((place for place, (until, _) in enumerate(_LADDER) if age < until), len(_LADDER))
