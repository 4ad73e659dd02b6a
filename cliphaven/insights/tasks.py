"""Doors for jobs: telling, and having deleted what was told."""

from cliphaven.foundation import clock, jobs
from cliphaven.insights.operations import erasing, telling


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="insights.tell")
def tell(**_: object) -> None:
    """Tell what people did who said yes."""
    telling.tell(now=clock.now())


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="insights.erase")
def erase(**_: object) -> None:
    """Have deleted what was told of people who said no since."""
    erasing.erase(now=clock.now())
