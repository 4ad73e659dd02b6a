"""Two people at once, pressing buttons or looking: real threads, real commits."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, connections, transaction

from cliphaven.payouts import queries
from cliphaven.payouts.models import Act, Batch, PauseReason, PayoutPause, Skip, SkipReason, StaffAct
from cliphaven.payouts.operations import batches, pauses, releases, transfers
from tests.concurrency.test_one_budget import at_once
from tests.people import a_user, ben, dot
from tests.rooms.payouts.conftest import Payday, net

OWED = 20_00


def test_two_releases_at_once_count_once_each_and_start_it_once(committed: str, payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    staff = [dot(), a_user("Eli", is_staff=True)]
    payday.platform_receives(OWED * 2)
    payday.owe(payday.creator(), OWED)
    week = payday.plan().iso_week

    def say(number: int) -> str:
        try:
            return f"missing {releases.release(week=week, staff_id=staff[number % 2].id, now=payday.now)}"
        except (releases.ReleasedBefore, releases.NotAwaitingRelease) as refused:
            return refused.code

    answers = at_once(say, workers=6)

    assert (answers["missing 1"], answers["missing 0"], sum(answers.values())) == (1, 1, 6)
    assert StaffAct.objects.filter(act=Act.RELEASED).count() == 2
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'payouts.send_transfer'")
        assert cursor.fetchone() == (1,)


def test_two_who_pause_at_once_make_one_pause(committed: str, payday: Payday):
    creator, staff = ben(), dot()

    def say(_: int) -> str:
        try:
            pauses.pause(
                creator_id=creator.id, staff_id=staff.id, reason=PauseReason.IDENTITY, note="Why", now=payday.now
            )
        except pauses.PausedBefore as refused:
            return refused.code
        return "paused"

    assert at_once(say, workers=4) == {"paused": 1, "paused_before": 3}


def test_a_transfer_that_is_paused_and_sent_at_once_is_sent_or_held_and_goes_on_afterwards(
    committed: str, payday: Payday
):
    transfer, staff = payday.planned_transfer(), dot()
    payday.world.fault("stripe", "rate_limit_429", path_prefix="v1/transfers")
    payday.send(transfer)
    payday.advance(minutes=2)

    def act(number: int) -> str:
        if number == 0:
            pauses.pause(
                creator_id=ben().id, staff_id=staff.id, reason=PauseReason.IDENTITY, note="Why", now=payday.now
            )
            return "paused"
        transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=payday.world.now)
        return "tried"

    assert at_once(act, workers=3) == {"paused": 1, "tried": 2}

    transfer.refresh_from_db()
    assert (transfer.state, len(payday.at_stripe(transfer))) in [("sent", 1), ("reserved", 0)]
    if transfer.state == "reserved":
        assert transfers.sweep(now=payday.now) == 0
        pauses.resume(creator_id=ben().id, staff_id=staff.id, now=payday.now)
        assert payday.send(transfer).state == "sent"
    assert len(payday.at_stripe(transfer)) == 1


def test_a_pause_that_is_being_written_while_a_batch_is_planned_holds_the_creator_back(committed: str, payday: Payday):
    creator = payday.creator()
    payday.owe(creator, OWED)
    is_written = threading.Event()

    def pause(number: int) -> str:
        if number == 0:
            with transaction.atomic():
                PayoutPause.objects.create(creator=creator, reason=PauseReason.IDENTITY, paused_at=payday.now)
                is_written.set()
                time.sleep(0.5)
            return "paused"
        is_written.wait(20)
        batches.plan_weekly_batch(now=payday.now)
        return "planned"

    assert at_once(pause, workers=2) == {"paused": 1, "planned": 1}
    assert [skip.reason for skip in Skip.objects.all()] == [SkipReason.PAUSED]


def test_balances_and_what_stands_in_the_way_are_of_one_moment_although_a_batch_is_planned_between(
    committed: str, payday: Payday, settings: Any
):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    creator = payday.creator()
    payday.owe(creator, 20_00)
    planned: list[Batch] = []

    def plan() -> None:
        planned.append(payday.plan())
        connections.close_all()

    def plan_after_the_balances(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if "ledger_tail" in sql and not planned:
            other = threading.Thread(target=plan)
            other.start()
            other.join()
        return answer

    with connection.execute_wrapper(plan_after_the_balances):
        [place] = queries.money_places(creator_id=creator.id, now=payday.now)

    assert [batch.state for batch in planned] == ["awaiting_release"]
    assert (place.balance.payable_minor, place.balance.reserved_minor) == (net(20_00), 0)
    assert place.blockers == ()  # none of it is in that batch, as far as this moment goes
