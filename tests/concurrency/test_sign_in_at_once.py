"""Two browsers at one door: who comes in forgets the tries on the address while somebody else counts one."""

import os
import threading
import time
from collections.abc import Callable

import psycopg
from django.db import connections, transaction
from django.test import RequestFactory

from cliphaven.identity import operations
from cliphaven.identity.models import SignInAttempt
from tests.people import MONDAY, PASSWORD, ben

EMAIL = "ben@example.test"
WAITS_AT_MOST_S = 20.0


def wait_until_blocked(database: str, *, many: int) -> None:
    """Until so many sessions wait for a lock."""
    waiting = "select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"
    deadline = time.monotonic() + WAITS_AT_MOST_S
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        while server.execute(waiting, [database]).fetchone() != (many,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_try_is_counted_while_somebody_with_the_password_comes_in(committed):
    ben()
    operations.count_password_attempt(email=EMAIL, now=MONDAY)
    errors: list[Exception] = []

    def begin(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:
                errors.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    request = RequestFactory().post("/")
    with transaction.atomic():
        SignInAttempt.objects.select_for_update().get()
        comes_in = begin(lambda: operations.person_by_password(request=request, email=EMAIL, password=PASSWORD))
        wait_until_blocked(committed, many=1)
        tries = begin(lambda: operations.count_password_attempt(email=EMAIL, now=MONDAY))
        wait_until_blocked(committed, many=2)
    comes_in.join(WAITS_AT_MOST_S)
    tries.join(WAITS_AT_MOST_S)

    assert errors == []
    assert SignInAttempt.objects.get().attempts == 1  # the one before is forgotten
