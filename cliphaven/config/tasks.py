"""Doors for jobs that belong to no room: the house's own upkeep."""

from cliphaven.foundation import jobs


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="house.retry_stalled_jobs")
def retry_stalled_jobs(**_: object) -> None:
    """Put back jobs whose worker has gone silent; nothing else would run them again."""
    jobs.retry_stalled()
