"""How many a second may go out: counted over all workers, whoever dies meanwhile."""

import threading
import time

import psycopg
from django.db import connection, connections

from cliphaven.foundation.outgoing import pace


def passes(lane: str, *, workers: int, each: int, per_second: int) -> list[float]:
    """The moments at which so many workers, each with a connection of its own, were let through."""
    moments: list[float] = []

    def run() -> None:
        try:
            for _ in range(each):
                pace.wait_for_turn(lane, per_second=per_second)
                moments.append(time.monotonic())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(moments)


def test_all_workers_together_pass_so_many_times_a_second_and_hardly_less(committed: str):
    moments = passes("a lane", workers=4, each=10, per_second=20)

    # 40 passes at 20 a second: 39 gaps of 50 ms are 1.95 s
    assert len(moments) == 40
    assert 1.9 < moments[-1] - moments[0] < 1.95 / 0.9
    most = max(sum(1 for other in moments if 0 <= other - first < 1) for first in moments)
    assert most <= 21  # either end of a second may be a few milliseconds late


def test_a_lane_does_not_wait_for_another(committed: str):
    began = time.monotonic()
    with psycopg.connect(_address()) as other, other.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s | (hashtext('busy')::bigint & 4294967295))", [pace._LANES])
        pace.wait_for_turn("free", per_second=20)

    assert time.monotonic() - began < 1


def test_a_worker_that_dies_while_it_waits_keeps_nobody(committed: str):
    with psycopg.connect(_address()) as dying, dying.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s | (hashtext('lane')::bigint & 4294967295))", [pace._LANES])
        threading.Timer(0.2, dying.close).start()
        began = time.monotonic()
        pace.wait_for_turn("lane", per_second=20)

    assert 0.15 < time.monotonic() - began < 2


def _address() -> str:
    settings = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
    )
