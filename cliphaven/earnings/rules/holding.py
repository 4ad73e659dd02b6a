"""How long earnings may be held."""

from datetime import datetime, timedelta

HELD_FOR_MAX = timedelta(days=60)
"""From the first day of a hold to its last, with all extensions: then it is released or voided."""


def problem_of_release(*, placed_at: datetime, releases_at: datetime, former: datetime) -> str:
    """What is wrong with a hold that began at `placed_at` ending by itself at `releases_at`; empty when nothing is.

    `former` is the moment that it has to be after: now, or the former end of a hold that is extended.
    """
    if releases_at <= former:
        return f"The day on which the hold ends must be after {former:%d %B %Y, %H:%M} UTC"
    if releases_at > placed_at + HELD_FOR_MAX:
        latest = placed_at + HELD_FOR_MAX
        return (
            f"Earnings are held for {HELD_FOR_MAX.days} days at most, here until {latest:%d %B %Y, %H:%M} UTC:"
            " decide, or let them go"
        )
    return ""
