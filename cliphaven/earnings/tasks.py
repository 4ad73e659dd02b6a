"""Doors for jobs: accruing, clearing, holding what is doubted, ending holds, and what follows from purges."""

from cliphaven.earnings.operations import accruing, clearing, figures, holding, purging, suspecting
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


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.follow_purges")
def follow_purges(**_: object) -> None:
    """Hold what is unpaid of views that were taken back, and credit sponsors what was paid."""
    purging.follow_purges(now=clock.now())
    purging.settle_purges(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="earnings.keep_fairness")
def keep_fairness(**_: object) -> None:
    """Work out the public figures of fairness."""
    figures.keep_fairness(now=clock.now())
