"""The pretend world for tests: a real sandbox process on loopback, with its clock and switches in the test's hands."""

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from sandbox.clock import Clock

STARTS_AT = datetime(2026, 10, 5, 8, tzinfo=UTC)  # a Monday
SECRETS = (
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_CONNECT_WEBHOOK_SECRET",
    "APIFY_TOKEN",
    "YOUTUBE_API_KEY",
    "RESEND_API_KEY",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SandboxWorld:
    """A sandbox process with a steered clock. Its time stands still unless a test moves it."""

    def __init__(self, folder: Path, *, site_port: int) -> None:
        """Nothing runs yet; `site_port` is where webhooks are delivered."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.site_url = f"http://127.0.0.1:{site_port}"
        self.folder = folder
        self.clock = Clock(folder / "clock.json")
        self.clock.set(virtual=STARTS_AT, speed=0)
        self.http = httpx2.Client(base_url=self.url, timeout=20)

    def __enter__(self) -> Self:
        environment = {
            "PATH": os.environ["PATH"],
            "SANDBOX_PORT": str(self.port),
            "SANDBOX_STATE_DIR": str(self.folder),
            "SANDBOX_CLOCK_FILE": str(self.clock.path),
            "SANDBOX_WEBHOOK_URL": f"{self.site_url}/webhooks/stripe/",
            "SANDBOX_CONNECT_WEBHOOK_URL": f"{self.site_url}/webhooks/stripe/connect/",
            "SANDBOX_DISORDER": "0",
            "SANDBOX_APIFY_RUN_SECONDS": "0",
            **{name: os.environ[name] for name in SECRETS},
        }
        self.process = subprocess.Popen([sys.executable, "-m", "sandbox"], env=environment)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.http.get("/control/health").raise_for_status()
            except httpx2.HTTPError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.http.close()

    def now(self) -> datetime:
        """The world's moment."""
        return self.clock.now()

    def advance(self, **duration: float) -> datetime:
        """Let the world's time pass: `advance(days=3)`. Answers the moment after it."""
        seconds = timedelta(**duration).total_seconds()
        self.post("/control/clock", {"advance_seconds": seconds})
        return self.now()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the control panel for something; answers its JSON."""
        response = self.http.post(path, json=body or {})
        response.raise_for_status()
        return response.json()

    def fault(self, vendor: str, kind: str, *, method: str = "POST", path_prefix: str = "", times: int = 1) -> None:
        """Let the next matching calls go wrong."""
        order = {"vendor": vendor, "kind": kind, "method": method, "path_prefix": path_prefix, "times": times}
        self.post("/control/faults", order)

    def settle(self) -> None:
        """Wait until every webhook that is due was delivered or tried."""
        self.post("/control/settle")
