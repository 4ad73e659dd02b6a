"""Doors for jobs: what nobody can come in by any more is forgotten."""

from cliphaven.foundation import clock, jobs
from cliphaven.identity.operations import limits, tokens


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="identity.forget_spent")
def forget_spent(**_: object) -> None:
    """Forget sessions and tokens that are over, by the wall's time, in which they live."""
    tokens.forget_spent(now=clock.wall())
    limits.forget_windows(now=clock.wall())
