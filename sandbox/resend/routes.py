"""Resend's API for sending, with its idempotency keys, and the outbox that people and tests read."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.resend import news, pages
from sandbox.resend.mail import RejectedError, mail_json, outbox, take_mail
from sandbox.store import Json
from sandbox.vendor_errors import resend_error
from sandbox.world import World

Take = Callable[[Any], Json]

KEY_SECONDS: Final = 24 * 3600
LONGEST_KEY: Final = 256
MOST_IN_BATCH: Final = 100
MOST_ON_PAGE: Final = 200


def routes(world: World) -> list[BaseRoute]:
    """The routes under /resend."""
    api = _Api(world)
    return [
        Route("/emails", api.send, methods=["POST"]),
        Route("/emails/batch", api.send_batch, methods=["POST"]),
        Route("/emails/{id}", api.get, methods=["GET"]),
        Route("/outbox", api.outbox, methods=["GET"]),
        Route("/outbox.json", api.outbox_json, methods=["GET"]),
        Route("/outbox/{id}", api.outbox_mail, methods=["GET"]),
    ]


class _Api:
    """The endpoints over one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def send(self, request: Request) -> JSONResponse:
        """Take one mail."""
        return await self._answered(request, self._take)

    async def send_batch(self, request: Request) -> JSONResponse:
        """Take up to a hundred mails, all or none."""
        return await self._answered(request, self._take_all)

    async def get(self, request: Request) -> JSONResponse:
        """One mail."""
        try:
            self._authorise(request)
        except RejectedError as error:
            return _refused(error)
        mail = self.world.store.get("mail", request.path_params["id"])
        if mail is None:
            return _refused(RejectedError(404, "not_found", "Email not found"))
        return JSONResponse(mail_json(mail))

    async def outbox(self, request: Request) -> HTMLResponse:
        """The list of the newest mails, for people."""
        to = request.query_params.get("to")
        return HTMLResponse(pages.list_page(outbox(self.world, to)[:MOST_ON_PAGE], to))

    async def outbox_json(self, request: Request) -> JSONResponse:
        """The same list, for tests."""
        return JSONResponse({"data": [mail_json(mail) for mail in outbox(self.world, request.query_params.get("to"))]})

    async def outbox_mail(self, request: Request) -> HTMLResponse:
        """One mail, for people."""
        mail = self.world.store.get("mail", request.path_params["id"])
        if mail is None:
            return HTMLResponse(pages.missing_page(), 404)
        return HTMLResponse(pages.mail_page(mail))

    async def _answered(self, request: Request, take: Take) -> JSONResponse:
        try:
            self._authorise(request)
            return JSONResponse(self._once(request, await request.body(), take))
        except RejectedError as error:
            return _refused(error)

    def _once(self, request: Request, body: bytes, take: Take) -> Json:
        """Carry the request out, or repeat the answer that its Idempotency-Key already has."""
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= LONGEST_KEY:
            raise RejectedError(400, "invalid_idempotency_key", f"The key must be between 1-{LONGEST_KEY} chars.")
        try:
            given = json.loads(body)
        except ValueError as error:
            raise RejectedError(400, "validation_error", "The request body is not valid JSON.") from error
        if key is None:
            return take(given)
        now = self.world.clock.now().timestamp()
        payload = hashlib.sha256(request.url.path.encode() + json.dumps(given, sort_keys=True).encode()).hexdigest()
        earlier = self.world.store.get("resend_key", key)
        if earlier is None or earlier["at"] <= now - KEY_SECONDS:
            answer = take(given)
            self.world.store.put("resend_key", key, {"payload": payload, "answer": answer, "at": now})
            return answer
        if earlier["payload"] != payload:
            message = "Same idempotency key used with a different request payload."
            raise RejectedError(409, "invalid_idempotent_request", message)
        return dict(earlier["answer"])

    def _take(self, given: Any) -> Json:
        mail = take_mail(self.world, given)
        news.note(self.world, mail)
        return {"id": mail["id"]}

    def _take_all(self, given: Any) -> Json:
        if not isinstance(given, list) or not 0 < len(given) <= MOST_IN_BATCH:
            raise RejectedError(422, "validation_error", f"A batch holds between 1 and {MOST_IN_BATCH} mails.")
        taken: list[Json] = []
        try:
            taken.extend(take_mail(self.world, one) for one in given)
        except RejectedError:
            for mail in taken:
                self.world.store.delete("mail", mail["id"])
            raise
        for mail in taken:
            news.note(self.world, mail)
        return {"data": [{"id": mail["id"]} for mail in taken]}

    def _authorise(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise RejectedError(401, "missing_api_key", "Missing API Key")
        if key != self.world.config.resend_api_key:
            raise RejectedError(403, "invalid_api_key", "API key is invalid")


def _refused(error: RejectedError) -> JSONResponse:
    return JSONResponse(resend_error(error.status, error.name, error.message), error.status)
