"""Doors for jobs: accruing, clearing, and ending holds."""

from cliphaven.earnings.operations import accruing, clearing, holding
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.accrue")
def accrue(**_: object) -> None:
    """Turn believed views into money owed."""
    accruing.accrue_all(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.clear")
def clear(**_: object) -> None:
    """Make earnings payable whose hold period is over."""
    clearing.clear_all(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.release_holds")
def release_holds(**_: object) -> None:
    """Let go what was held until now."""
    holding.release_due(now=clock.now())
