"""Apify's API, version 2, as far as actors, runs and datasets go."""

import asyncio
import gzip
import hmac
import json
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.apify import runs
from sandbox.apify.actors import find_actor
from sandbox.apify.usage import monthly_usage
from sandbox.apify.visit import iso
from sandbox.store import Json
from sandbox.vendor_errors import apify_error
from sandbox.world import World

Endpoint = Callable[[Request], Awaitable[Response]]

MOST_WAIT_SECONDS: Final = 60.0
DEFAULT_MEMORY: Final = 1024
DEFAULT_TIMEOUT: Final = 3600


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, type_: str, message: str) -> None:
        super().__init__(message)
        self.answer = JSONResponse(apify_error(type_, message), status)


def tick(world: World) -> None:
    """End the runs whose time is over."""
    runs.finish_due(world)


def routes(world: World) -> list[BaseRoute]:
    """The routes under /apify. Actors answer under /v2/actors and under the older /v2/acts."""
    api = _Api(world)
    found: list[BaseRoute] = []
    for word in ("actors", "acts"):
        found.append(Route(f"/v2/{word}/{{actor}}/runs", api.guarded(api.start), methods=["POST"]))
        found.append(Route(f"/v2/{word}/{{actor}}/runs", api.guarded(api.list_runs), methods=["GET"]))
    return [
        *found,
        Route("/v2/actor-runs", api.guarded(api.list_runs), methods=["GET"]),
        Route("/v2/actor-runs/{run}", api.guarded(api.get_run), methods=["GET"]),
        Route("/v2/actor-runs/{run}/abort", api.guarded(api.abort), methods=["POST"]),
        Route("/v2/actor-runs/{run}/dataset", api.guarded(api.get_dataset), methods=["GET"]),
        Route("/v2/actor-runs/{run}/dataset/items", api.guarded(api.list_items), methods=["GET"]),
        Route("/v2/datasets/{dataset}", api.guarded(api.get_dataset), methods=["GET"]),
        Route("/v2/datasets/{dataset}/items", api.guarded(api.list_items), methods=["GET"]),
        Route("/v2/users/me/usage/monthly", api.guarded(api.usage), methods=["GET"]),
    ]


class _Api:
    """The endpoints over one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint behind the token check, with refusals turned into answers."""

        async def answer(request: Request) -> Response:
            try:
                self._check_token(request)
                return await endpoint(request)
            except RefusedError as refusal:
                return refusal.answer

        return answer

    async def start(self, request: Request) -> Response:
        """Start a run: 201 and the run object."""
        actor = find_actor(request.path_params["actor"])
        if actor is None:
            raise RefusedError(404, "record-not-found", "Actor was not found")
        body = await request.body()
        given = _json_input(body, request.headers.get("content-encoding", ""))
        if actor.requests(given) is None:
            raise RefusedError(400, "invalid-input", "Input is not valid: there is nothing to scrape in it")
        user_agent = request.headers.get("user-agent", "")
        run = runs.start_run(
            self.world, actor, given, options=_options(request), user_agent=user_agent, body_length=len(body)
        )
        await self._wait(request, run)
        location = f"{self.world.config.public_url}/apify/v2/actor-runs/{run['id']}"
        return JSONResponse({"data": runs.run_json(self.world, run)}, 201, {"location": location})

    async def list_runs(self, request: Request) -> Response:
        """A page of runs, oldest first unless desc=1; of one actor when the address names one."""
        actor = None
        if "actor" in request.path_params:
            actor = find_actor(request.path_params["actor"])
            if actor is None:
                raise RefusedError(404, "record-not-found", "Actor was not found")
        wanted = {word for word in request.query_params.get("status", "").split(",") if word}
        since, until = _moment(request, "startedAfter", 0.0), _moment(request, "startedBefore", float("inf"))
        found = [
            run
            for run in self.world.store.all("apify_run")
            if (actor is None or run["actor"] == actor.name)
            and since <= run["started_unix"] <= until
            and (not wanted or runs.status_of(self.world, run) in wanted)
        ]
        descending = _flag(request, "desc")
        if descending:
            found.reverse()
        offset, limit = _number(request, "offset", 0), _number(request, "limit", 1000)
        page = found[offset : offset + limit]
        return JSONResponse(
            {
                "data": {
                    "total": len(found),
                    "offset": offset,
                    "limit": limit,
                    "count": len(page),
                    "desc": descending,
                    "items": [runs.short_run_json(self.world, run) for run in page],
                }
            }
        )

    async def get_run(self, request: Request) -> Response:
        """One run; with waitForFinish, answered when it has ended or the seconds are over."""
        run = self._run(request)
        await self._wait(request, run)
        return JSONResponse({"data": runs.run_json(self.world, run)})

    async def abort(self, request: Request) -> Response:
        """End a run now."""
        run = self._run(request)
        runs.abort_run(self.world, run)
        return JSONResponse({"data": runs.run_json(self.world, run)})

    async def get_dataset(self, request: Request) -> Response:
        """What the dataset is, without its items."""
        run = self._run(request)
        count = len(runs.items_of(self.world, run))
        moment = iso(run["finished_unix"] or run["started_unix"])
        return JSONResponse(
            {
                "data": {
                    "id": run["dataset_id"],
                    "name": None,
                    "userId": runs.USER_ID,
                    "createdAt": iso(run["started_unix"]),
                    "modifiedAt": moment,
                    "accessedAt": moment,
                    "itemCount": count,
                    "cleanItemCount": count,
                    "actId": runs.actor_of(run).id,
                    "actRunId": run["id"],
                    "consoleUrl": f"https://console.apify.com/storage/datasets/{run['dataset_id']}",
                }
            }
        )

    async def list_items(self, request: Request) -> Response:
        """A page of items as a JSON array; the five pagination headers say where it lies."""
        if request.query_params.get("format", "json") != "json":
            raise RefusedError(400, "invalid-parameter", "This dataset is served as JSON only")
        run = self._run(request)
        if self.world.faults.take("apify", "dataset_expired", run["actor"]):
            self.world.store.delete("apify_dataset", run["dataset_id"])
            raise RefusedError(404, "record-not-found", "Dataset was not found")
        items = runs.items_of(self.world, run)
        total, descending = len(items), _flag(request, "desc")
        if descending:
            items.reverse()
        offset, limit = _number(request, "offset", 0), _number(request, "limit", 250_000)
        page = items[offset : offset + limit]
        fields = [name for name in request.query_params.get("fields", "").split(",") if name]
        if fields:
            page = [{name: item[name] for name in fields if name in item} for item in page]
        headers = {
            "X-Apify-Pagination-Total": str(total),
            "X-Apify-Pagination-Offset": str(offset),
            "X-Apify-Pagination-Limit": str(limit),
            "X-Apify-Pagination-Count": str(len(page)),
            "X-Apify-Pagination-Desc": "true" if descending else "false",
        }
        return JSONResponse(page, headers=headers)

    async def usage(self, request: Request) -> Response:
        """The true bill of the current month, or of the one that `date` is in."""
        runs.finish_due(self.world)
        day = _moment(request, "date", self.world.clock.now().timestamp())
        return JSONResponse({"data": monthly_usage(self.world, datetime.fromtimestamp(day, UTC))})

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = request.query_params.get("token", "")
        if not token:
            raise RefusedError(401, "token-not-provided", "Authentication token was not provided")
        if not hmac.compare_digest(token, self.world.config.apify_token):
            message = "User was not found or authentication token is not valid"
            raise RefusedError(401, "user-or-token-not-found", message)

    def _run(self, request: Request) -> Json:
        run_id = request.path_params.get("run")
        if run_id is None:
            dataset = self.world.store.get("apify_dataset", request.path_params["dataset"])
            if dataset is None:
                raise RefusedError(404, "record-not-found", "Dataset was not found")
            run_id = dataset["run_id"]
        run = self.world.store.get("apify_run", run_id)
        if run is None:
            raise RefusedError(404, "record-not-found", "Actor run was not found")
        return run

    async def _wait(self, request: Request, run: Json) -> None:
        seconds = min(MOST_WAIT_SECONDS, _number(request, "waitForFinish", 0))
        await asyncio.sleep(min(seconds, runs.seconds_left(self.world, run)))


def _json_input(body: bytes, encoding: str) -> Json:
    if encoding == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise RefusedError(400, "invalid-request", "The body is not gzip, though its header says so") from error
    elif encoding not in ("", "identity"):
        raise RefusedError(415, "unsupported-content-encoding", f"Content-Encoding {encoding} is not supported")
    try:
        given = json.loads(body or b"{}")
    except ValueError as error:
        raise RefusedError(400, "run-input-body-not-valid-json", "The input is not valid JSON") from error
    if not isinstance(given, dict):
        raise RefusedError(400, "input-json-not-object", "The input must be a JSON object")
    return given


def _options(request: Request) -> Json:
    given = request.query_params
    max_items = _number(request, "maxItems", 0) if "maxItems" in given else None
    if max_items is not None and max_items < 1:
        raise RefusedError(400, "max-items-must-be-greater-than-zero", "maxItems must be greater than zero")
    try:
        charge = float(given["maxTotalChargeUsd"]) if "maxTotalChargeUsd" in given else None
    except ValueError as error:
        raise RefusedError(400, "invalid-parameter", "maxTotalChargeUsd must be a number") from error
    if charge is not None and not charge > 0:
        raise RefusedError(
            400, "max-total-charge-usd-must-be-greater-than-zero", "maxTotalChargeUsd must be above zero"
        )
    return {
        "build": given.get("build", "latest"),
        "timeoutSecs": _number(request, "timeout", DEFAULT_TIMEOUT),
        "memoryMbytes": _number(request, "memory", DEFAULT_MEMORY),
        "diskMbytes": 2 * _number(request, "memory", DEFAULT_MEMORY),
        "maxItems": max_items,
        "maxTotalChargeUsd": charge,
    }


def _number(request: Request, name: str, default: int) -> int:
    try:
        number = int(request.query_params.get(name, str(default)))
    except ValueError as error:
        raise RefusedError(400, "invalid-parameter", f"{name} must be a whole number") from error
    if number < 0:
        raise RefusedError(400, "invalid-parameter", f"{name} must not be negative")
    return number


def _moment(request: Request, name: str, default: float) -> float:
    given = request.query_params.get(name)
    if given is None:
        return default
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise RefusedError(400, "invalid-parameter", f"{name} must be a moment in ISO 8601") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "") in ("1", "true")
