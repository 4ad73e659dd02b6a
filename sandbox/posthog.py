"""PostHog's capture: takes batches of events, and shows to tests what it took."""

import gzip
import json
import zlib
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.store import Json
from sandbox.world import World

KEPT_EVENTS: Final = 10_000


def routes(world: World) -> list[BaseRoute]:
    """The routes under /posthog."""

    async def batch(request: Request) -> JSONResponse:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip" or request.query_params.get("compression") == "gzip":
            try:
                body = gzip.decompress(body)
            except (OSError, EOFError, zlib.error):
                return _refused("The body is not gzip")
        try:
            given = json.loads(body)
            events = given["batch"]
        except (ValueError, KeyError, TypeError):
            return _refused("The body holds no batch")
        if not given.get("api_key"):
            return JSONResponse({"type": "authentication_error", "detail": "API key is missing"}, 401)
        for event in events:
            _keep(world, event)
        return JSONResponse({"status": "Ok"})

    async def captured(request: Request) -> JSONResponse:
        wanted = request.query_params.get("event")
        events = [event for event in world.store.all("posthog_event") if wanted in (None, event.get("event"))]
        return JSONResponse({"results": events})

    return [
        Route("/batch/", batch, methods=["POST"]),
        Route("/batch", batch, methods=["POST"]),
        Route("/captured", captured, methods=["GET"]),
    ]


def _keep(world: World, event: Json) -> None:
    """Keep the event once: the same uuid is the same event. The oldest make room when there are too many."""
    number = world.store.next_number("posthog event")
    world.store.put("posthog_event", str(event.get("uuid") or number), event)
    if number > KEPT_EVENTS:
        oldest = next(world.store.all("posthog_event"), None)
        if oldest is not None and oldest.get("uuid"):
            world.store.delete("posthog_event", oldest["uuid"])


def _refused(detail: str) -> JSONResponse:
    return JSONResponse({"type": "validation_error", "code": "invalid_payload", "detail": detail}, 400)
