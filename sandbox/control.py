"""The switches of the pretend world: its clock, what goes wrong next, who posts what. No vendor has such an API."""

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox import short_links, youtube
from sandbox.audience import control as audience
from sandbox.faults import Fault
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """The routes under /control."""
    return [
        *clock_routes(world),
        *fault_routes(world),
        *audience.routes(world),
        *youtube.control_routes(world),
        *short_links.control_routes(world),
    ]


def clock_routes(world: World) -> list[BaseRoute]:
    """Health, and the clock: read, set, advance."""

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "now": world.clock.now().isoformat()})

    async def clock(request: Request) -> JSONResponse:
        if request.method == "POST":
            order = await request.json()
            try:
                _steer(world, order)
            except (RuntimeError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"now": world.clock.now().isoformat(), "speed": world.clock.speed()})

    return [Route("/health", health), Route("/clock", clock, methods=["GET", "POST"])]


def _steer(world: World, order: dict[str, Any]) -> None:
    speed = float(order.get("speed", world.clock.speed()))
    virtual = world.clock.now()
    if "set" in order:
        virtual = datetime.fromisoformat(order["set"])
        if virtual.tzinfo is None:
            virtual = virtual.replace(tzinfo=UTC)
    virtual += timedelta(seconds=float(order.get("advance_seconds", 0)))
    world.clock.set(virtual=virtual, speed=speed)


def fault_routes(world: World) -> list[BaseRoute]:
    """Ask for faults, see those still waiting, forget them."""

    async def faults(request: Request) -> JSONResponse:
        if request.method == "DELETE":
            world.faults.clear()
        elif request.method == "POST":
            order = await request.json()
            try:
                world.faults.add(Fault(**order))
            except (TypeError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"waiting": world.faults.waiting()})

    return [Route("/faults", faults, methods=["GET", "POST", "DELETE"])]
