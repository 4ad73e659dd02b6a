"""Whether the house's jobs get done, as one of the invariants: none is lost in a corner where nobody looks."""

from cliphaven.foundation import jobs
from cliphaven.ledger import queries as books


def every_job_is_seen_to() -> books.Check:
    """Each job is done, waits its time, runs with a worker that is alive, or is shown as given up."""
    open_jobs = sum(line.waiting + line.running + line.failed for line in jobs.queue_health())
    return books.Check(
        name="every job is done, waits its time, runs, or is shown as given up",
        looked_at=open_jobs,
        failures=tuple(f"job {late.number} ({late.task}) {late.why}" for late in jobs.late_jobs()),
    )
