"""The house as production runs it: web servers, workers and schedulers, each a process that may be killed or stopped.

All of it is done from the main thread: the kernel ties a child's life to the thread that started it.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cliphaven.config.environment import RATE_LIMITS
from cliphaven.config.local.processes import die_with_parent
from cliphaven.config.local.run import CLIPHAVEN, WEB_THREADS

PAUSE_S = 0.5  # before somebody who ended by themselves is started again
PATIENCE_S = 10.0
SECRETS = (
    "CLIPHAVEN_SECRET_KEY",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_CONNECT_WEBHOOK_SECRET",
    "APIFY_TOKEN",
    "YOUTUBE_API_KEY",
    "RESEND_API_KEY",
)


class Role(StrEnum):
    """What a process is for."""

    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


@dataclass(kw_only=True)
class Part:
    """One process, with everything that it starts itself."""

    name: str
    role: Role
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    is_stopped: bool = False
    process: subprocess.Popen[bytes] | None = None
    again_at: float = field(default=0.0)

    def start(self) -> None:
        """Begin, or begin again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # our own interpreter
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self.environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  # see the module
            )
        self.is_stopped = False

    @property
    def is_alive(self) -> bool:
        """Whether it runs, or is stopped and could go on."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """To it and all that it has started."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        if number in (signal.SIGSTOP, signal.SIGCONT):
            self.is_stopped = number is signal.SIGSTOP

    def kill(self) -> None:
        """Without a last word. Waits until it is gone."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(PATIENCE_S)


class House:
    """All its processes; whoever ends is started again, as a supervisor would."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Nothing runs yet."""
        self.parts = list(parts)
        self.ended: Counter[str] = Counter()  # who ended without being killed

    def start(self) -> None:
        """All of them; whether they are ready is seen by asking."""
        for part in self.parts:
            part.start()

    def of(self, role: Role) -> list[Part]:
        """Those with this role that run now."""
        return [part for part in self.parts if part.role is role and part.is_alive and not part.is_stopped]

    def mend(self) -> None:
        """Start again who ended, a moment later."""
        now = time.monotonic()
        for part in self.parts:
            if part.is_alive:
                continue
            if part.again_at == 0.0:
                self.ended[part.name] += 1
                part.again_at = now + PAUSE_S
            elif now >= part.again_at:
                part.start()
                part.again_at = 0.0

    def kill(self, part: Part) -> None:
        """Kill one; it is started again at once."""
        part.kill()
        part.start()

    def stop(self) -> None:
        """All of them, politely at first."""
        for part in self.parts:
            part.signal(signal.SIGCONT)
            part.signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        for part in self.parts:
            if part.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    part.process.wait(max(0.1, deadline - time.monotonic()))
                part.kill()


def environment(*, folder: Path, site_port: int, sandbox_port: int, clock: Path) -> dict[str, str]:
    """What every process of the run is told, but for its ways to the database and to the vendors."""
    site, sandbox = f"http://127.0.0.1:{site_port}", f"http://127.0.0.1:{sandbox_port}"
    return {
        **os.environ,
        **{name: f"chaos-{secrets.token_hex(16)}" for name in SECRETS},
        "DJANGO_SETTINGS_MODULE": "cliphaven.config.settings",
        "CLIPHAVEN_ENVIRONMENT": "test",
        # The clients under load ask as one person as often as they can.
        "CLIPHAVEN_RATE_LIMITS": json.dumps(dict.fromkeys(RATE_LIMITS, 1_000_000)),
        "CLIPHAVEN_STATE_DIR": str(folder / "state"),
        "CLIPHAVEN_CLOCK_FILE": str(clock),
        "CLIPHAVEN_SITE_URL": site,
        "CLIPHAVEN_SANDBOX_URL": sandbox,
        "REDIS_URL": "",
        "SANDBOX_PORT": str(sandbox_port),
        "SANDBOX_STATE_DIR": str(folder / "sandbox"),
        "SANDBOX_CLOCK_FILE": str(clock),
        "SANDBOX_WEBHOOK_URL": f"{site}/webhooks/stripe/",
        "SANDBOX_CONNECT_WEBHOOK_URL": f"{site}/webhooks/stripe/connect/",
        "NO_PROXY": "*",
    }


def ways(*, host: str, database_url: str, database_port: int, vendors_port: int) -> dict[str, str]:
    """How a process reaches the database and the vendors through what stands before them at `host`."""
    login, _, place = database_url.rpartition("@")
    vendors = f"http://{host}:{vendors_port}"
    return {
        "DATABASE_URL": f"{login}@{host}:{database_port}/{place.partition('/')[2]}",
        "STRIPE_API_BASE": f"{vendors}/stripe",
        "APIFY_API_BASE": f"{vendors}/apify",
        "YOUTUBE_API_BASE": f"{vendors}/youtube",
        "RESEND_API_BASE": f"{vendors}/resend",
        "SHORT_LINK_BASES": f'{{"vm.tiktok.com": "{vendors}/links/vm.tiktok.com"}}',
        "THUMBNAIL_BASE": f"{vendors}/thumbnails",
    }


def web(number: int, *, port: int, told: Mapping[str, str], logs: Path) -> Part:
    """A web server with one process of workers, like that of `make run`."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "cliphaven.config.wsgi:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws"]
    command += ["--workers-kill-timeout", "3", "--blocking-threads", str(WEB_THREADS)]
    command += ["--respawn-failed-workers", "--log-level", "warning"]
    name = f"web-{number}"
    return Part(
        name=name,
        role=Role.WEB,
        command=command,
        environment={**told, "CLIPHAVEN_DB_POOL": str(WEB_THREADS + 2)},
        log=logs / f"{name}.log",
    )


def steady(role: Role, number: int, *, told: Mapping[str, str], logs: Path, inside: Sequence[str] = ()) -> Part:
    """A worker or a scheduler; `inside` is what its command is put behind."""
    name = f"{role}-{number}"
    return Part(
        name=name, role=role, command=(*inside, *CLIPHAVEN, str(role)), environment=told, log=logs / f"{name}.log"
    )
