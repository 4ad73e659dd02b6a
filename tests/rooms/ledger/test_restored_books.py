"""Books that were carried to another server, whose transactions are numbered from lower on."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
WALLET = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="USD")
BUDGET = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=1, currency="USD")
AHEAD = 10**15  # no server of ours has counted that far

pytestmark = pytest.mark.django_db


def record(kind: EntryKind, external_id: str, debit: Account, credit: Account, amount: int) -> None:
    leg = operations.Leg(debit=debit, credit=credit, amount_minor=amount)
    with transaction.atomic():
        operations.record(
            [operations.Entry(kind=kind, external_id=external_id, legs=(leg,), occurred_at=MONDAY, cause="test")]
        )


@pytest.fixture(autouse=True)
def restored() -> None:
    """A deposit of 100.00 that was made on a server far ahead, and the checkpoint that was written there."""
    record(EntryKind.DEPOSIT, "pi_old", STRIPE, WALLET, 10_000)
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_leg disable trigger user")
        cursor.execute("update ledger_leg set xid = %s", [AHEAD - 1])
        cursor.execute("alter table ledger_leg enable trigger user")
        cursor.execute(
            "insert into ledger_checkpoint select id, %s, 0, 10000 from ledger_account where code = 'sponsor:1:wallet'",
            [AHEAD],
        )


def checkpoints_ahead() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from ledger_checkpoint where upto_xid = %s", [AHEAD])
        return int(cursor.fetchone()[0])


def test_a_checkpoint_from_another_server_hides_no_new_leg():
    record(EntryKind.DEPOSIT, "pi_new", STRIPE, WALLET, 500)

    assert queries.balance(WALLET) == 10_000 + 500


def test_money_that_was_spent_after_the_restore_cannot_be_spent_again():
    record(EntryKind.FUND_CAMPAIGN, "1:1", WALLET, BUDGET, 6_000)

    with pytest.raises(operations.BalanceWouldBeNegative):
        record(EntryKind.FUND_CAMPAIGN, "1:2", WALLET, BUDGET, 4_001)


def test_verify_names_the_checkpoint_until_the_first_new_entry_removed_it():
    [before] = [check for check in queries.verify() if check.failures]
    assert before.name == "checkpoints are of this server"
    assert f"the checkpoint of sponsor:1:wallet at {AHEAD} lies ahead of this server" in before.failures[0]

    record(EntryKind.DEPOSIT, "pi_new", STRIPE, WALLET, 500)

    assert checkpoints_ahead() == 0
    assert [check for check in queries.verify() if check.failures] == []
