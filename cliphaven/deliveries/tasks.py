"""Doors for jobs: letters."""

import uuid

from cliphaven.deliveries import operations
from cliphaven.deliveries.operations import delivering
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.DELIVERIES, name=operations.DELIVER, retries=3)
def deliver(endpoint_id: str, **_: object) -> None:
    """Send what is due to one endpoint."""
    delivering.deliver(endpoint_id=uuid.UUID(endpoint_id), read_wall=clock.wall, told_at=clock.now())


@jobs.task(queue=jobs.Queue.DELIVERIES, name="deliveries.sweep")
def sweep(**_: object) -> None:
    """Take up what is due and what was lost."""
    delivering.sweep(now=clock.wall())


@jobs.task(queue=jobs.Queue.DELIVERIES, name="deliveries.forget")
def forget(**_: object) -> None:
    """Forget what stood in the log for long enough."""
    delivering.forget(now=clock.wall())
