"""Doors for jobs: polling, and forgetting old raw answers."""

from cliphaven.foundation import clock, jobs
from cliphaven.tracking.operations import (
    accounts,
    billing,
    exhaustion,
    lifecycle,
    partitions,
    polling,
    steering,
    sweeps,
)


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.poll")
def poll(**_: object) -> None:
    """Poll what is due."""
    polling.poll_due(read_clock=clock.now)


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.ask_accounts")
def ask_accounts(**_: object) -> None:
    """Ask accounts about clips that YouTube leaves out."""
    accounts.ask_accounts(read_clock=clock.now)


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.compare_all")
def compare_all(**_: object) -> None:
    """Find what is to be polled and was missed."""
    lifecycle.start_tracking(now=clock.now(), everything=True)


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.steer")
def steer(**_: object) -> None:
    """Count what polls cost, and keep to the budget."""
    steering.steer(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.weigh_campaigns")
def weigh_campaigns(**_: object) -> None:
    """Poll the clips of campaigns that run out of money sooner."""
    exhaustion.weigh_campaigns(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.cap_costs")
def cap_costs(**_: object) -> None:
    """Poll the clips of campaigns that cost too much to read seldom."""
    exhaustion.cap_costs(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.sweep")
def sweep(**_: object) -> None:
    """Poll everything once in the hour before the week's cut-off."""
    sweeps.sweep(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.forget_raw_answers")
def forget_raw_answers(**_: object) -> None:
    """Drop vendors' raw answers that are older than the setting says, and prices of long ago; digests stay."""
    lifecycle.forget_raw_answers(now=clock.now())
    steering.forget_steps(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.make_partitions")
def make_partitions(**_: object) -> None:
    """Make the tables of the months to come."""
    partitions.make_partitions(now=clock.now())


# Nightly; an Apify that does not answer is asked again for some two hours.
@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.settle_bill", retries=12)
def settle_bill(**_: object) -> None:
    """Hold our calls of yesterday against Apify's bill."""
    billing.settle_bill(now=clock.now())
