"""Stops around every HTTP call of an actor, and instead of every sleep."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import requests
from requests import adapters

from simulator.stepping.stage import Kind, Stop, acting

# A vendor here answers as soon as the machine lets it, which on a starved one may be later than the house waits for.
# What comes too late is decided by the director alone.
PATIENCE_S = 300.0
_NAMES = re.compile(r"(?<=/)[^/]*\d[^/]*")


@contextmanager
def stops() -> Iterator[None]:
    """Calls and sleeps of actors stop, as long as this lasts."""
    before = adapters.HTTPAdapter.send, httpx2.HTTPTransport.handle_request, time.sleep
    adapters.HTTPAdapter.send = _sending(before[0])  # type: ignore[method-assign]
    httpx2.HTTPTransport.handle_request = _handling(before[1])  # type: ignore[method-assign]
    time.sleep = _sleeping(before[2])
    try:
        yield
    finally:
        adapters.HTTPAdapter.send, httpx2.HTTPTransport.handle_request, time.sleep = before  # type: ignore[method-assign]


def label_of(method: str, url: str) -> str:
    """A call without the names in its path, which differ between two runs."""
    return f"{method} {_NAMES.sub('…', urlsplit(url).path)}"


def _sending(real: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    """For the clients built on requests, such as Stripe's."""

    def send(adapter: adapters.HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        actor = acting()
        if actor is None:
            return real(adapter, request, **options)
        label = label_of(str(request.method), str(request.url))
        order = actor.pause(Stop(Kind.REQUEST, label))
        if order == "unreachable":
            raise requests.ConnectionError("no route to the vendor", request=request)
        response = real(adapter, request, **{**options, "timeout": PATIENCE_S})
        if actor.pause(Stop(Kind.ANSWER, f"{label} {response.status_code}")) == "answer_lost":
            raise requests.ReadTimeout("the vendor's answer did not arrive", request=request)
        return response

    return send


def _handling(real: Callable[..., httpx2.Response]) -> Callable[..., httpx2.Response]:
    """For everything else."""

    def handle_request(transport: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        actor = acting()
        if actor is None:
            return real(transport, request)
        label = label_of(request.method, str(request.url))
        if actor.pause(Stop(Kind.REQUEST, label)) == "unreachable":
            raise httpx2.ConnectError("no route to the vendor", request=request)
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), PATIENCE_S)
        response = real(transport, request)
        response.read()
        if actor.pause(Stop(Kind.ANSWER, f"{label} {response.status_code}")) == "answer_lost":
            raise httpx2.ReadTimeout("the vendor's answer did not arrive", request=request)
        return response

    return handle_request


def _sleeping(real: Callable[..., None]) -> Callable[..., None]:
    def sleep(seconds: float) -> None:
        actor = acting()
        if actor is None:
            real(seconds)
        else:
            actor.pause(Stop(Kind.SLEEP, "sleep"))

    return sleep
