"""Jobs commit or vanish with the rows that need them, and each tick of the schedule runs once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django import app

from cliphaven.config import schedule
from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import own_transaction, sqlstate
from tests.concurrency.test_one_budget import at_once

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
TASK = "house.retry_stalled_jobs"


def waiting() -> int:
    return sum(line.waiting for line in jobs.queue_health())


def test_a_job_commits_with_its_transaction(committed):
    with transaction.atomic():
        jobs.defer(TASK)

    assert waiting() == 1


def test_a_job_vanishes_with_its_transaction(committed):
    @own_transaction
    def change_of_mind() -> None:
        jobs.defer(TASK)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_of_mind()

    assert waiting() == 0


def test_at_most_one_job_waits_about_one_thing(committed):
    def defer(_: int) -> str:
        with transaction.atomic():
            jobs.defer(TASK, at_most_one_waiting="the thing")
        return "deferred"

    assert at_once(defer, workers=8) == {"deferred": 8}
    assert waiting() == 1


def test_many_jobs_are_deferred_in_a_few_statements(committed, django_assert_max_num_queries):
    wanted = {f"thing:{number}": {"number": number} for number in range(2_500)}

    # 2,500 in three portions: a look, a savepoint, an insert and its release each
    with transaction.atomic(), django_assert_max_num_queries(3 * 4):
        jobs.defer_each(TASK, wanted)

    assert waiting() == 2_500


def test_of_many_jobs_those_that_wait_already_are_not_added(committed):
    with transaction.atomic():
        jobs.defer(TASK, at_most_one_waiting="thing:1")
        jobs.defer_each(TASK, {f"thing:{number}": {} for number in range(3)})

    assert waiting() == 3


def test_many_jobs_deferred_by_many_at_once_wait_once_each(committed):
    def defer(_: int) -> str:
        with transaction.atomic():
            jobs.defer_each(TASK, {f"thing:{number}": {} for number in range(20)})
        return "deferred"

    assert at_once(defer, workers=8) == {"deferred": 8}
    assert waiting() == 20


@pytest.mark.parametrize(
    "defer",
    [
        lambda: jobs.defer("ledger.write_checkpoints"),
        lambda: jobs.defer("ledger.write_checkpoints", at_most_one_waiting="a"),
        lambda: jobs.defer_each("ledger.write_checkpoints", {"a": {}}),
    ],
    ids=["one", "one at most", "many"],
)
def test_what_the_database_says_to_a_deferral_is_told_as_its_own_error(committed, defer):
    def defer_where_nothing_may_be_written() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set transaction read only")
            defer()

    with pytest.raises(DatabaseError) as refusal:
        defer_where_nothing_may_be_written()

    assert sqlstate(refusal.value) == "25006"


def test_two_schedulers_defer_one_tick_once(committed):
    tick = jobs.Tick(task=TASK, at=MONDAY)

    assert at_once(lambda _: str(jobs.defer_tick(tick)), workers=8) == {"True": 1, "False": 7}


def test_an_older_tick_is_not_deferred_after_a_newer_one(committed):
    jobs.defer_tick(jobs.Tick(task=TASK, at=MONDAY))

    assert not jobs.defer_tick(jobs.Tick(task=TASK, at=MONDAY - timedelta(minutes=1)))


def test_a_worker_runs_what_waits(committed, run_jobs):
    with transaction.atomic():
        jobs.defer(TASK)

    run_jobs()

    assert waiting() == 0


def test_what_a_running_job_defers_vanishes_with_the_jobs_transaction(committed, run_jobs, monkeypatch):
    inner: list[str] = []

    @own_transaction
    def defer_and_fail() -> None:
        inner.append("ran")
        jobs.defer("house.retry_stalled_jobs")
        raise ZeroDivisionError

    monkeypatch.setattr(app.tasks["earnings.clear"], "func", lambda **_: defer_and_fail())
    with transaction.atomic():
        jobs.defer("earnings.clear")

    run_jobs()

    with connection.cursor() as cursor:
        cursor.execute("select task_name, status from procrastinate_jobs")
        assert cursor.fetchall() == [("earnings.clear", "failed")]
    assert inner == ["ran"]


def test_a_job_whose_worker_went_silent_is_put_back(committed):
    with transaction.atomic():
        jobs.defer(TASK)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '5 minutes') returning id"
        )
        [worker] = cursor.fetchone()
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s", [worker])

    assert jobs.retry_stalled() == 1
    assert waiting() == 1


def test_silent_twins_keep_no_other_job_from_being_put_back(committed):
    with transaction.atomic():
        jobs.defer(TASK, at_most_one_waiting="the thing")
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing'")
    with transaction.atomic():
        jobs.defer(TASK, at_most_one_waiting="the thing")
        jobs.defer("earnings.clear")
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = null")

    assert jobs.retry_stalled() == 3

    with connection.cursor() as cursor:
        cursor.execute("select task_name, status::text from procrastinate_jobs order by 1, 2")
        assert cursor.fetchall() == [("earnings.clear", "todo"), (TASK, "aborted"), (TASK, "todo")]


def late() -> list[str]:
    return [f"{job.task} {job.why}" for job in jobs.late_jobs()]


def a_job(**changes: object) -> None:
    """One job, with its rows as they are some time later."""
    with transaction.atomic():
        jobs.defer(TASK)
    with connection.cursor() as cursor:
        for column, value in changes.items():
            cursor.execute(f"update procrastinate_jobs set {column} = %s", [value])  # names of this file's own
    ago("0 s")


def ago(interval: str) -> None:
    """Everything that has happened to it was so long ago."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_events set at = now() - %s::interval", [interval])


def a_worker(*, heard_of: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - %s::interval) returning id", [heard_of]
        )
        return int(cursor.fetchone()[0])


def test_a_job_that_waits_for_an_hour_is_late(committed):
    a_job()
    ago("59 minutes")
    assert late() == []
    ago("61 minutes")

    [said] = late()
    assert said.startswith(f"{TASK} has waited since ")


def test_a_job_that_is_put_off_is_not_late(committed):
    a_job(scheduled_at=datetime.now(UTC) + timedelta(hours=1))
    ago("1 day")

    assert late() == []


def test_a_running_job_is_not_late_as_long_as_its_worker_lives(committed):
    a_job(status="doing", worker_id=a_worker(heard_of="5 seconds"))
    ago("59 minutes")
    assert late() == []
    ago("61 minutes")

    [said] = late()
    assert said.startswith(f"{TASK} has run since ")


@pytest.mark.parametrize("heard_of", ["16 minutes", None])
def test_a_job_whose_worker_is_silent_and_that_nobody_put_back_is_late(committed, heard_of):
    a_job(status="doing", worker_id=a_worker(heard_of=heard_of) if heard_of else None)
    ago("14 minutes")
    assert late() == []
    ago("16 minutes")

    assert late() == [f"{TASK} began, its worker has gone silent, and nobody has put it back"]


def test_a_job_that_was_given_up_is_shown_and_so_not_late(committed):
    a_job(status="failed")
    ago("9 days")

    assert late() == []
    assert sum(line.failed for line in jobs.queue_health()) == 1


@pytest.mark.parametrize("status", ["todo", "failed"])
def test_a_job_in_a_queue_of_nobodys_is_late(committed, status):
    a_job(status=status, queue_name="default")

    assert late() == [f"{TASK} is in the queue default, in which nobody works or looks"]


def test_a_job_that_is_done_or_called_off_is_not_late(committed):
    a_job(status="cancelled")
    ago("9 days")

    assert late() == []


def a_line(cron: str) -> schedule.Line:
    return schedule.Line(cron=cron, task="x", why="because")


@pytest.mark.parametrize(
    ("cron", "now", "last", "expected"),
    [
        # on the minute, and again a minute later
        ("* * * * *", MONDAY, MONDAY - timedelta(minutes=1), MONDAY),
        ("* * * * *", MONDAY, MONDAY, None),
        # missed moments collapse into the latest
        ("* * * * *", MONDAY, MONDAY - timedelta(hours=5), MONDAY),
        # Monday 06:00, asked at 05:59, at 06:00, and on Tuesday after a Monday in bed
        ("0 6 * * MON", MONDAY - timedelta(minutes=1), MONDAY - timedelta(days=7), None),
        ("0 6 * * MON", MONDAY, MONDAY - timedelta(days=7), MONDAY),
        ("0 6 * * MON", MONDAY + timedelta(days=1), MONDAY - timedelta(days=7), MONDAY),
        # a house that never ran looks back a week
        ("0 6 * * MON", MONDAY + timedelta(days=3), None, MONDAY),
    ],
)
def test_a_line_of_the_schedule_is_due(cron, now, last, expected):
    assert schedule.due(a_line(cron), now=now, last=last) == expected
