"""Many workers at once, real commits: one transfer and one payout an item."""

import json
import threading
from collections.abc import Callable

from django.db import connections

from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind
from cliphaven.payouts.models import BankPayout, Batch, Transfer
from cliphaven.payouts.operations import bank_payouts, settlement, transfers
from cliphaven.providers import stripe
from tests.rooms.payouts.conftest import Payday, balance

WORKERS = 6


def at_once(work: Callable[[], object]) -> list[BaseException]:
    """The failures of as many workers that do the same thing together."""
    start, failures = threading.Barrier(WORKERS), []

    def run() -> None:
        try:
            start.wait(20)
            work()
        except BaseException as error:  # shown by the test's own thread
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failures


def test_one_transfer_however_many_workers_send_it(committed: str, payday: Payday):
    transfer = payday.planned_transfer()

    def send() -> None:
        transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=payday.world.now)

    assert at_once(send) == []
    assert len(payday.at_stripe(transfer)) == 1
    assert Transfer.objects.get().state == "sent"
    assert BankPayout.objects.count() == 1


def test_one_payout_opens_when_many_workers_settle_the_last_transfers(committed: str, payday: Payday):
    payday.platform_receives(500_00)
    ben = payday.creator()
    for gross in (20_00, 30_00, 40_00):
        payday.owe(ben, gross)
    payday.plan()
    waiting = list(Transfer.objects.values_list("id", flat=True))

    def send_all() -> None:
        for id_ in waiting:
            transfers.send(transfer_id=id_, now=payday.now, read_clock=payday.world.now)

    assert at_once(send_all) == []
    assert BankPayout.objects.get().amount_minor == balance(AccountKind.CREATOR_IN_TRANSIT, ben.id)


def test_one_payout_however_many_workers_send_and_settle_it(committed: str, payday: Payday):
    payout = payday.waiting_payout()

    def send() -> None:
        bank_payouts.send(bank_payout_id=payout.id, now=payday.now, read_clock=payday.world.now)

    assert at_once(send) == []
    assert len(stripe.payouts_of(payout.connected_account)) == 1
    payday.advance(days=3)

    def settle() -> None:
        settlement.settle(bank_payout_id=payout.id, now=payday.now)

    assert at_once(settle) == []
    assert BankPayout.objects.get().state == "paid"
    assert balance(AccountKind.CREATOR_IN_TRANSIT, payout.creator_id) == 0
    assert books.trial_balance().is_balanced


def test_the_tasks_alone_bring_the_money_to_the_bank(committed: str, payday: Payday, run_jobs: Callable[[], None]):
    payday.platform_receives(100_00)
    payday.owe(payday.creator(), 20_00)
    payday.plan()
    run_jobs()
    assert [payout.state for payout in BankPayout.objects.all()] == ["pending"]

    payday.advance(days=3)  # and not one webhook arrives
    settlement.sweep(now=payday.now)
    run_jobs()
    settlement.sweep(now=payday.now)

    assert BankPayout.objects.get().state == "paid"
    assert Batch.objects.get().state == "done"


def test_one_job_to_send_a_payout_waits_however_often_it_is_swept(committed: str, payday: Payday):
    payout = payday.waiting_payout()

    settlement.sweep(now=payday.now)
    settlement.sweep(now=payday.now)

    with connections["default"].cursor() as cursor:
        cursor.execute(
            "select args from procrastinate_jobs where task_name = 'payouts.send_bank_payout' and status = 'todo'"
        )
        assert [json.loads(args) for (args,) in cursor.fetchall()] == [{"bank_payout_id": payout.id}]


def test_a_lost_job_changes_nothing(committed: str, payday: Payday, run_jobs: Callable[[], None]):
    transfer = payday.planned_transfer()
    with connections["default"].cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    run_jobs()
    assert Transfer.objects.get().state == "reserved"

    transfers.sweep(now=payday.now)
    run_jobs()

    assert len(payday.at_stripe(transfer)) == 1
    assert Transfer.objects.get().state == "sent"
