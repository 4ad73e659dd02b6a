"""When a batch is worth sending and who rides along: a vendor's call has places, and empty ones are paid for too."""

from collections.abc import Sequence

from cliphaven.tracking.rules.policies import RIDE_SHARE

BATCH_SIZES = {"tiktok": 25, "instagram": 25, "youtube": 50}
"""Clips that one call asks about."""
_WORTH_PER_PLACE = 0.45


def is_worth_sending(urgencies: Sequence[float], *, size: int) -> bool:
    """Whether the best `size` clips want to be polled enough: Σ max(0, urgency − ½) of 11¼ for 25 places.

    So a batch is sent when its clips are nearly due on average. One clip alone sends it after three to four times the
    interval that it is worth.
    """
    best = sorted(urgencies, reverse=True)[:size]
    return sum(max(0.0, urgency - RIDE_SHARE) for urgency in best) >= _WORTH_PER_PLACE * size


def chosen(urgencies: Sequence[float], *, size: int, forced: Sequence[bool]) -> list[int]:
    """Which of a platform's candidates go into the next call, by their places in `urgencies`; none if it may wait.

    `forced` says of each whether it may not wait (the guard's limit, a person, the sweep): then the call is made, and
    they go first. Others follow by urgency, while there is room and they may ride.
    """
    if not any(forced) and not is_worth_sending(urgencies, size=size):
        return []
    order = sorted(range(len(urgencies)), key=lambda place: (not forced[place], -urgencies[place]))
    return [place for place in order if forced[place] or urgencies[place] >= RIDE_SHARE][:size]
