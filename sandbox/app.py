"""The sandbox as one ASGI application: every vendor by path on one port."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import control, google, posthog, short_links, youtube
from sandbox.apify import routes as apify
from sandbox.audience import pages as profiles
from sandbox.audience import thumbnails
from sandbox.config import Config
from sandbox.faults import FaultLayer
from sandbox.resend import news as mail_news
from sandbox.resend import routes as resend
from sandbox.s3 import routes as s3
from sandbox.store import Store
from sandbox.stripe import routes as stripe
from sandbox.world import World

TICK_SECONDS = 0.2
Tick = Callable[[World], Awaitable[None] | None]

log = logging.getLogger("sandbox")


class Sandbox(Starlette):
    """Starlette with the fault layer outside of everything, where it still holds the server's own `send`."""

    def __init__(self, world: World, **options: Any) -> None:
        super().__init__(**options)
        self.world = world

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's stack, wrapped once more."""
        return FaultLayer(super().build_middleware_stack(), self.world.faults)


class CommitLayer:
    """Keeps what a request changed before its answer starts: what a client was told is never lost by a kill."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self.app = app
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; commit when its answer begins."""

        async def committing_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.store.commit()
            await send(message)

        await self.app(scope, receive, committing_send if scope["type"] == "http" else send)


def create_app(config: Config) -> Starlette:
    """The whole outside world on one port. Its lifespan must run: what is due, webhooks too, is done from there."""
    world = World(config)
    mounts = [
        Mount("/control", routes=control.routes(world)),
        Mount("/stripe", routes=stripe.routes(world)),
        Mount("/apify", routes=apify.routes(world)),
        Mount("/youtube", routes=youtube.routes(world)),
        Mount("/google", routes=google.routes(world)),
        Mount("/audience", routes=profiles.routes(world)),
        Mount("/thumbnails", routes=thumbnails.routes(world)),
        Mount("/links", routes=short_links.routes(world)),
        Mount("/resend", routes=resend.routes(world)),
        Mount("/s3", routes=s3.routes(world)),
        Mount("/posthog", routes=posthog.routes(world)),
    ]
    ticks: list[Tick] = [] if config.is_steered else [stripe.tick, apify.tick, mail_news.tick]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick_for_ever(world, ticks))
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            world.store.commit()

    return Sandbox(
        world,
        routes=mounts,
        lifespan=lifespan,
        middleware=[Middleware(CommitLayer, store=world.store)],
    )


async def _tick_for_ever(world: World, ticks: list[Tick]) -> None:
    """Let every vendor do what is due by now; one vendor's trouble does not stop the others."""
    while True:
        for tick in ticks:
            try:
                result = tick(world)
                if inspect.isawaitable(result):
                    await result
            except Exception:
                log.exception("A vendor's tick failed")
        world.store.commit()
        await asyncio.sleep(TICK_SECONDS)
