"""A running sandbox for the tests: the real server on a free port of 127.0.0.1, with a clock that can be steered."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from jsonschema import Draft202012Validator

from sandbox.app import create_app
from sandbox.clock import Clock
from sandbox.config import IDLE_CONNECTION_S, Config
from sandbox.store import Store

Json = dict[str, Any]

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SHAPES = Path(__file__).parent / "shapes"


@dataclass(frozen=True)
class Running:
    """A sandbox that answers: where, and shortcuts for what many tests arrange."""

    url: str
    config: Config
    http: httpx2.Client

    def account(self, platform: str, handle: str = "clip.maker", bio: str = "") -> Json:
        """Open an account."""
        return self.post("/control/audience/accounts", platform=platform, handle=handle, bio=bio)

    def video(self, account: Json, **details: Any) -> Json:
        """Let the account post, steadily 6,000 views in 30 days unless told otherwise."""
        given = {"final_views": 6_000, "posted_at": (START - timedelta(days=3)).isoformat(), **details}
        return self.post(
            "/control/audience/videos", platform=account["platform"], author_id=account["author_id"], **given
        )

    def act(self, video: Json, action: str, **details: Any) -> Json:
        """Let something happen to a video."""
        return self.post(f"/control/audience/videos/{video['platform']}/{video['id']}", action=action, **details)

    def advance(self, **span: float) -> None:
        """Move the world's clock."""
        self.post("/control/clock", advance_seconds=timedelta(**span).total_seconds())

    def fault(self, vendor: str, kind: str, **details: Any) -> None:
        """Ask for a fault."""
        self.post("/control/faults", vendor=vendor, kind=kind, **details)

    def post(self, path: str, /, **body: Any) -> Json:
        """POST to the control API, which must agree."""
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())


@contextmanager
def running(config: Config, *, wait: bool = True) -> Iterator[Running]:
    """Serve a configuration until the block ends; `wait` for the server's end when its world is opened again."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(config), port=0, log_level="warning", access_log=False, timeout_keep_alive=IDLE_CONNECTION_S
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert thread.is_alive(), "The sandbox did not start"
            assert time.monotonic() < deadline, "The sandbox did not start in time"
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx2.Client(base_url=url) as http:
            yield Running(url, config, http)
    finally:
        server.should_exit = True
        if wait:
            thread.join(10)


def configuration(folder: Path, **changes: Any) -> Config:
    """A configuration whose world lives in `folder`; nothing goes wrong by itself unless `disorder` says so."""
    clock = Clock(folder / "clock.json")
    if not (folder / "clock.json").exists():
        clock.set(virtual=START, speed=1.0)
    settings = {"disorder": 0.0, "files_dir": folder / "files", **changes}
    return Config(store=Store(folder / "world.sqlite3"), clock=clock, **settings)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Running]:
    """A fresh world in which nothing goes wrong by itself."""
    with running(configuration(tmp_path), wait=False) as found:
        yield found


@pytest.fixture
def start_world() -> Callable[..., Any]:
    """Start worlds by hand: `with start_world(folder, disorder=1.0) as world`."""

    def start(folder: Path, **changes: Any) -> Any:
        return running(configuration(folder, **changes))

    return start


@pytest.fixture(scope="session")
def shapes() -> Callable[[str, Any], None]:
    """`shapes(name, document)` raises unless the document has the published shape of that name."""
    validators: dict[str, Draft202012Validator] = {}
    for file in SHAPES.glob("*.json"):
        document = json.loads(file.read_text())
        for name, answer in document["answers"].items():
            validators[name] = Draft202012Validator({**answer, "$defs": document["$defs"]})

    def check(name: str, document: Any) -> None:
        validators[name].validate(document)

    return check
