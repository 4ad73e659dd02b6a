"""When a profile is read next: soon again for a proof that could not be read, now and then once a channel is proved.

Pure. Every reading costs money, and a vendor's silence is nobody's fault.
"""

from datetime import datetime, timedelta

PROOF_AGAIN_AFTER = timedelta(minutes=1)
PROOF_AGAIN_AT_MOST = timedelta(hours=2)
PROOF_READS_MAX = 12
"""Readings in a row that tell nothing, of one code: one minute after the first, then ever later, some nine hours."""

RECHECK_EVERY = timedelta(days=7)
RECHECK_AGAIN_AFTER = timedelta(days=1)
MISSING_AFTER_READS = 3
MISSING_AFTER = timedelta(days=3)
"""A profile counts as not to be found when this many readings in a row, over this long, did not show it."""


def proof_again_at(*, unread: int, now: datetime, code_expires_at: datetime) -> datetime | None:
    """When to look for the code again after the `unread`th reading in a row that told nothing; None: not any more.

    Pauses double: 1, 2, 4 minutes and so on, two hours at most, as long as the code is good.
    """
    again_at = now + min(PROOF_AGAIN_AFTER * (1 << min(unread - 1, 20)), PROOF_AGAIN_AT_MOST)
    return again_at if unread < PROOF_READS_MAX and again_at < code_expires_at else None


def recheck_at(*, unread: int, now: datetime) -> datetime:
    """When to look at a proved channel again: in a week, or after a reading that told nothing, in a day, two, four."""
    if not unread:
        return now + RECHECK_EVERY
    return now + min(RECHECK_AGAIN_AFTER * (1 << min(unread - 1, 10)), RECHECK_EVERY)


def is_missing(*, unread: int, unread_since: datetime, now: datetime) -> bool:
    """Whether a proved channel was not to be read for so long that its creator should hear of it."""
    return unread >= MISSING_AFTER_READS and now - unread_since >= MISSING_AFTER
