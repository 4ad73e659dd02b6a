"""Doors for jobs: mail."""

from cliphaven.foundation import clock, jobs
from cliphaven.notifications import operations


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="notifications.send", retries=3, retry_base_s=10)
def send(message_id: int, **_: object) -> None:
    """Send one queued message; a failing job runs again after 10, 100 and 1,000 seconds."""
    operations.send_message(message_id=message_id, now=clock.now(), read_clock=clock.now)


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="notifications.sweep")
def sweep(**_: object) -> None:
    """Try messages again whose job has given up, and give up those that are too old to be of use."""
    operations.sweep_messages(now=clock.now())


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="notifications.summaries")
def summaries(**_: object) -> None:
    """Write the day's summaries."""
    operations.send_summaries(now=clock.now())
