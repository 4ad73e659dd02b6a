"""A long file is of the moment at which it was begun, and needs no more memory than a short one."""

import gc
import io
import threading
import tracemalloc

import pytest
from django.db import connection, transaction

from cliphaven.ledger import operations
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.ledger.queries import exports
from tests.people import MONDAY

LEG = operations.Leg(
    debit=Account(kind=AccountKind.STRIPE_BALANCE, currency="USD"),
    credit=Account(kind=AccountKind.SPONSOR_WALLET, owner_id=7, currency="USD"),
    amount_minor=100,
)


def a_deposit(external_id: str) -> None:
    with transaction.atomic():
        operations.record([_entry(external_id)])


def deposits(numbers: range) -> None:
    with transaction.atomic():
        operations.record([_entry(f"pi_many_{number}") for number in numbers])


def _entry(external_id: str) -> operations.Entry:
    return operations.Entry(
        kind=EntryKind.DEPOSIT, external_id=external_id, legs=(LEG,), occurred_at=MONDAY, cause="a payment"
    )


class Interrupted(io.StringIO):
    """A file into which somebody looks, and pays meanwhile, when its third entry is written."""

    payer: threading.Thread | None = None

    def write(self, text: str) -> int:
        if "pi_3" in text and self.payer is None:
            self.payer = threading.Thread(target=self.pay)
            self.payer.start()
            self.payer.join()
        return super().write(text)

    def pay(self) -> None:
        a_deposit("pi_late")
        connection.close()


def test_what_is_committed_while_a_file_is_written_is_not_in_it(committed, monkeypatch):
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)  # so that the database is asked again after the interruption
    for number in range(1, 8):
        a_deposit(f"pi_{number}")

    file = Interrupted()
    exports.write_beancount(target=file)

    assert file.payer is not None
    assert "pi_late" not in file.getvalue()
    assert " balance Assets:Stripe:Balance  7.00 ~ 0 USD\n" in file.getvalue()


def test_the_next_file_has_it(committed):
    a_deposit("pi_1")
    exports.write_beancount(target=io.StringIO())
    a_deposit("pi_late")
    file = io.StringIO()
    exports.write_beancount(target=file)

    assert "pi_late" in file.getvalue()


class Nowhere(io.TextIOBase):
    """A file that keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


@pytest.mark.parametrize("written", [exports.write_csv, exports.write_beancount])
def test_a_long_file_needs_no_more_memory_than_a_short_one(committed, monkeypatch, written):
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 50)

    def peak() -> int:
        gc.collect()  # when that happens by itself would be counted, too
        tracemalloc.start()
        written(target=Nowhere())
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    deposits(range(200))
    written(target=Nowhere())  # what is loaded on first use is not counted
    short = peak()
    deposits(range(200, 4_000))

    assert peak() < 2 * short  # of twenty times as many rows


class Watched(io.StringIO):
    """A file during whose writing the database is asked what it still keeps to hand out."""

    kept = 0

    def write(self, text: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_cursors")
            self.kept = max(self.kept, cursor.fetchone()[0])
        return super().write(text)


@pytest.mark.parametrize("written", [exports.write_csv, exports.write_beancount])
def test_what_is_not_written_yet_stays_with_the_database(committed, written):
    a_deposit("pi_1")
    file = Watched()
    written(target=file)

    assert file.kept == 1
