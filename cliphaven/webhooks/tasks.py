"""Events dealt with later."""

from cliphaven.foundation import clock, jobs
from cliphaven.webhooks import operations


@jobs.task(queue=jobs.Queue.PAYOUTS, name="webhooks.handle", retries=3)
def handle(*, event_pk: int, **_: object) -> None:
    """Deal with one stored event."""
    operations.handle_event(event_pk=event_pk, now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="webhooks.sweep")
def sweep(**_: object) -> None:
    """Take up events whose job was lost."""
    operations.sweep(now=clock.now())
