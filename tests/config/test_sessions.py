"""Sessions with Redis before the database: a Redis that forgets everything signs nobody out."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import machine
from tests.people import ben
from tests.world import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this test's own; a machine without one skips loudly, and fails in CI."""
    program = machine.find(machine.REDIS)
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"Redis is missing: {machine.REDIS.by_hand}")
    port = free_port()
    folder = Path(tmp_path_factory.mktemp("redis"))
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([str(program), *options], stdout=log, stderr=log)
    deadline = time.monotonic() + 10
    while not answers(port):
        assert server.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, "Redis does not come up"
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def behind_redis(redis_url, settings) -> redis.Redis:
    """The house as it is with REDIS_URL set; answers a connection to that Redis."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    server = redis.Redis.from_url(redis_url)
    server.flushall()
    return server


def signed_in() -> Client:
    client = Client()
    client.force_login(ben())
    return client


def is_in(client: Client) -> bool:
    return int(client.get(reverse("creator_home")).status_code) == 200


def test_a_session_is_kept_in_redis(behind_redis):
    client = signed_in()

    assert is_in(client)
    assert behind_redis.dbsize() == 1
    assert cache.get(f"django.contrib.sessions.cached_db{client.cookies['sid'].value}")["_auth_user_id"] == str(
        ben().id
    )


def test_a_redis_that_was_flushed_signs_nobody_out(behind_redis):
    client = signed_in()
    behind_redis.flushall()

    assert is_in(client)
    assert behind_redis.dbsize() == 1  # it has learnt it again


def test_a_session_that_was_ended_does_not_live_on_in_redis(behind_redis):
    client = signed_in()
    old = client.cookies["sid"].value
    client.post(reverse("sign_out"))
    client.cookies["sid"] = old

    assert not is_in(client)


def test_an_address_of_redis_turns_this_on(redis_url):
    told = "from django.conf import settings as s; print(s.SESSION_ENGINE, s.CACHES['default']['BACKEND'])"
    result = subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, "REDIS_URL": redis_url, "DJANGO_SETTINGS_MODULE": "cliphaven.config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout.split() == [
        "django.contrib.sessions.backends.cached_db",
        "django.core.cache.backends.redis.RedisCache",
    ]
