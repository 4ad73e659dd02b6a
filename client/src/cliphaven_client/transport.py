"""How requests are sent: with a credential, again where that is safe, and with problems raised as exceptions."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

import httpx2
from pydantic_core import to_jsonable_python

from cliphaven_client.credentials import Credential
from cliphaven_client.problems import NoAnswer, problem

T = TypeVar("T")
Body: TypeAlias = Mapping[str, object]
File: TypeAlias = tuple[str, bytes]
"""A file to send: its name, and what is in it."""

KEY = "Idempotency-Key"
TRIES_MAX = 4
PAUSE_S = 0.5  # before the second try, where no answer says how long; twice as long before each further one
AGAIN = (429, 503)
UNAUTHORIZED = 401
REFUSED = "not_signed_in"  # what was shown opens nothing; other codes are about what was sent


def new_key() -> str:
    """A name for a request that nobody has named."""
    return uuid.uuid4().hex


def nothing(_: bytes) -> None:
    """What there is in an empty answer."""


class Transport:
    """Sends requests to one house. Safe to share between threads."""

    def __init__(self, *, http: httpx2.Client, credential: Credential, patience_s: float) -> None:
        """`http` knows the address; `patience_s` is how long one request may wait in all for its turn."""
        self._http = http
        self._credential = credential
        self._patience_s = patience_s

    def ask(
        self,
        method: str,
        path: str,
        *,
        gives: Callable[[bytes], T],
        path_values: Body | None = None,
        query: Body | None = None,
        body: Body | None = None,
        form: Body | None = None,
        key: str = "",
    ) -> T:
        """Ask, and read the answer by `gives`. Raises ApiProblem, or NoAnswer.

        429 and 503 are asked again after `Retry-After`, while that is not longer than the patience that is left. When
        no answer comes, what only reads and what has a key is asked again; nothing else is.
        """
        address = path.format(**{name: quote(str(value), safe="") for name, value in (path_values or {}).items()})
        answer = self._answer(
            self._request(method, address, query=query, body=body, form=form, key=key),
            is_safe=method == "GET" or bool(key),
        )
        if answer.is_success:
            return gives(answer.content)
        raise problem(status=answer.status_code, told=_told(answer), retry_after_s=_retry_after_s(answer))

    def _request(
        self, method: str, address: str, *, query: Body | None, body: Body | None, form: Body | None, key: str
    ) -> httpx2.Request:
        fields = {name: value for name, value in (form or {}).items() if value is not None}
        files = {name: value for name, value in fields.items() if isinstance(value, tuple)}
        if fields and not files:  # a form without a file is sent as the same kind of form all the same
            files = {name: (None, str(value)) for name, value in fields.items()}
            fields = {}
        content = {name: value for name, value in (body or {}).items() if value is not None}
        return self._http.build_request(
            method,
            address,
            params={name: _written(value) for name, value in (query or {}).items() if value is not None},
            json=None if body is None else to_jsonable_python(content),
            data={name: value for name, value in fields.items() if not isinstance(value, tuple)} or None,
            files=files or None,
            headers={KEY: key} if key else None,
        )

    def _answer(self, request: httpx2.Request, *, is_safe: bool) -> httpx2.Response:
        patience_s, has_renewed = self._patience_s, False
        for number in range(1, TRIES_MAX + 1):
            shown = self._credential.shown()
            if shown:
                request.headers["Authorization"] = f"Bearer {shown}"
            pause_s: float = PAUSE_S * 2 ** (number - 1)
            try:
                answer = self._http.send(request)
            except httpx2.TransportError as error:
                if not is_safe or number == TRIES_MAX or pause_s > patience_s:
                    raise NoAnswer(f"{request.method} {request.url.path} was not answered") from error
            else:
                if answer.status_code == UNAUTHORIZED and not has_renewed and _told(answer).get("code") == REFUSED:
                    has_renewed = True
                    if self._credential.renew(self._http, shown):
                        continue
                pause_s = _retry_after_s(answer) or pause_s
                if answer.status_code not in AGAIN or number == TRIES_MAX or pause_s > patience_s:
                    return answer
            time.sleep(pause_s)
            patience_s -= pause_s
        raise AssertionError("the last try either answers or raises")


class Group:
    """What can be asked for by one kind of people."""

    def __init__(self, transport: Transport) -> None:
        """Ask by this."""
        self._transport = transport


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _told(answer: httpx2.Response) -> dict[str, Any]:
    try:
        told = json.loads(answer.content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _retry_after_s(answer: httpx2.Response) -> int | None:
    said = answer.headers.get("Retry-After", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
