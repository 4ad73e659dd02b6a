"""Doors for jobs: reading profiles, asking who made a clip, and approving what waited long enough."""

from cliphaven.clips.operations import decisions, inspection, proving
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.CHANNELS, name="clips.check_channels")
def check_channels(**_: object) -> None:
    """Read the profiles that are due: for a code in a bio, or to see whether a proved channel is still there."""
    proving.check_due(read_clock=clock.now)


@jobs.task(queue=jobs.Queue.SCRAPING, name="clips.inspect_waiting")
def inspect_waiting(**_: object) -> None:
    """Ask the platforms about the clips that wait for it."""
    inspection.inspect_due(read_clock=clock.now)


@jobs.task(queue=jobs.Queue.SCRAPING, name="clips.auto_approve")
def auto_approve(**_: object) -> None:
    """Approve the clips whose time for review has run out."""
    decisions.auto_approve_due(now=clock.now())
