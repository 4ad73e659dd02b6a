"""Calls that must not leave late: whoever makes one says until when, and the wire looks once more before it writes.

A process may be put to sleep at any line. What it checked before is a day old when it wakes up, and a vendor that has
forgotten the request's key by then does everything a second time. So the last look is where the bytes leave.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from cliphaven.foundation.errors import Outcome, ProviderFailed


@dataclass(frozen=True, kw_only=True)
class _Deadline:
    at: datetime
    read_clock: Callable[[], datetime]


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


class TooLate(ProviderFailed):
    """The call was not made: its time was over before its first byte had left."""

    def __init__(self) -> None:
        """What was to be done is undone, and may be asked for again by whoever looks at it anew."""
        super().__init__("It was too late to ask for this.", outcome=Outcome.NOT_EXECUTED, code="too_late")


@contextmanager
def leaving_before(at: datetime, *, read_clock: Callable[[], datetime]) -> Iterator[None]:
    """No request begun in here leaves at `at` or later; the caller of such a one hears TooLate."""
    token = _deadline.set(_Deadline(at=at, read_clock=read_clock))
    try:
        yield
    finally:
        _deadline.reset(token)


def look() -> None:
    """To be called right before bytes are written. Raises TooLate."""
    deadline = _deadline.get()
    if deadline is None:
        return
    token = _deadline.set(None)  # whatever reading the clock takes has no deadline
    try:
        now = deadline.read_clock()
    finally:
        _deadline.reset(token)
    if now >= deadline.at:
        raise TooLate
