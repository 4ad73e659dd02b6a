"""Doors for jobs: mail."""

from cliphaven.foundation import clock, jobs
from cliphaven.notifications import operations


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="notifications.send", retries=3)
def send(message_id: int, **_: object) -> None:
    """Send one queued message; a failing job runs again after 2, 4 and 8 seconds."""
    operations.send_message(message_id=message_id, now=clock.now())
