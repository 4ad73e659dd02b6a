"""Where and when a run took place: numbers mean nothing without it."""

import time

from simulator import pages


def facts(*, postgres: str, durable: bool) -> dict[str, str]:
    """The day, the machine and its programs, as words for a table."""
    waits = "wait" if durable else "do not wait"
    return {
        "day": time.strftime("%Y-%m-%d"),
        **pages.measured_on(),
        "postgresql": f"PostgreSQL {postgres}, its own defaults, commits {waits} for the disk",
    }
