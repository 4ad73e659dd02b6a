"""Two of the staff press the button together: real threads, real commits."""

import threading
import time
from typing import Any

from django.db import connection, transaction

from cliphaven.payouts.models import Act, PauseReason, PayoutPause, Skip, SkipReason, StaffAct
from cliphaven.payouts.operations import batches, pauses, releases
from tests.concurrency.test_one_budget import at_once
from tests.people import a_user, ben, dot
from tests.rooms.payouts.conftest import Payday

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
