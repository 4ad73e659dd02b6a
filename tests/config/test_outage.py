"""While the database is away: an honest 503 that says when to come back, and a process that knows that it lives."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db import DataError, InterfaceError, InternalError, OperationalError, connection
from django.test import Client

from cliphaven.config import outage
from cliphaven.config.commands import processes
from cliphaven.config.sessions import SessionStore
from tests.world import free_port

pytestmark = pytest.mark.usefixtures("committed")
SESSION = "a" * 32


@pytest.fixture
def nobody_listens() -> Iterator[None]:
    """Django's connection leads to a port where there is no PostgreSQL."""
    before = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = str(free_port())
    yield
    connection.settings_dict["PORT"] = before


@pytest.fixture
def browser() -> Client:
    """Somebody with a session, which only the database could tell from a forged one."""
    browser = Client(raise_request_exception=False)
    browser.cookies[settings.SESSION_COOKIE_NAME] = SESSION
    return browser


@pytest.mark.parametrize("path", ["/", "/sponsor/wallet/", "/creator/", "/sign-in/password/"])
def test_a_page_that_needs_the_database_says_when_to_come_back(nobody_listens: None, browser: Client, path: str):
    ask = browser.post if path.startswith("/sign-in/") else browser.get
    answer = ask(path, {"email": "somebody@example.test", "password": "long enough for them"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Back in a moment" in answer.content.decode()


def test_the_api_tells_it_as_a_problem(nobody_listens: None, browser: Client):
    answer = browser.get("/api/v1/balance")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "no_database"


def test_a_load_balancer_sends_nobody_and_a_supervisor_restarts_nothing(nobody_listens: None):
    assert Client().get("/healthz/").status_code == 503
    assert Client().get("/livez/").status_code == 200


def test_a_scheduler_goes_on_after_the_database_came_back(committed: str, caplog: pytest.LogCaptureFixture):
    processes.look()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [committed])
    processes.look()
    assert "this second's look failed" in caplog.text
    caplog.clear()
    processes.look()

    assert caplog.text == ""
    assert connection.is_usable()


def test_a_session_that_cannot_be_kept_is_told_as_the_outage_that_it_is(request: pytest.FixtureRequest):
    session = SessionStore()
    session["seen"] = 1
    session.save()
    session["seen"] = 2
    request.getfixturevalue("nobody_listens")

    with pytest.raises(OperationalError):
        session.save()


def test_a_session_that_was_ended_meanwhile_is_not_brought_back():
    session = SessionStore()
    session.save()
    SessionStore(session.session_key).delete()
    session["seen"] = 2

    with pytest.raises(UpdateError):
        session.save()


def test_what_is_broken_on_our_side_is_no_outage(browser: Client, monkeypatch: pytest.MonkeyPatch):
    def breaks(self: SessionBase) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("cliphaven.config.sessions.SessionStore.load", breaks)
    answer = browser.get("/")

    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers


def test_a_lost_connection_is_an_outage_and_a_wrong_value_is_none():
    demoted = InternalError("read-only")
    demoted.__cause__ = psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE in a read-only transaction")

    assert outage.is_outage(OperationalError("server closed the connection unexpectedly"))
    assert outage.is_outage(InterfaceError("connection already closed"))
    assert outage.is_outage(demoted)
    assert not outage.is_outage(DataError("integer out of range"))
    assert not outage.is_outage(None)
