"""A worker of the house as an actor: it takes jobs as procrastinate's workers do, on Django's connection.

Procrastinate's own worker keeps connections of its own in an event loop, where nothing can stop it. What matters of it
is SQL in the database, and that is the same here: its functions claim, finish and repeat jobs.
"""

import json
import time
from collections.abc import Callable, Container
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from cliphaven.foundation import clock
from simulator.stepping.stage import aside, hurrying, stay_dead

_TAKE = "select id, task_name, args, attempts, queue_name from procrastinate_fetch_job_v2(null, %s)"
WAITS_ROUNDED_S = 5
_ANY = (
    "select exists (select from procrastinate_jobs where status = 'todo'"
    " and (scheduled_at is null or scheduled_at <= %s))"
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One job, taken by this worker."""

    id: int
    task: str
    arguments: dict[str, object]
    attempts: int
    queue: str


def any_ready(now: datetime) -> bool:
    """Whether a job waits for a worker."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY, [now])
        return bool(cursor.fetchone()[0])


def waits(task: str) -> bool:
    """Whether a job of this task waits for a worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from procrastinate_jobs where status = 'todo' and task_name = %s)", [task]
        )
        return bool(cursor.fetchone()[0])


def register(now: datetime) -> int:
    """Be known as a worker from now on; answers its number."""
    with connection.cursor() as cursor:
        cursor.execute("select worker_id from procrastinate_register_worker_v1()")
        [number] = cursor.fetchone()
        beat([number], now)
        return int(number)


def beat(workers: list[int], now: datetime) -> None:
    """These workers are alive."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = %s where id = any(%s)", [now, workers])


def work_one(
    worker: int,
    *,
    on_failure: Callable[[Order, Exception], None],
    unseen: Container[str] = frozenset(),
    hurried: Container[str] = frozenset(),
) -> bool:
    """Take one job and run it to its end; False when none was ready.

    Tasks among `unseen` run without stops, those among `hurried` in long strides.
    """
    order = _take(worker)
    if order is None:
        return False
    try:
        with aside() if order.task in unseen else hurrying() if order.task in hurried else nullcontext():
            app.tasks[order.task].func(**order.arguments)
    except Exception as error:  # whatever a job raises is the worker's to judge
        stay_dead()
        on_failure(order, error)
        connection.close_if_unusable_or_obsolete()
        _again_or_given_up(order, error)
    else:
        _finish(order, "succeeded", delete=True)
    return True


def _take(worker: int) -> Order | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [worker])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    # Django leaves JSON of its own statements unread.
    return Order(id=row[0], task=row[1], arguments=json.loads(row[2]), attempts=row[3], queue=row[4])


def _again_or_given_up(order: Order, error: Exception) -> None:
    strategy = app.tasks[order.task].retry_strategy
    job = Job(
        id=order.id, queue=order.queue, lock=None, queueing_lock=None, task_name=order.task, attempts=order.attempts
    )
    decision = strategy.get_retry_decision(exception=error, job=job) if strategy is not None else None
    if decision is None:
        _finish(order, "failed", delete=False)
        return
    waits = timedelta(0)
    if decision.retry_at is not None:
        waits = max(timedelta(0), decision.retry_at - datetime.fromtimestamp(time.time(), UTC))
    # The strategy looked at the machine's clock, which is not ours, some time ago.
    again_at = clock.now() + timedelta(seconds=round(waits.total_seconds() / WAITS_ROUNDED_S) * WAITS_ROUNDED_S)
    with connection.cursor() as cursor:
        cursor.execute("select procrastinate_retry_job_v2(%s, %s, null, null, null)", [order.id, again_at])


def _finish(order: Order, status: str, *, delete: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select procrastinate_finish_job_v1(%s, %s::procrastinate_job_status, %s)", [order.id, status, delete]
        )
