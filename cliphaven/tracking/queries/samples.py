"""Looking at some of very many followed clips, where all of them would take too long for a page."""

from dataclasses import dataclass

from django.db import connection

SAMPLED_FROM = 200_000
SAMPLE = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What stands behind the table's name in a statement, "" for all of it; and how many rows each row stands for."""

    clause: str
    stands_for: float


def of_tracked_clips() -> Sample:
    """All tracked clips, or about SAMPLE of more than SAMPLED_FROM; the same ones as long as none is added."""
    with connection.cursor() as cursor:
        # The table's own guess is enough to choose by, and costs nothing.
        cursor.execute("select greatest(reltuples, 0) from pg_class where oid = 'tracking_trackedclip'::regclass")
        [[guessed]] = cursor.fetchall()
    if guessed <= SAMPLED_FROM:
        return Sample(clause="", stands_for=1.0)
    percent = SAMPLE * 100 / guessed
    return Sample(clause=f"tablesample system ({percent:.6f}) repeatable (1)", stands_for=100 / percent)
