"""A house to ask: PostgreSQL, the pretend vendors and the web server of production, with something of each kind."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx2

from benchmarks.server import Server
from cliphaven.config.local.ports import free_port
from simulator.chaos.house import Part, ways, web
from tests.world import SandboxWorld

OPENS_S = 240.0


@dataclass(frozen=True, kw_only=True)
class OpenHouse:
    """A house that answers at `site`; `web` is its web server, whose processes and log can be looked at."""

    site: str
    web: Part
    environment: dict[str, str]

    def log(self) -> str:
        """What the web server has written."""
        return self.web.log.read_text(errors="replace")


@contextmanager
def open_house() -> Iterator[OpenHouse]:
    """Open one; this process has its database, too. Everything is gone afterwards."""
    with ExitStack() as ending:
        server = ending.enter_context(Server(durable=False))
        database = ending.enter_context(server.database())
        site_port = free_port()
        (server.folder / "world").mkdir()
        world = ending.enter_context(SandboxWorld(server.folder / "world", site_port=site_port))
        furnish(world)
        owner = {**os.environ, **told(world), "DATABASE_URL": database.owner_url}
        part = web(1, port=site_port, told={**owner, "DATABASE_URL": database.app_url}, logs=server.folder)
        part.start()
        ending.callback(part.kill)
        wait_for(f"{world.site_url}/livez/", part)
        yield OpenHouse(site=world.site_url, web=part, environment=owner)


def told(world: SandboxWorld) -> dict[str, str]:
    """What processes of the house are told of the world."""
    vendors = ways(host="127.0.0.1", database_url="", database_port=0, vendors_port=world.port)
    del vendors["DATABASE_URL"]
    return {
        **vendors,
        "CLIPHAVEN_CLOCK_FILE": str(world.clock.path),
        "CLIPHAVEN_SANDBOX_URL": world.url,
        "CLIPHAVEN_SITE_URL": world.site_url,
        "GOOGLE_ACCOUNTS_BASE": f"{world.url}/google",
        "GOOGLE_TOKEN_BASE": f"{world.url}/google",
    }


def furnish(world: SandboxWorld) -> None:
    """Let people move in, with something of each kind that addresses of the API are about; the clock stands still."""
    from django.conf import settings  # noqa: PLC0415  # the server has set Django up

    from tests.fuzzing.visitors import VISITORS  # noqa: PLC0415
    from tests.rooms.fraud.doubts import a_bought_clip  # noqa: PLC0415
    from tests.security.visitors import a_house  # noqa: PLC0415

    for visitor in VISITORS.values():
        if visitor.enters is not None:
            visitor.enters()
    a_house()
    _, now = a_bought_clip()
    world.clock.set(virtual=now, speed=0)
    settings.CLOCK_FILE = str(world.clock.path)


def wait_for(address: str, part: Part) -> None:
    """Until the web server answers. Raises RuntimeError with what it wrote when it does not."""
    deadline = time.monotonic() + OPENS_S
    while time.monotonic() < deadline and part.is_alive:
        try:
            if httpx2.get(address, timeout=5).is_success:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(f"The web server does not answer: {part.log.read_text(errors='replace')[-2_000:]}")
