"""Doors for jobs: accruing and clearing."""

from cliphaven.earnings import operations
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.accrue")
def accrue(**_: object) -> None:
    """Turn believed views into money owed."""
    operations.accrue_all(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.clear")
def clear(**_: object) -> None:
    """Make earnings payable whose hold period is over."""
    operations.clear_all(now=clock.now())
