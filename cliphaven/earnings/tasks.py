"""Doors for jobs: accruing, clearing, holding what is doubted, and ending holds."""

from cliphaven.earnings.operations import accruing, clearing, holding, suspecting
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.accrue")
def accrue(**_: object) -> None:
    """Turn believed views into money owed."""
    accruing.accrue_all(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.clear")
def clear(**_: object) -> None:
    """Make earnings payable whose hold period is over."""
    clearing.clear_all(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.hold_suspect")
def hold_suspect(**_: object) -> None:
    """Let money follow doubts about views, and what was decided about them."""
    suspecting.settle_cases(now=clock.now())
    suspecting.hold_suspect(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.release_holds")
def release_holds(**_: object) -> None:
    """Let go what was held until now."""
    holding.release_due(now=clock.now())
