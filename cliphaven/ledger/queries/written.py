"""What stands in the books, leg by leg, for whoever compares two looks at them."""

from django.db import connection


def legs_as_written() -> dict[int, str]:
    """A digest of each leg by its id, of all of them: what two looks both saw must be the same.

    Seals prove that of days that are over; this, of books small enough to be read whole, at any moment.
    """
    with connection.cursor() as cursor:
        cursor.execute("select id, md5(leg::text) from ledger_leg leg")
        return dict(cursor.fetchall())
