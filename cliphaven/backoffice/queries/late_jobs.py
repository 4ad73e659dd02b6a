"""Whether the house's jobs get done, as one of the invariants: none is lost in a corner where nobody looks."""

from datetime import datetime, timedelta

from cliphaven.foundation import jobs
from cliphaven.ledger import queries as books
from cliphaven.tracking import queries as tracking

# Longer than any lease of a clip, and than all the tries of a vendor's bad hour.
READ_WITHIN = timedelta(hours=8)


def every_job_is_seen_to(*, now: datetime) -> books.Check:
    """Each job is done, waits its time, runs with a worker that is alive, or is shown as given up.

    The clips that are due to be read are jobs of their own kind, without an order for each.
    """
    forgotten = tracking.forgotten_clips(due_before=now - READ_WITHIN)
    open_jobs = sum(line.waiting + line.running + line.failed for line in jobs.queue_health())
    return books.Check(
        name="every job is done, waits its time, runs, or is shown as given up",
        looked_at=open_jobs,
        failures=(
            *(f"job {late.number} ({late.task}) {late.why}" for late in jobs.late_jobs()),
            *(f"clip {clip_id} should have been read at {due_at:%Y-%m-%d %H:%M} UTC" for clip_id, due_at in forgotten),
        ),
    )
