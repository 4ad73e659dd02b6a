"""Checkpoints and buckets: derived, disposable, and proved."""

import logging
from datetime import timedelta

import pytest

from cliphaven.ledger import operations, queries, tasks
from tests.rooms.ledger.bookkeeping import (
    BUDGET,
    MONDAY,
    STRIPE,
    WALLET,
    a_deposit,
    a_funding,
    closed,
    failures,
    record,
    sql,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def kept(committed) -> None:
    """Deposits and fundings over some hours, closed in parts, with checkpoints: what a running house has."""
    for hour in range(3):
        record(*[a_deposit(hour * 10 + number, 100, at=MONDAY + hour * HOUR) for number in range(5)])
        record(*[a_funding(hour * 10 + number, 30, at=MONDAY + hour * HOUR) for number in range(5)])
        closed(MONDAY + hour * HOUR)
        operations.write_checkpoints()
    record(a_deposit(99, 1, at=MONDAY + 5 * HOUR))


def everything() -> tuple[object, ...]:
    moments = [MONDAY + hour * HOUR for hour in range(-1, 7)]
    return (
        queries.balances([STRIPE, WALLET, BUDGET]),
        queries.trial_balance(),
        [queries.balances([STRIPE, WALLET, BUDGET], as_of=moment) for moment in moments],
        [queries.trial_balance(as_of=moment) for moment in moments],
        list(queries.statement(WALLET)),
    )


def derived() -> tuple[object, ...]:
    return sql("select account_id, debits, credits from ledger_checkpoint order by 1"), sql(
        "select account_id, unnest(moments), unnest(debits), unnest(credits) from ledger_bucket order by 1, 2"
    )


def test_every_answer_is_the_same_without_what_is_derived_and_after_it_was_rebuilt(kept):
    operations.write_checkpoints()
    before, stored = everything(), derived()

    operations.drop_checkpoints()
    assert derived() == ([], [])
    assert everything() == before
    assert failures() == []

    operations.rebuild_checkpoints()
    assert derived() == stored
    assert everything() == before
    assert failures() == []


def test_one_checkpoint_per_account_is_kept(kept):
    operations.write_checkpoints()

    assert sql("select account_id, count(*) from ledger_checkpoint group by 1 having count(*) > 1") == []
    assert sql("select count(*) from ledger_checkpoint") == [(3,)]


def test_the_trial_balance_from_checkpoints_is_that_of_all_legs(kept):
    assert queries.trial_balance() == queries.trial_balance_from_legs()


def test_writing_again_what_is_written_changes_nothing(kept):
    operations.write_checkpoints()

    assert (operations.write_checkpoints(), operations.write_buckets()) == (0, 0)


@pytest.mark.parametrize("column", ["debits", "credits"])
def test_a_wrong_checkpoint_is_named_and_no_other(kept, column):
    sql(
        f"update ledger_checkpoint set {column} = {column} + 1"
        " where account_id = (select id from ledger_account where code = 'sponsor:1:wallet')"
    )

    [check] = [check for check in queries.prove_sample() if check.failures]

    assert check.name == "checkpoints equal their legs"
    [failure] = check.failures
    assert failure.startswith("the checkpoint of sponsor:1:wallet USD at ")
    [balance] = [c for c in queries.verify() if c.name == "the trial balance equals its legs"]
    assert "sponsor:1:wallet USD is" in balance.failures[0]


@pytest.mark.parametrize("column", ["debits", "credits"])
def test_a_wrong_past_balance_is_named(kept, column):
    sql(
        f"update ledger_bucket set {column}[1] = {column}[1] + 1"
        " where from_at = %s and account_id = (select id from ledger_account where code = 'sponsor:1:wallet')",
        MONDAY + HOUR,
    )

    [check] = [check for check in queries.prove_sample() if check.failures]

    assert check.name == "past balances equal their legs"
    assert check.failures[0].startswith("what was kept of sponsor:1:wallet USD at 2026-11-02 07:00:00")


def test_a_past_balance_that_was_left_out_is_named(kept):
    sql("delete from ledger_bucket where from_at = %s", MONDAY + HOUR)

    assert {check.name for check in queries.verify() if check.failures} == {"past balances equal their legs"}


def test_the_nightly_proof_cries_out(kept, caplog):
    tasks.prove_derived()
    assert caplog.records == []

    sql("update ledger_checkpoint set credits = credits + 1")
    tasks.prove_derived()

    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert "checkpoints equal their legs" in caplog.text


def test_books_that_were_carried_to_another_server_answer_the_same_there(kept):
    # There, transactions are numbered from lower on: what remembers a position lies ahead of every new leg.
    ahead = 10**15
    operations.write_checkpoints()
    sql("alter table ledger_leg disable trigger user")
    sql("update ledger_leg set xid = xid + %s", ahead)
    sql("alter table ledger_leg enable trigger user")
    sql("update ledger_checkpoint set upto_xid = upto_xid + %s", ahead)
    sql("update ledger_checkpoint_run set upto_xid = upto_xid + %s", ahead)
    sql("update ledger_bucket_run set open_xid = open_xid + %s", ahead)
    sql("update ledger_bucket set low_xid = low_xid + %s, high_xid = high_xid + %s", ahead, ahead)

    assert queries.balance(WALLET) == 15 * 100 - 15 * 30 + 1
    record(a_deposit(100, 1_000, at=MONDAY))

    assert queries.balance(WALLET) == 15 * 100 - 15 * 30 + 1 + 1_000
    assert queries.balance(WALLET, as_of=MONDAY + 2 * HOUR) == 15 * 100 - 15 * 30
    assert queries.balance(WALLET, as_of=MONDAY + 3 * HOUR) == 15 * 100 - 15 * 30 + 1_000
    assert queries.trial_balance() == queries.trial_balance_from_legs()
    assert [line.balance_minor for line in queries.statement(WALLET, limit=2)] == [2_051, 2_050]
    closed(MONDAY + 4 * HOUR)
    assert queries.balance(WALLET, as_of=MONDAY + 4 * HOUR) == 15 * 100 - 15 * 30 + 1_000
    assert failures() == []
