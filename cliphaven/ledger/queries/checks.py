"""What a proof answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

FAILURES_SHOWN_MAX = 100
Arguments = Mapping[str, int | list[int] | None]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One property of the books or of what they rest on: how much was looked at, and sentences about what fails it."""

    name: str
    looked_at: int
    failures: tuple[str, ...]


def checked(name: str, *, counting: str, failing: str, arguments: Arguments | None = None) -> Check:
    """A check made of two statements: one counts what is looked at, one yields a sentence for each failure.

    With arguments, a percent sign in either is written twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(counting, arguments)
        [looked_at] = cursor.fetchone()
        cursor.execute(f"{failing} limit {FAILURES_SHOWN_MAX}", arguments)  # nosec B608  # questions of ours
        failures = tuple(row[0] for row in cursor.fetchall())
    return Check(name=name, looked_at=int(looked_at), failures=failures)
