"""A running sandbox for the Stripe tests: a real server on a free port, its clock in the test's hands."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from sandbox.app import create_app
from sandbox.clock import Clock
from sandbox.config import IDLE_CONNECTION_S, Config
from sandbox.store import Store
from tests.providers.sandbox.stripe.stripe_world import START, CheckingClient, Listener, Running, free_port


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A webhook endpoint on a real port."""
    heard = Listener("")

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the base class asks for this name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.heard.append((self.path, body, self.headers["Stripe-Signature"]))
            self.send_response(heard.status)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    heard.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def start(tmp_path: Path, listener: Listener) -> Iterator[Callable[..., Running]]:
    """Start a sandbox over this test's one world; a second call finds the same world again."""
    clock = Clock(tmp_path / "clock.json")
    clock.set(virtual=START, speed=0)
    stops: list[Callable[[], None]] = []

    def start_one(seed: int | None = None) -> Running:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        store = Store(tmp_path / "world.sqlite3")
        config = Config(
            store=store,
            clock=clock,
            public_url=url,
            webhook_url=f"{listener.url}/platform",
            connect_webhook_url=f"{listener.url}/connect",
            seed=seed,
        )
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(config), port=port, log_level="error", access_log=False, timeout_keep_alive=IDLE_CONNECTION_S
            )
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        http = httpx2.Client(base_url=url, timeout=20)

        def stop() -> None:
            if not server.should_exit:
                server.should_exit = True
                http.close()
                thread.join(10)
                store.close()

        stops.append(stop)
        return Running(url, config, http, CheckingClient(), listener, stop)

    yield start_one
    for stop in stops:
        stop()


@pytest.fixture
def sandbox(start: Callable[[], Running]) -> Running:
    """A running sandbox."""
    return start()
