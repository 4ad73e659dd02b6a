"""Doors for jobs: polling, and forgetting old raw answers."""

from cliphaven.foundation import clock, jobs
from cliphaven.tracking.operations import lifecycle, polling


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.poll")
def poll(**_: object) -> None:
    """Poll what is due."""
    polling.poll_due(read_clock=clock.now)


@jobs.task(queue=jobs.Queue.SCRAPING, name="tracking.forget_raw_answers")
def forget_raw_answers(**_: object) -> None:
    """Drop vendors' raw answers that are older than 90 days; their digests stay."""
    lifecycle.forget_raw_answers(now=clock.now())
