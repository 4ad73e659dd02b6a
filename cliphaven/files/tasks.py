"""Doors for jobs: files that arrived, and what is left of those that nobody needs."""

from uuid import UUID

from cliphaven.files.operations import arriving, looking, removing
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.FILES, name="files.look", retries=3, retry_base_s=10)
def look(file_id: str, **_: object) -> None:
    """Look at a file; while the storage does not answer, again after 10, 100 and 1,000 seconds."""
    looking.look(file_id=UUID(file_id), now=clock.wall(), told_at=clock.now())


@jobs.task(queue=jobs.Queue.FILES, name="files.look_for_arrivals")
def look_for_arrivals(**_: object) -> None:
    """Find files that were sent and of which nobody told us."""
    arriving.look_for_arrivals(now=clock.wall())


@jobs.task(queue=jobs.Queue.FILES, name="files.clear")
def clear(**_: object) -> None:
    """Forget files that nobody sent, and delete what decided files have no use for."""
    removing.expire(now=clock.wall())
    removing.clear(now=clock.wall())


@jobs.task(queue=jobs.Queue.FILES, name="files.clear_orphans")
def clear_orphans(**_: object) -> None:
    """Delete what is in the storage and belongs to no file."""
    removing.clear_orphans()
