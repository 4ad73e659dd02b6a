"""Sends bodies over sockets of its own, since every library would mend some of them, and reads what is answered."""

import contextlib
import json
import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fuzzing.malformed import KINDS, Malformed, malformed, sound

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
WAITS_S = 20.0
CLOSED = 0  # instead of a status: the connection was closed without one
# Who is let in to an address, by how its tag begins.
INSIDERS = {"Creators": "creator", "Sponsors": "owner", "Staff": "staff"}
NUMBERS = {"currency": "USD", "week": "2026-W45", "way": "on"}


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address that takes orders, one that it would take, and who is let in there."""

    method: str
    path: str
    order: Mapping[str, Any]
    insider: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: a status, or CLOSED; whether it is a problem; and how long it took."""

    kind: str
    address: str
    as_whom: str
    status: int
    is_problem: bool
    took_s: float


def addresses() -> list[Address]:
    """Every address of the document that something is sent to."""
    document = json.loads(DOCUMENT.read_text())
    schemas = document["components"]["schemas"]
    return [
        Address(
            method=method.upper(),
            path=path.format(**{name: NUMBERS.get(name, _number(name)) for name in _names(path)}),
            order=next((sound(one["schema"], schemas) for one in _contents(said)), {}),
            insider=INSIDERS.get(str(said["tags"][0]).partition(":")[0], "creator"),
        )
        for path, methods in document["paths"].items()
        for method, said in methods.items()
        if method in ("post", "put", "patch", "delete")
    ]


def _contents(said: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return list(said.get("requestBody", {}).get("content", {}).values())


def _names(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _number(name: str) -> str:
    return "00000000-0000-0000-0000-000000000001" if name in ("key_id", "sign_in_id", "passkey_id") else "1"


def knocks(*, seed: int, each: int | None = None) -> Iterator[tuple[Address, Malformed]]:
    """Every kind of body to every address; or to `each` addresses, all of which get some."""
    chance = random.Random(seed)
    doors = addresses()
    for number, kind in enumerate(KINDS):
        chosen = doors if each is None else [doors[(number * each + one) % len(doors)] for one in range(each)]
        for address in chosen:
            yield address, malformed(kind, order=address.order, chance=chance)


def knock(site: str, address: Address, body: Malformed, *, as_whom: str, shown: str | None) -> Answer:
    """Send one, and wait for the answer."""
    host = urlsplit(site).netloc
    head = {
        "Host": host,
        "Connection": "close",
        "Content-Type": body.content_type,
        "Idempotency-Key": f"knock-{time.monotonic_ns()}",
        **({"Authorization": f"Bearer {shown}"} if shown else {}),
        **({} if body.length == "" else {"Content-Length": body.length or str(len(body.raw))}),
        **body.headers,
    }
    lines = [f"{address.method} {address.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    raw = "\r\n".join(lines).encode() + b"\r\n\r\n" + body.raw
    began = time.perf_counter()
    said = _exchanged(host, raw)
    took_s = time.perf_counter() - began
    first = said.split(b"\r\n", 1)[0].split(b" ")
    return Answer(
        kind=body.kind,
        address=f"{address.method} {address.path}",
        as_whom=as_whom,
        status=int(first[1]) if len(first) > 1 and first[1].isdigit() else CLOSED,
        is_problem=b"application/problem+json" in said.split(b"\r\n\r\n", 1)[0].lower(),
        took_s=took_s,
    )


def _exchanged(host: str, raw: bytes) -> bytes:
    name, _, port = host.partition(":")
    said = b""
    with socket.create_connection((name, int(port)), timeout=WAITS_S) as connection:
        # Who refuses a body unread may close while it is still being sent.
        with contextlib.suppress(OSError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65_536):
                said += part
    return said


def knock_everywhere(
    site: str, *, seed: int, credential: Callable[[str], str | None], each: int | None = None
) -> Iterator[Answer]:
    """Each body twice: as a stranger, and as somebody who is let in."""
    shown: dict[str, str | None] = {}
    for address, body in knocks(seed=seed, each=each):
        yield knock(site, address, body, as_whom="stranger", shown=None)
        if address.insider not in shown or not address.order:  # where no body is read, it is done: signing out, too
            shown[address.insider] = credential(address.insider)
        yield knock(site, address, body, as_whom=address.insider, shown=shown[address.insider])
        if not address.order:
            shown.clear()
