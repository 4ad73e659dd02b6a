"""What is closed and sealed, and what holds the books back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

LISTED_MAX = 400  # a year of days, and some


@dataclass(frozen=True, kw_only=True)
class Close:
    """One close: nothing is dated at or before `through` any more; `last_leg` is the newest leg there was."""

    no: int
    through: datetime
    last_leg: int
    closed_at: datetime
    actor: str


@dataclass(frozen=True, kw_only=True)
class Seal:
    """One link of the chain: a hash over the legs after `after_leg` up to `upto_leg`, their number and their total.

    The total adds up minor units of all currencies; it is a check figure and no amount of money.
    """

    no: int
    after_leg: int
    upto_leg: int
    legs: int
    total: int
    chain: str
    sealed_at: datetime


def closed_through() -> datetime | None:
    """The last closed moment, or None while nothing is closed. Answers about moments up to it never change."""
    with connection.cursor() as cursor:
        cursor.execute("select through from ledger_close order by no desc limit 1")
        row = cursor.fetchone()
    return row[0] if row else None


def closable_through() -> datetime | None:
    """The furthest that the next close may go: a week further than the last one. None while the books are empty."""
    with connection.cursor() as cursor:
        cursor.execute("select ledger_closable_through()")
        moment: datetime | None = cursor.fetchone()[0]
    return moment


def closes(*, limit: int = LISTED_MAX) -> list[Close]:
    """The newest closes first, at most LISTED_MAX."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select no, through, last_leg, closed_at, actor from ledger_close order by no desc limit %s",
            [min(limit, LISTED_MAX)],
        )
        return [
            Close(no=no, through=through, last_leg=last_leg, closed_at=closed_at, actor=actor)
            for no, through, last_leg, closed_at, actor in cursor.fetchall()
        ]


def seals(*, limit: int = LISTED_MAX) -> list[Seal]:
    """The newest seals first, at most LISTED_MAX."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select no, after_leg, upto_leg, legs, total, encode(chain, 'hex'), sealed_at from ledger_seal"
            " order by no desc limit %s",
            [min(limit, LISTED_MAX)],
        )
        return [
            Seal(no=no, after_leg=after_leg, upto_leg=upto_leg, legs=legs, total=int(total), chain=chain, sealed_at=at)
            for no, after_leg, upto_leg, legs, total, chain, at in cursor.fetchall()
        ]


def horizon_age() -> timedelta:
    """How long the oldest open transaction of this database has been holding back what is final.

    As long as it lasts, no checkpoint covers what was recorded after it began. Sessions of roles that ours may not
    look into do not count.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(max(clock_timestamp() - xact_start), interval '0') from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            "   and (backend_xid is not null or backend_xmin is not null)"
        )
        [age] = cursor.fetchone()
    assert isinstance(age, timedelta)
    return max(age, timedelta(0))
