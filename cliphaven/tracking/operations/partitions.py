"""The months of observations: their tables are made ahead, and where that was left undone, when they are needed.

The processes do not own the tables: functions of the owner's make them (sql/observations.sql).
"""

from datetime import datetime

from django.db import connection

from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.tracking.rules import months


@own_transaction
def make_partitions(*, now: datetime) -> int:
    """Make the tables of this month and the next three that are not there yet; answers how many were made."""
    made = 0
    with connection.cursor() as cursor:
        for month in months.months_to_make(now):
            cursor.execute("select tracking_make_partition(%s)", [month])
            made += cursor.fetchone()[0]
    return made


@joined_transaction
def open_month(*, month: int) -> None:
    """Take ids from this month on, unless they come from a later one already; makes its table where it is missing."""
    with connection.cursor() as cursor:
        cursor.execute("select tracking_open_month(%s)", [month])
