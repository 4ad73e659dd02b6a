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
    project = _Project(world)
    return [
        Route("/api/environments/{project_id}/persons/bulk_delete/", project.erase, methods=["POST"]),
        Route("/erased", project.erased, methods=["GET"]),
        Route("/batch/", project.batch, methods=["POST"]),
        Route("/batch", project.batch, methods=["POST"]),
        Route("/captured", project.captured, methods=["GET"]),
    ]


class _Project:
    """One project: what it was told, and whom it forgot."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def batch(self, request: Request) -> JSONResponse:
        """Take a batch of events."""
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
            _keep(self.world, event)
        return JSONResponse({"status": "Ok"})

    async def captured(self, request: Request) -> JSONResponse:
        """What was told and is not forgotten."""
        wanted = request.query_params.get("event")
        events = [event for event in self.world.store.all("posthog_event") if wanted in (None, event.get("event"))]
        return JSONResponse({"results": events})

    async def erase(self, request: Request) -> JSONResponse:
        """Forget people by their distinct ids."""
        if not request.headers.get("authorization", "").startswith("Bearer phx_"):
            return JSONResponse({"type": "authentication_error", "detail": "Invalid personal API key."}, 401)
        try:
            order = json.loads(await request.body())
            subjects = {str(one) for one in order["distinct_ids"]}
        except (ValueError, KeyError, TypeError):
            return _refused("The body names nobody")
        return JSONResponse(_erase(self.world, subjects, with_events=order.get("delete_events") is True), 202)

    async def erased(self, request: Request) -> JSONResponse:  # noqa: ARG002  # the shape that routes want
        """Whom it forgot."""
        return JSONResponse({"results": list(self.world.store.all("posthog_erased"))})


def _keep(world: World, event: Json) -> None:
    """Keep the event once: the same uuid is the same event. The oldest make room when there are too many."""
    number = world.store.next_number("posthog event")
    world.store.put("posthog_event", str(event.get("uuid") or number), event)
    if number > KEPT_EVENTS:
        oldest = next(world.store.all("posthog_event"), None)
        if oldest is not None and oldest.get("uuid"):
            world.store.delete("posthog_event", oldest["uuid"])


def _erase(world: World, subjects: set[str], *, with_events: bool) -> Json:
    """Forget people, and what they did if that is asked for; those who are not known are no trouble."""
    gone = [event for event in world.store.all("posthog_event") if event.get("distinct_id") in subjects]
    for event in gone if with_events else []:
        if event.get("uuid"):
            world.store.delete("posthog_event", event["uuid"])
    for subject in sorted(subjects):
        world.store.put("posthog_erased", subject, {"distinct_id": subject})
    return {"persons_found": len({event["distinct_id"] for event in gone}), "deletion_queued": with_events}


def _refused(detail: str) -> JSONResponse:
    return JSONResponse({"type": "validation_error", "code": "invalid_payload", "detail": detail}, 400)
