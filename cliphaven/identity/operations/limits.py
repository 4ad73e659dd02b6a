"""Who asks too often is told to wait: counted in Redis where there is one, in PostgreSQL where there is none."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity.models import RateWindow
from cliphaven.identity.operations.refusals import SignInRefused, TooManyAttempts
from cliphaven.identity.rules.limits import Limit, Standing
from cliphaven.providers import counters

MINUTE, QUARTER, HOUR = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)
# By whom: a key, a program's sign-in or a browser's session; an address that shows nothing; an address that shows
# what opens nothing; an address at all, behind which may be a whole office.
CALLER, STRANGER, REFUSED, ADDRESS = "caller", "stranger", "refused", "address"
# At the door. These are always kept in PostgreSQL: a Redis that was emptied would open it.
LINKS, FAILURES = "links", "failures"
# By person, in whatever way they came in, pages and API together: orders that move money, and files with many rows.
MONEY, EXPORTS = "money", "exports"
WINDOWS = {
    CALLER: MINUTE,
    STRANGER: MINUTE,
    REFUSED: MINUTE,
    ADDRESS: MINUTE,
    LINKS: HOUR,
    FAILURES: QUARTER,
    MONEY: MINUTE,
    EXPORTS: HOUR,
}
Uses = Mapping[str, tuple[str, int]]
"""By the name of a limit: who, and how many times. 0 times only looks."""


@no_transaction
def count(*, uses: Uses, now: datetime) -> list[Standing]:
    """Note what was asked for, and answer where each of those who asked stands, in the same order. By the wall."""
    found = counters.count(_rows(uses, now=now), now=now)
    return count_surely(uses=uses, now=now) if found is None else _standings(uses, found, now=now)


@own_transaction
def count_surely(*, uses: Uses, now: datetime) -> list[Standing]:
    """The same, in PostgreSQL, whatever Redis says."""
    asked = _rows(uses, now=now)
    rows = sorted(asked)
    places = ", ".join(["(%s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        # In the order of their names: two who count the same things wait for each other, and never both at once.
        cursor.execute(
            f"""
            insert into identity_ratewindow as kept (bucket, used, window_ends_at) values {places}
            on conflict (bucket) do update set window_ends_at = excluded.window_ends_at, used = excluded.used
                + case when kept.window_ends_at = excluded.window_ends_at then kept.used else 0 end
            returning bucket, used
            """,  # nosec B608  # noqa: S608  # placeholders alone
            [value for row in rows for value in row],
        )
        used = dict(cursor.fetchall())
    return _standings(uses, [used[bucket] for bucket, _, _ in asked], now=now)


@no_transaction
def count_caller(*, who: str, now: datetime) -> Standing:
    """Note a request of a key, a program's sign-in or a session, and answer where they stand."""
    [standing] = count(uses={CALLER: (who, 1)}, now=now)
    return standing


@no_transaction
def count_person(*, kind: str, user_id: int, now: datetime) -> Standing:
    """Note an order about money (MONEY) or a file (EXPORTS) of a person, and answer where they stand."""
    [standing] = count(uses={kind: (f"person:{user_id}", 1)}, now=now)
    return standing


@no_transaction
def count_link(*, address: str, now: datetime) -> None:
    """Note that somebody at this address wants a mail. Raises TooManyAttempts beyond what they may."""
    [standing] = count_surely(uses={LINKS: (address, 1)}, now=now)
    if standing.is_over:
        raise TooManyAttempts("Too many mails were asked for from where you are: wait an hour, then try again")


@no_transaction
@contextmanager
def failures_counted(*, address: str, now: datetime) -> Iterator[None]:
    """Around a try at the door: raises TooManyAttempts where too many from this address were wrong, and notes another.

    Somebody who tries one password on a hundred accounts is stopped here; one account is guarded by its own count.
    """
    [standing] = count_surely(uses={FAILURES: (address, 0)}, now=now)
    if standing.used >= standing.limit.most:
        raise TooManyAttempts("Too many wrong tries from where you are: wait a quarter of an hour, then try again")
    try:
        yield
    except SignInRefused:
        count_surely(uses={FAILURES: (address, 1)}, now=now)
        raise


@own_transaction
def forget_windows(*, now: datetime) -> int:
    """Forget windows that are over; answers how many."""
    return RateWindow.objects.filter(window_ends_at__lt=now).delete()[0]


def _limit(kind: str) -> Limit:
    return Limit(kind=kind, most=settings.RATE_LIMITS[kind], window=WINDOWS[kind])


def _rows(uses: Uses, *, now: datetime) -> list[tuple[str, int, datetime]]:
    """What is kept: whose count it is as a hash, so that no list of addresses comes to be."""
    return [
        (hashlib.sha256(f"{kind}:{who}".encode()).hexdigest()[:32], times, _limit(kind).window_ends_at(now))
        for kind, (who, times) in uses.items()
    ]


def _standings(uses: Uses, used: Sequence[int], *, now: datetime) -> list[Standing]:
    limits = [_limit(kind) for kind in uses]
    return [
        Standing(limit=limit, used=times, resets_at=limit.window_ends_at(now))
        for limit, times in zip(limits, used, strict=True)
    ]
