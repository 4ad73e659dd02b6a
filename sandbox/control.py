"""The switches of the pretend world: its clock, what goes wrong next, who posts what. No vendor has such an API."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox import short_links, youtube
from sandbox.audience import control as audience
from sandbox.faults import Fault
from sandbox.store import Json
from sandbox.stripe.agenda import catch_up
from sandbox.stripe.balance import move
from sandbox.stripe.books import books_of
from sandbox.stripe.disputes import close_dispute, open_dispute, warn_of_fraud
from sandbox.stripe.routes import settle as settle_webhooks
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """The routes under /control."""
    return [
        *clock_routes(world),
        *fault_routes(world),
        *audience.routes(world),
        *stripe_routes(world),
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


def _steer(world: World, order: Json) -> None:
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


def stripe_routes(world: World) -> list[BaseRoute]:
    """What payers' banks do, what the vendor does of its own accord, and waiting until every webhook was tried."""

    async def settle(_: Request) -> JSONResponse:
        return JSONResponse(await settle_webhooks(world))

    async def letters(_: Request) -> JSONResponse:
        books = books_of(world)
        catch_up(books)
        return JSONResponse({"letters": books.outbox.letters()})

    async def taken(request: Request) -> JSONResponse:
        books_of(world).outbox.taken(request.path_params["event"])
        return JSONResponse({})

    async def open_(request: Request) -> JSONResponse:
        order = await request.json()
        return _order(lambda: open_dispute(world, order.pop("charge"), **order))

    async def close(request: Request) -> JSONResponse:
        order = await request.json()
        return _order(lambda: close_dispute(world, request.path_params["id"], bool(order["won"])))

    async def warn(request: Request) -> JSONResponse:
        order = await request.json()
        return _order(lambda: warn_of_fraud(world, order["charge"]))

    async def move_money(request: Request) -> JSONResponse:
        order = await request.json()
        return _order(lambda: move(world, **order))

    async def rate(request: Request) -> JSONResponse:
        books = books_of(world)
        if request.method == "POST":
            books.rate.limit((await request.json()).get("per_second"))
        return JSONResponse(books.rate.counted())

    return [
        Route("/stripe/rate", rate, methods=["GET", "POST"]),
        Route("/stripe/balance-transactions", move_money, methods=["POST"]),
        Route("/settle", settle, methods=["POST"]),
        Route("/stripe/letters", letters),
        Route("/stripe/letters/{event}/taken", taken, methods=["POST"]),
        Route("/stripe/disputes", open_, methods=["POST"]),
        Route("/stripe/disputes/{id}/close", close, methods=["POST"]),
        Route("/stripe/fraud-warnings", warn, methods=["POST"]),
    ]


def _order(act: Callable[[], Json]) -> JSONResponse:
    try:
        return JSONResponse(act())
    except (KeyError, TypeError, ValueError) as error:
        return JSONResponse({"error": str(error)}, 400)
