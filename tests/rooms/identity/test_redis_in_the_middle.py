"""Redis is killed, emptied or slow in the middle: signing in, refreshing, signing out and revoking stay right."""

import os
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cliphaven.identity.operations import limits
from tests import machine
from tests.config.test_redis import RedisServer
from tests.people import ben
from tests.rooms.identity.programs import Program
from tests.rooms.identity.test_keys import asked, made
from tests.world import free_port

SLOW_S = 2.0


class SlowProxy:
    """Stands before Redis and lets answers through late, once it is told to."""

    def __init__(self, port: int) -> None:
        self.behind, self.late_s, self.port = port, 0.0, free_port()
        self.server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self.server.accept()
                redis = socket.create_connection(("127.0.0.1", self.behind))
            except OSError:
                return
            threading.Thread(target=self._carry, args=(caller, redis), daemon=True).start()

    def _carry(self, caller: socket.socket, redis: socket.socket) -> None:
        ways = {caller: redis, redis: caller}
        with selectors.DefaultSelector() as ready, caller, redis:
            for way in ways:
                ready.register(way, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    try:
                        said = source.recv(65_536)
                        if source is redis:
                            time.sleep(self.late_s)
                        ways[source].sendall(said)
                    except OSError:
                        return
                    if not said:
                        return

    def close(self) -> None:
        self.server.close()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    program = machine.find(machine.REDIS)
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"Redis is missing: {machine.REDIS.by_hand}")
    server = RedisServer(str(program), tmp_path)
    yield server
    server.kill()


@pytest.fixture
def proxy(redis_server: RedisServer, settings) -> Iterator[SlowProxy]:
    """The house with a Redis, which answers late when the proxy is told so."""
    proxy = SlowProxy(redis_server.port)
    settings.HAS_REDIS = True
    settings.CACHES = {
        "default": {
            "BACKEND": "cliphaven.providers.redis_cache.ForgivingRedisCache",
            "LOCATION": proxy.url,
            "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
        }
    }
    yield proxy
    proxy.close()


def whole_life(site: str) -> None:
    """In, refreshed, out, revoked: each as it must be, at once."""
    program = Program(site).sign_in()
    assert program.me() == 200
    assert program.refresh()[0] == 200
    assert program.me() == 200
    revoked = Program(site).sign_in()
    assert revoked.http.post("/auth/revoke", json={"token": revoked.access}).status_code == 204
    assert revoked.me() == 401
    assert program.post("/auth/logout")[0] == 204
    assert [program.me(), program.refresh()[0]] == [401, 401]


@pytest.mark.parametrize("trouble", ["none", "killed", "emptied", "slow"])
def test_what_was_revoked_before_stays_void_and_everything_goes_on(site, redis_server, proxy, trouble):
    ben()
    ended, kept = Program(site).sign_in(), Program(site).sign_in()
    key = made(ben())
    ended.post("/auth/logout")

    if trouble == "killed":
        redis_server.kill()
    elif trouble == "emptied":
        with socket.create_connection(("127.0.0.1", redis_server.port)) as redis:
            redis.sendall(b"FLUSHALL\r\n")
            assert redis.recv(64).startswith(b"+OK")
    elif trouble == "slow":
        proxy.late_s = SLOW_S

    assert [ended.me(), ended.refresh()[0]] == [401, 401]
    assert kept.me() == 200
    assert asked(site, key, "/balance")[0] == 200
    whole_life(site)


def test_limits_go_on_in_postgresql_when_redis_dies(site, redis_server, proxy, settings, monkeypatch):
    monkeypatch.setitem(limits.WINDOWS, "caller", timedelta(weeks=1_000))  # no window ends in the middle of this
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "caller": 3}
    key = made(ben())
    assert [asked(site, key, "/balance")[0] for _ in range(4)] == [200, 200, 200, 429]

    redis_server.kill()

    assert [asked(site, key, "/balance")[0] for _ in range(4)][-1] == 429
