"""Jobs: work put off within the caller's transaction. Procrastinate shows in this module only.

A *task* is such work under its name; a *job* is one order to do it. The order is rolled back with the transaction that
gave it, and is otherwise run at least once: tasks find out from the state what is left to do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import psycopg
from django.db import IntegrityError, connection, transaction
from procrastinate import RetryStrategy, exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

DEFERRED_TOGETHER = 1_000
# By the wall. The largest payday is worked through in less than the first; only whole proofs of the books run for long.
WAITS_AT_MOST = timedelta(hours=1)
RUNS_AT_MOST = timedelta(hours=1)
SILENT_AT_MOST = timedelta(minutes=15)
LATE_SHOWN_MAX = 100


class Queue(StrEnum):
    """The queues of the house."""

    SCRAPING = "scraping"
    PAYOUTS = "payouts"
    PAYOUT_RETRIES = "payout_retries"
    NOTIFICATIONS = "notifications"
    CHANNELS = "channels"
    FILES = "files"
    BOOKS = "books"
    DELIVERIES = "deliveries"


@dataclass(frozen=True, kw_only=True)
class QueueHealth:
    """One queue at one moment: jobs waiting, running and given up, and the wall moment of the longest waiting one."""

    queue: str
    waiting: int
    running: int
    failed: int
    oldest_waiting_since: datetime | None


@dataclass(frozen=True, kw_only=True)
class LateJob:
    """A job that is neither done nor on its way to be, nor shown as given up; `why`, to be said after its name."""

    number: int
    task: str
    why: str


def task(
    *, queue: Queue, name: str, retries: int = 0, retry_base_s: int = 2
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function deferrable under `name`. With `retries`, a raising job runs again after base^n seconds."""
    strategy = RetryStrategy(max_attempts=retries, exponential_wait=retry_base_s) if retries else None

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.task(name=name, queue=queue.value, retry=strategy or False)(function)
        return function

    return register


def defer(name: str, *, at_most_one_waiting: str | None = None, **arguments: Any) -> None:
    """Defer the task `name` in the current transaction.

    `at_most_one_waiting` names what the job is about: while such a job waits, another deferral of it does nothing.
    """
    if at_most_one_waiting is None:
        with _errors_of_the_database():
            app.configure_task(name).defer(**arguments)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from procrastinate_jobs where queueing_lock = %s and status = 'todo'", [at_most_one_waiting]
        )
        if cursor.fetchone():
            return
    try:
        # A savepoint, because two callers may pass the check above together and the loser's insert must not
        # take the caller's transaction down.
        with _errors_of_the_database(), transaction.atomic():
            app.configure_task(name, queueing_lock=at_most_one_waiting).defer(**arguments)
    except exceptions.AlreadyEnqueued:
        return


def defer_each(name: str, jobs: Mapping[str, Mapping[str, Any]]) -> None:
    """Defer the task `name` many times in the current transaction, in a few statements: what each is about → arguments.

    Like `defer`: while a job about the same waits, another one is not added.
    """
    abouts = list(jobs)
    for start in range(0, len(abouts), DEFERRED_TOGETHER):
        chunk = abouts[start : start + DEFERRED_TOGETHER]
        with connection.cursor() as cursor:
            cursor.execute(
                "select queueing_lock from procrastinate_jobs where queueing_lock = any(%s) and status = 'todo'",
                [chunk],
            )
            waiting = {row[0] for row in cursor.fetchall()}
        wanted = [about for about in chunk if about not in waiting]
        task = app.configure_task(name).job
        try:
            with _errors_of_the_database(), transaction.atomic():
                app.job_manager.batch_defer_jobs(
                    jobs=[task.evolve(queueing_lock=about, task_kwargs=dict(jobs[about])) for about in wanted]
                )
        except exceptions.AlreadyEnqueued:
            # Somebody deferred one of them at the same moment: one by one, whoever is second does nothing.
            for about in wanted:
                defer(name, at_most_one_waiting=about, **jobs[about])


@contextmanager
def _errors_of_the_database() -> Iterator[None]:
    """Procrastinate wraps them; a deadlock must be seen as one by whoever would try the transaction again."""
    try:
        yield
    except exceptions.ConnectorException as wrapped:
        if not isinstance(wrapped.__cause__, psycopg.Error):
            raise
        with connection.wrap_database_errors:
            raise wrapped.__cause__ from None


def run_here(name: str) -> None:
    """Run a task that takes no arguments in this thread, without a job: for whoever plays time faster than it runs."""
    app.tasks[name].func()


def any_unfinished() -> bool:
    """Whether any job is ready to run, or running."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from procrastinate_jobs where status = 'doing'"
            " or (status = 'todo' and (scheduled_at is null or scheduled_at <= clock_timestamp())))"
        )
        return bool(cursor.fetchone()[0])


def work(
    *, queues: Iterable[Queue] | None = None, wait: bool = True, concurrency: int = 1, heed_signals: bool = True
) -> None:
    """Be a worker: run jobs as they come until told to stop by a signal, or (not `wait`) until none is ready.

    Signals reach only the main thread: a worker in another one must not ask for them.
    """
    names = [queue.value for queue in queues] if queues else None
    connector = app.connector
    assert isinstance(connector, DjangoConnector)  # the one that procrastinate's Django app brings
    # A copy of the app works with the worker's own connections. The app itself keeps Django's connection, so that what
    # a running job defers still belongs to that job's transaction.
    app.with_connector(connector.get_worker_connector()).run_worker(
        queues=names,
        wait=wait,
        concurrency=concurrency,
        install_signal_handlers=wait and heed_signals,
        listen_notify=wait,
        delete_jobs="successful",
        shutdown_graceful_timeout=20,
    )


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A moment at which a cron line was due: the line's name, its task, and the product's moment."""

    task: str
    at: datetime


def defer_tick(tick: Tick) -> bool:
    """Defer the task of a cron line for one of its moments, once for ever, however many schedulers run.

    Answers whether this call did it. A line whose last job still waits is not queued again.
    """
    moment = int(tick.at.timestamp())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)"
            " select %(task)s, 'house', %(moment)s where not exists (select from procrastinate_periodic_defers"
            " where task_name = %(task)s and periodic_id = 'house' and defer_timestamp >= %(moment)s)"
            " on conflict do nothing returning 1",
            {"task": tick.task, "moment": moment},
        )
        if cursor.fetchone() is None:
            return False
        cursor.execute(
            "delete from procrastinate_periodic_defers"
            " where task_name = %s and periodic_id = 'house' and defer_timestamp < %s",
            [tick.task, moment],
        )
        defer(tick.task, at_most_one_waiting=f"tick:{tick.task}")
        return True


def last_ticks() -> dict[str, datetime]:
    """The latest moment for which each cron line was deferred, by task; lines that never were are absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select task_name, max(defer_timestamp) from procrastinate_periodic_defers"
            " where periodic_id = 'house' group by task_name"
        )
        return {task_name: datetime.fromtimestamp(seconds, UTC) for task_name, seconds in cursor.fetchall()}


def retry_stalled(*, heartbeat_older_than_s: int = 60) -> int:
    """Put back the jobs whose worker has gone silent; answers how many. Nothing else would run them again.

    Where another job about the same thing already waits, the silent one is given up: its twin does the work.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select j.id from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id"
            " where j.status = 'doing' and (w.id is null or w.last_heartbeat < clock_timestamp() - %s * interval '1 s')"
            " for update of j skip locked",
            [heartbeat_older_than_s],
        )
        stalled = [row[0] for row in cursor.fetchall()]
        for job_id in stalled:
            try:
                with transaction.atomic():
                    cursor.execute(
                        "select procrastinate_retry_job_v2(%s, clock_timestamp(), null, null, null)", [job_id]
                    )
            except IntegrityError:
                cursor.execute("select procrastinate_finish_job_v1(%s, 'aborted', false)", [job_id])
    return len(stalled)


def queue_health() -> list[QueueHealth]:
    """The house's queues, in their order, also those with nothing in them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select j.queue_name, count(*) filter (where j.status = 'todo'),"
            " count(*) filter (where j.status = 'doing'), count(*) filter (where j.status = 'failed'),"
            " min(e.at) filter (where j.status = 'todo')"
            " from procrastinate_jobs j left join procrastinate_events e on e.job_id = j.id and e.type = 'deferred'"
            " group by 1"
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        QueueHealth(queue=queue.value, waiting=row[0], running=row[1], failed=row[2], oldest_waiting_since=row[3])
        for queue in Queue
        for row in [rows.get(queue.value, (0, 0, 0, None))]
    ]


def late_jobs() -> list[LateJob]:
    """Jobs that wait or run for longer than anything should, whose worker went silent and that nobody put back, or that
    are in a queue of nobody's; the oldest first, at most LATE_SHOWN_MAX."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LATE,
            {
                "queues": [queue.value for queue in Queue],
                "waits": WAITS_AT_MOST.total_seconds(),
                "runs": RUNS_AT_MOST.total_seconds(),
                "silent": SILENT_AT_MOST.total_seconds(),
                "most": LATE_SHOWN_MAX,
            },
        )
        return [LateJob(number=number, task=task_name, why=why) for number, task_name, why in cursor.fetchall()]


_LATE = """
with open_jobs as (
  select j.id, j.task_name, j.queue_name, j.status, j.scheduled_at, w.last_heartbeat, w.id as live_worker,
    (select max(e.at) from procrastinate_events e where e.job_id = j.id and e.type <> 'scheduled') as since
  from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
  where j.status in ('todo', 'doing', 'aborting', 'failed')
), judged as (
  select id, task_name, case
    when queue_name <> all(%(queues)s) then 'is in the queue ' || queue_name || ', in which nobody works or looks'
    when status = 'todo' and coalesce(scheduled_at, since) < now() - make_interval(secs => %(waits)s)
      then 'has waited since '
        || to_char(coalesce(scheduled_at, since) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
    when status in ('doing', 'aborting') and since < now() - make_interval(secs => %(silent)s)
      and (live_worker is null or last_heartbeat < now() - make_interval(secs => %(silent)s))
      then 'began, its worker has gone silent, and nobody has put it back'
    when status in ('doing', 'aborting') and since < now() - make_interval(secs => %(runs)s)
      then 'has run since ' || to_char(since at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
  end as why
  from open_jobs
)
select id, task_name, why from judged where why is not null order by id limit %(most)s
"""
