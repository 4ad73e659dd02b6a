"""The chain of seals: what was changed, added or taken away afterwards, by whatever means, is named."""

import hashlib
from datetime import timedelta

import pytest

from cliphaven.ledger import operations, queries
from tests.rooms.ledger.bookkeeping import MONDAY, a_deposit, a_funding, failures, record, sql, unguarded

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sealed() -> None:
    """Three days with two legs each, sealed every evening."""
    for day in range(3):
        record(a_deposit(day, 100, at=MONDAY + day * DAY), a_funding(day, 30, at=MONDAY + day * DAY))
        operations.seal_books(now=MONDAY + day * DAY)


def test_each_seal_goes_on_where_the_last_one_ended(sealed):
    seals = queries.seals()[::-1]

    assert [(seal.no, seal.legs, seal.total) for seal in seals] == [(day, 2, 130) for day in (1, 2, 3)]
    assert seals[0].after_leg == 0
    assert [seal.after_leg for seal in seals[1:]] == [seal.upto_leg for seal in seals[:-1]]
    assert failures() == []


def test_nothing_new_makes_no_seal(sealed):
    assert operations.seal_books(now=MONDAY + 3 * DAY) is None
    assert len(queries.seals()) == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("debit_account", "debit_account + 100"),
        ("credit_account", "credit_account + 100"),
        ("amount", "amount + 1"),
        ("kind", "26"),
        ("leg", "2"),
        ("legs", "2"),
        ("external_id", "external_id || '0'"),
        ("cause", "'another'"),
        ("actor", "'user:7'"),
        ("reason", "'because'"),
        ("occurred_at", "occurred_at + interval '1 microsecond'"),
        ("xid", "xid + 1"),
        ("recorded_at", "recorded_at - interval '1 microsecond'"),
        ("id", "default"),
    ],
)
def test_a_change_of_any_column_is_named_with_the_seal_and_its_day(sealed, column, value):
    if column in ("leg", "legs"):
        sql("alter table ledger_leg drop constraint ledger_leg_check")
        sql("alter table ledger_leg alter leg drop not null")
    unguarded("ledger_leg", f"update ledger_leg set {column} = {value} where external_id = 'pi_1'")

    assert [failure for failure in failures() if failure.startswith("seal 2 of 2026-11-03: its legs")] != []


def test_every_column_of_a_leg_is_sealed():
    columns = {
        name for (name,) in sql("select column_name from information_schema.columns where table_name = 'ledger_leg'")
    }
    [(digest,)] = sql("select prosrc from pg_proc where proname = 'ledger_digest'")

    assert len(columns) == 14
    assert [column for column in columns if f"l.{column}" not in str(digest)] == []


def test_text_that_moves_from_one_column_into_the_next_is_noticed(sealed):
    unguarded("ledger_leg", "update ledger_leg set cause = 'a', actor = ' testsystem' where external_id = 'pi_1'")

    assert [failure for failure in failures() if failure.startswith("seal 2")] != []


@pytest.mark.parametrize("act", ["delete from ledger_leg where external_id = 'pi_1'"])
def test_a_leg_that_was_taken_away_is_noticed(sealed, act):
    unguarded("ledger_leg", act)

    assert [failure for failure in failures() if failure.startswith("seal 2")] != []


def test_a_leg_that_was_put_among_sealed_ones_is_noticed(sealed):
    unguarded("ledger_leg", "delete from ledger_leg where external_id = 'pi_1'")
    unguarded(
        "ledger_leg",
        "insert into ledger_leg (id, debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor,"
        " reason, occurred_at) overriding system value select %s, debit_account, credit_account, amount, kind, leg,"
        " legs, 'pi_1', cause, actor, reason, occurred_at + interval '1 day' from ledger_leg"
        " where external_id = 'pi_0'",
        queries.seals()[1].after_leg + 1,
    )

    assert [failure for failure in failures() if failure.startswith("seal 2")] != []


@pytest.mark.parametrize(
    "change", ["legs = 3", "total = 131", "sealed_at = sealed_at - interval '1 day'", "digest = ''"]
)
def test_a_changed_seal_breaks_the_chain(sealed, change):
    unguarded("ledger_seal", f"update ledger_seal set {change} where no = 2")

    named = [failure for failure in failures() if failure.startswith("seal 2")]
    assert "it does not follow from the one before it" in named[0]


def test_a_seal_that_was_taken_away_breaks_the_chain(sealed):
    unguarded("ledger_seal", "delete from ledger_seal where no = 2")

    assert [failure for failure in failures() if failure.startswith("seal 3")] != []


def test_the_chain_can_be_followed_by_hand(sealed):
    [(chain, digest, text)] = sql(
        "select chain, digest, row(no, after_leg, upto_leg, legs, total, sealed_at at time zone 'UTC')::text"
        " from ledger_seal where no = 1"
    )

    said = str(text).replace('")', '+00")')
    assert bytes(chain) == hashlib.sha256(bytes(digest) + said.encode()).digest()  # type: ignore[call-overload]


def test_books_that_end_before_their_last_seal_are_not_sealed_again(sealed):
    unguarded("ledger_leg", "delete from ledger_leg where id > %s", queries.seals()[1].upto_leg)

    with pytest.raises(operations.SealRefused, match="legs are missing"):
        operations.seal_books(now=MONDAY + 3 * DAY)


def test_the_chain_goes_on_in_another_server(sealed):
    # A restored copy keeps its ids; only the numbers of transactions begin lower there.
    unguarded("ledger_leg", "update ledger_leg set xid = xid + 1000000000000000")
    sql("alter table ledger_seal disable trigger user")
    sql("delete from ledger_seal")
    sql("alter table ledger_seal enable trigger user")
    operations.seal_books(now=MONDAY)
    record(a_deposit(99))

    assert operations.seal_books(now=MONDAY + DAY) == 2
    assert [seal.legs for seal in queries.seals()] == [1, 6]
    assert failures() == []


def test_more_legs_than_one_block_are_sealed_once_each():
    record(*[a_deposit(number) for number in range(4_100)])
    record(a_deposit(5_000))
    operations.seal_books(now=MONDAY)
    record(*[a_deposit(number) for number in range(6_000, 6_100)])
    operations.seal_books(now=MONDAY)

    assert [seal.legs for seal in queries.seals()] == [100, 4_101]
    assert failures() == []


def newest_failures() -> list[str]:
    return [failure for check in queries.prove_newest() for failure in check.failures]


def test_books_too_large_to_recompute_still_look_at_the_newest_seal_and_the_whole_chain(sealed):
    assert newest_failures() == []
    assert [check.looked_at for check in queries.prove_newest()] == [3, 0, 3]
    unguarded("ledger_seal", "update ledger_seal set total = 131 where no = 1")
    assert "it does not follow from the one before it" in newest_failures()[0]


def test_they_notice_a_changed_leg_of_the_newest_seal(sealed):
    unguarded("ledger_leg", "update ledger_leg set reason = 'because' where external_id = 'pi_2'")

    [failure] = newest_failures()
    assert failure.startswith("seal 3 of 2026-11-04: its legs")


def test_they_notice_a_leg_that_was_dated_into_the_last_close(sealed):
    operations.close_books(through=MONDAY + 2 * DAY, actor="user:1", now=MONDAY + 3 * DAY)
    record(a_deposit(3, at=MONDAY + 3 * DAY))
    assert newest_failures() == []
    unguarded("ledger_leg", "update ledger_leg set occurred_at = %s where external_id = 'pi_3'", MONDAY)

    [failure] = newest_failures()
    assert "was recorded after the books were closed" in failure


@pytest.mark.parametrize("everything", [False, True])
def test_books_that_end_before_their_seals_are_told(sealed, everything):
    unguarded("ledger_leg", "delete from ledger_leg where id = (select max(id) from ledger_leg)")

    found = failures() if everything else newest_failures()
    assert [failure for failure in found if "and the books end at leg" in failure] != []


def test_legs_are_counted_and_not_guessed_from_their_ids(sealed):
    assert record(a_deposit(2, 100, at=MONDAY)) == 0  # again; an id is used up all the same
    assert queries.leg_count() == 6
    assert [queries.has_more_legs_than(number) for number in (5, 6)] == [True, False]
