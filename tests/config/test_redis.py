"""Redis is a cache: it makes answers faster, and its absence changes none."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import machine
from tests.people import ben
from tests.world import free_port

pytestmark = pytest.mark.django_db


class RedisServer:
    """A Redis of this test's own, which can be killed."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen([program, *options], stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while not self.answers():
            assert self.process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "Redis does not come up"
            time.sleep(0.05)

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def redis_server(tmp_path: Path, settings) -> Iterator[RedisServer]:
    """The house as it is with REDIS_URL set; a machine without Redis skips loudly, and fails in CI."""
    program = machine.find(machine.REDIS)
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"Redis is missing: {machine.REDIS.by_hand}")
    server = RedisServer(str(program), tmp_path)
    settings.CACHES = {
        "default": {"BACKEND": "cliphaven.providers.redis_cache.ForgivingRedisCache", "LOCATION": server.url}
    }
    yield server
    server.kill()


def test_the_cache_keeps_and_forgets(redis_server):
    cache.set("key", {"views": 5}, timeout=60)

    assert cache.get("key") == {"views": 5}
    assert not cache.add("key", "other")
    assert cache.delete("key")
    assert cache.get("key", "nothing") == "nothing"


def test_a_dead_redis_is_an_empty_cache(redis_server):
    cache.set("key", "value")
    redis_server.kill()

    cache.set("other", "value")
    assert cache.get("key", "nothing") == "nothing"
    assert not cache.add("key", "value")
    assert not cache.has_key("key")
    assert not cache.delete("key")


def test_a_dead_redis_signs_nobody_out_and_nobody_in(redis_server):
    client = Client()
    client.force_login(ben())
    redis_server.kill()

    assert client.get(reverse("creator_home")).status_code == 200
    client.post(reverse("sign_out"))
    assert client.get(reverse("creator_home")).status_code == 302
