"""The pretend Stripe as routes, to be mounted at `/stripe`: the API under `/v1`, and the pages people click."""

import hmac
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.store import Json
from sandbox.stripe import (
    accounts,
    balance,
    balance_settings,
    bank_accounts,
    charges,
    checkout,
    customers,
    disputes,
    events,
    onboarding,
    pay_page,
    payment_intents,
    payouts,
    refunds,
    reversals,
    transfers,
)
from sandbox.stripe.agenda import catch_up
from sandbox.stripe.books import API_VERSION, Books, books_of, new_id
from sandbox.stripe.endpoint import Call, Endpoint, Table
from sandbox.stripe.errors import ApiError, BadParametersError
from sandbox.stripe.expand import check_paths, expanded
from sandbox.stripe.forms import check, decode
from sandbox.stripe.idempotency import Saved, fingerprint
from sandbox.stripe.sweeps import plan_sweeps
from sandbox.world import World

ENDPOINTS: list[Endpoint] = [
    *accounts.ENDPOINTS,
    *balance.ENDPOINTS,
    *balance_settings.ENDPOINTS,
    *bank_accounts.ENDPOINTS,
    *charges.ENDPOINTS,
    *checkout.ENDPOINTS,
    *customers.ENDPOINTS,
    *disputes.ENDPOINTS,
    *events.ENDPOINTS,
    *onboarding.ENDPOINTS,
    *payment_intents.ENDPOINTS,
    *payouts.ENDPOINTS,
    *refunds.ENDPOINTS,
    *reversals.ENDPOINTS,
    *transfers.ENDPOINTS,
]


def routes(world: World) -> list[BaseRoute]:
    """The routes of this vendor."""
    books = books_of(world)
    plan_sweeps(books)
    api = Api(books, Table(ENDPOINTS))
    return [
        Route("/v1/{rest:path}", api.answer, methods=["GET", "POST", "DELETE"]),
        *pay_page.routes(books),
        *onboarding.routes(books),
    ]


def tick(world: World) -> None:
    """Carry out what is due on the clock and send what is waiting. To be called from the running event loop."""
    books = books_of(world)
    catch_up(books)
    books.outbox.start()


async def settle(world: World) -> dict[str, int]:
    """Return when every queued webhook was tried: how many were taken, how many refused."""
    books = books_of(world)
    catch_up(books)
    delivered, failed = books.outbox.delivered, books.outbox.failed
    await books.outbox.settle()
    return {"delivered": books.outbox.delivered - delivered, "failed": books.outbox.failed - failed}


class Api:
    """Authenticates, checks, keeps idempotency keys, executes, and words the answers."""

    def __init__(self, books: Books, table: Table) -> None:
        self._books = books
        self._table = table
        self._expected = f"Bearer {books.world.config.stripe_api_key}".encode()

    async def answer(self, request: Request) -> Response:
        """Answer one API request. Everything between the body's last byte and the answer happens without a pause."""
        request_id = new_id("req", 14)
        headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("stripe-version", API_VERSION)}
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None:
            headers["Idempotency-Key"] = key
        entered = None
        try:
            self._authenticate(request)
            self._books.rate.take(self._named(request))
            owner = self._account(request)
            if key is not None:
                entered = self._books.keys.enter(owner, key)
            body = (await request.body()).decode(errors="replace")
            form = decode(body if request.method == "POST" else request.url.query)
            catch_up(self._books)
            self._books.request = {"id": request_id, "idempotency_key": key}
            saved, replayed = self._executed(request, owner, form, entered)
            if replayed:
                headers["Idempotent-Replayed"] = "true"
                headers["Original-Request"] = saved.request_id
            status, content = saved.status, saved.body
        except ApiError as error:
            status, content = error.status, error.body()
        finally:
            if entered is not None:
                self._books.keys.leave(entered)
        if status == 409:
            headers["Stripe-Should-Retry"] = "true"
        self._books.outbox.nudge()
        return Response(json.dumps(content), status, headers, media_type="application/json")

    def _named(self, request: Request) -> str:
        """The endpoint of a request in words, such as "POST /v1/transfers"."""
        found = self._table.find(request.method, _path(request))
        return f"{request.method} {found[0].pattern if found else 'elsewhere'}"

    def _executed(self, request: Request, owner: str, form: dict[str, Any], entered: str | None) -> tuple[Saved, bool]:
        """The answer, and whether it was given before. Raises ApiError for what leaves the key unused."""
        books, method = self._books, request.method
        path = _path(request)
        print_ = fingerprint(method, path, form)
        if entered is not None and (earlier := books.keys.answered(entered, print_, books.moment)) is not None:
            return earlier, True
        found = self._table.find(method, path)
        if found is None:
            raise BadParametersError(f"Unrecognized request URL ({method}: {path}).", status=404)
        endpoint, ids = found
        given = check(endpoint.accepted, form)
        check_paths(endpoint.shows, given.get("expand", []))
        try:
            call = Call(books, owner, path, given, ids)
            answer = Saved(200, _finished(call, endpoint), books.request_id)
        except BadParametersError:
            raise
        except ApiError as error:
            answer = Saved(error.status, error.body(), books.request_id)
        if request.scope.get("sandbox.fault") == "error_500_with_effect":
            # The vendor itself would keep its 500 under the key and give it again, although the effect happened.
            broken = ApiError("An unknown error occurred", status=500, type="api_error")
            answer = Saved(broken.status, broken.body(), books.request_id)
        if entered is not None:
            books.keys.save(entered, print_, books.moment, answer)
        return answer, False

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), self._expected):
            return
        if not given:
            raise ApiError(
                "You did not provide an API key. Provide it in the Authorization header, as Bearer auth.", status=401
            )
        shown = given.removeprefix("Bearer ")
        raise ApiError(f"Invalid API Key provided: {shown[:8]}{'*' * 8}{shown[-4:]}", status=401)

    def _account(self, request: Request) -> str:
        """The account the request acts on: the platform's own, or the connected one named in `Stripe-Account`."""
        named = request.headers.get("stripe-account")
        if named is None or named == self._books.platform:
            return self._books.platform
        if not accounts.is_connected(self._books, named):
            raise BadParametersError(
                f"The provided key does not have access to account '{named}' (or that account does not exist). "
                "Application access may have been revoked.",
                code="account_invalid",
                status=403,
            )
        return named


def _finished(call: Call, endpoint: Endpoint) -> Json:
    answer = endpoint.act(call)
    paths = call.given.get("expand")
    return expanded(call.books, answer, paths) if paths else answer


def _path(request: Request) -> str:
    return request.url.path[request.url.path.index("/v1/") :].rstrip("/")
