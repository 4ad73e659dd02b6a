"""How vendors spoil what they tell of clips: items that are missing, doubled, of another clip, or nonsense.

Each way changes a list of items as the vendor would have answered it, or the bytes or headers of that answer. What is
no list of items passes unchanged.
"""

import json
import re
from collections.abc import Callable
from typing import Final

from starlette.types import Message, Send

from sandbox.spoiling import counts, items
from sandbox.spoiling.counts import Items

# Where vendors answer with items: a run's dataset, YouTube's list of videos.
_LISTS: Final = re.compile(r"apify/v2/(datasets|actor-runs)/.+/items|youtube/youtube/v3/videos")
_HTML: Final = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"
_ERROR: Final = b'{"error": {"type": "page-not-available", "message": "Something went wrong"}}'
_DEEP: Final = 100_000
_LONG_BYTES: Final = 33 * 1024 * 1024

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
}
_OF_HEADERS: Final = {"headers_missing": b"x-apify-pagination-", "type_missing": b"content-type"}
KINDS: Final = frozenset(_OF_ITEMS) | frozenset(_OF_BYTES) | frozenset(_OF_HEADERS)


def answers_with_items(path: str) -> bool:
    """Whether this path, without its first slash, answers with items."""
    return _LISTS.fullmatch(path) is not None


def spoilt(body: bytes, kind: str) -> bytes:
    """The answer in this way; unchanged when it is no list of items."""
    if kind in _OF_BYTES:
        return _OF_BYTES[kind](body)
    if kind in _OF_HEADERS:
        return body
    answer = json.loads(body)
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
        body = spoilt(self._body, self._kind) if self._start["status"] == 200 else self._body
        left_out = _OF_HEADERS.get(self._kind, b"content-length")
        headers = [
            (name, value)
            for name, value in self._start["headers"]
            if name != b"content-length" and not name.startswith(left_out)
        ]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**self._start, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": body})
