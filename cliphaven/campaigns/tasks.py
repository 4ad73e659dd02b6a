"""Doors for jobs: payments whose news never came, and campaigns whose time is over."""

from cliphaven.campaigns.operations import campaigns, wallet
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.settle_deposits")
def settle_deposits(**_: object) -> None:
    """Look up every payment that is not settled."""
    wallet.settle_open_deposits(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.complete_ended")
def complete_ended(**_: object) -> None:
    """Complete campaigns whose last day is over."""
    campaigns.complete_ended_campaigns(now=clock.now())
