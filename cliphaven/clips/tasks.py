"""Doors for jobs: reading profiles, asking who made a clip, and approving what waited long enough."""

from cliphaven.clips.operations import channels, decisions, inspection
from cliphaven.foundation import clock, jobs


class ProfileNotRead(Exception):
    """The profile could not be read; the job is worth another try."""


@jobs.task(queue=jobs.Queue.CHANNELS, name="clips.check_channel", retries=5, retry_base_s=4)
def check_channel(channel_id: int, **_: object) -> None:
    """Read a profile for its code; when it cannot be read, again after 4 s, 16 s, 1, 4 and 17 minutes."""
    outcome = channels.check_channel(channel_id=channel_id, now=clock.now())
    if outcome is not None and outcome.proves_nothing:
        raise ProfileNotRead(f"channel {channel_id}")


@jobs.task(queue=jobs.Queue.SCRAPING, name="clips.inspect_waiting")
def inspect_waiting(**_: object) -> None:
    """Ask the platforms about the clips that wait for it."""
    inspection.inspect_due(read_clock=clock.now)


@jobs.task(queue=jobs.Queue.SCRAPING, name="clips.auto_approve")
def auto_approve(**_: object) -> None:
    """Approve the clips whose time for review has run out."""
    decisions.auto_approve_due(now=clock.now())
