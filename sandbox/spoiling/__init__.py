"""How vendors spoil what they tell of clips: items that are missing, doubled, of another clip, or nonsense.

Each way changes a list of items as the vendor would have answered it, or the bytes or headers of that answer. What is
no list of items passes unchanged.
"""

import asyncio
import gzip
import json
import re
from collections.abc import Callable
from typing import Final

from starlette.types import Message, Send

from sandbox.hanging_up import hang_up
from sandbox.spoiling import counts, items, runs
from sandbox.spoiling.counts import Items

# Where vendors answer with items: a run's dataset, YouTube's list of videos.
_LISTS: Final = re.compile(r"apify/v2/(datasets|actor-runs)/.+/items|youtube/youtube/v3/videos")
# Where Apify answers with a run: when it is started, and when it is asked about.
_RUNS: Final = re.compile(r"apify/v2/(actors|acts)/[^/]+/runs|apify/v2/actor-runs/[^/]+")
_HTML: Final = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"
_ERROR: Final = b'{"error": {"type": "page-not-available", "message": "Something went wrong"}}'
_DEEP: Final = 100_000
_LONG_BYTES: Final = 33 * 1024 * 1024
_DRIPS: Final = 200
_DRIP_SECONDS: Final = 0.05

_OF_ITEMS: Final[dict[str, Callable[[Items], Items]]] = {**counts.WAYS, **items.WAYS}
_OF_BYTES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "answer_truncated": lambda body: body[: len(body) // 2],
    "answer_html": lambda _: _HTML,
    "answer_error": lambda _: _ERROR,
    "answer_empty": lambda _: b"",
    "answer_null": lambda _: b"null",
    "answer_object": lambda _: b"{}",
    "answer_text": lambda _: b'"no items today"',
    "answer_twice": lambda body: body + body,
    "answer_not_a_number": lambda _: b'[{"playCount": NaN, "videoPlayCount": Infinity}]',
    "answer_not_utf8": lambda body: body.replace(b'"', b'"\xff\xfe', 1),
    "answer_deep": lambda _: b"[" * _DEEP + b"]" * _DEEP,
    "answer_too_long": lambda body: body + b" " * _LONG_BYTES,
    "answer_utf16": lambda body: body.decode().encode("utf-16"),
    "answer_half_characters": lambda body: body.replace(b'"', b'"\xed\xa0\x80', 1),
    "answer_packed_twice": lambda body: gzip.compress(gzip.compress(body + b" " * _LONG_BYTES, 1), 1),
    "answer_packed_badly": lambda body: b"\x1f\x8b" + body,
}
# Headers that are left out, and such as take their place.
_OF_HEADERS: Final = {"headers_missing": b"x-apify-pagination-", "type_missing": b"content-type"}
_HEADERS: Final[dict[str, tuple[bytes, bytes]]] = {
    "answer_packed_twice": (b"content-encoding", b"gzip, gzip"),
    "answer_packed_badly": (b"content-encoding", b"gzip"),
    "type_wrong": (b"content-type", b"text/html; charset=iso-8859-1"),
}
# Of the connection: it ends, or goes on and on.
_OF_TRANSPORT: Final = frozenset({"answer_cut_off", "answer_dripping"})
KINDS_OF_ITEMS: Final = (
    frozenset(_OF_ITEMS) | frozenset(_OF_BYTES) | frozenset(_OF_HEADERS) | frozenset(_HEADERS) | _OF_TRANSPORT
)
KINDS: Final = KINDS_OF_ITEMS | frozenset(runs.WAYS)


def kinds_at(path: str) -> frozenset[str]:
    """The ways in which an answer of this path, given without its first slash, can be spoilt."""
    if _LISTS.fullmatch(path):
        return KINDS_OF_ITEMS
    return frozenset(runs.WAYS) if _RUNS.fullmatch(path) else frozenset()


def spoilt(body: bytes, kind: str) -> bytes:
    """The answer in this way; unchanged when it is no list of items."""
    if kind in _OF_BYTES:
        return _OF_BYTES[kind](body)
    if kind not in _OF_ITEMS and kind not in runs.WAYS:
        return body
    answer = json.loads(body)
    if kind in runs.WAYS:
        return json.dumps(runs.spoilt(answer, kind)).encode()
    if isinstance(answer, list):
        return json.dumps(_OF_ITEMS[kind](answer)).encode()
    if isinstance(answer, dict) and isinstance(answer.get("items"), list):
        return json.dumps({**answer, "items": _OF_ITEMS[kind](answer["items"])}).encode()
    return body


class Spoiler:
    """Stands between an application and who asked, and spoils the body of a good answer."""

    def __init__(self, send: Send, kind: str) -> None:
        self._send, self._kind = send, kind
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Keep everything until the answer is whole."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = spoilt(self._body, self._kind) if self._start["status"] in (200, 201) else self._body
        instead = _HEADERS.get(self._kind, (b"content-length", b""))[0]
        left_out = (b"content-length", instead, _OF_HEADERS.get(self._kind, instead))
        headers = [header for header in self._start["headers"] if not header[0].startswith(left_out)]
        headers += [_HEADERS[self._kind]] if self._kind in _HEADERS else []
        drips = _DRIPS if self._kind == "answer_dripping" else 0
        headers.append((b"content-length", str(drips + len(body)).encode()))
        await self._send({**self._start, "headers": headers})
        for _ in range(drips):
            # A space before a document is part of it: nobody can say that nothing comes.
            await self._send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.sleep(_DRIP_SECONDS)
        if self._kind == "answer_cut_off":
            await self._send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await hang_up(self._send)
            return
        await self._send({"type": "http.response.body", "body": body})
