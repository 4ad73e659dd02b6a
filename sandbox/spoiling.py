"""How vendors spoil what they tell of clips: items that are missing, doubled, of another clip, or nonsense.

Each way changes a list of items as the vendor would have answered it. Only the counts of views are touched, in whatever
shape the vendor has them; what is no list of items passes unchanged.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from starlette.types import Message, Send

from sandbox.store import Json

Items = list[Any]

# Where vendors answer with items: a run's dataset, YouTube's list of videos.
_LISTS: Final = re.compile(r"apify/v2/(datasets|actor-runs)/.+/items|youtube/youtube/v3/videos")
_COUNTERS: Final = ("playCount", "videoPlayCount", "videoViewCount", "viewCount")
_HUGE: Final = 2**63
_HTML: Final = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"
_ERROR: Final = b'{"error": {"type": "page-not-available", "message": "Something went wrong"}}'


def _each_count(change: Callable[[int], Any]) -> Callable[[Items], Items]:
    """The items with every count of views changed; YouTube writes its counts as text, and keeps doing so."""

    def changed(item: Json) -> Json:
        found = dict(item)
        statistics = found.get("statistics")
        if isinstance(statistics, dict) and "viewCount" in statistics:
            count = change(int(statistics["viewCount"]))
            found["statistics"] = {**statistics, "viewCount": str(count) if isinstance(count, int) else count}
        for name in _COUNTERS:
            if isinstance(found.get(name), int):
                found[name] = change(found[name])
        return found

    return lambda items: [changed(item) if isinstance(item, dict) else item for item in items]


def _of_another(items: Items) -> Items:
    """Each item under the id of the next one, or of a video that does not exist."""
    ids = [item.get("id") for item in items]
    return [{**item, "id": other} for item, other in zip(items, [*ids[1:], "7000000000000000000"], strict=True)]


_OF_ITEMS: Final[dict[str, Callable[[Items], Items]]] = {
    "item_missing": lambda items: items[1:],
    "half_answered": lambda items: items[: len(items) // 2],
    "items_reversed": lambda items: items[::-1],
    "items_twice": lambda items: [one for item in items for one in (item, item)],
    "items_of_another": _of_another,
    "views_null": _each_count(lambda _: None),
    "views_zero": _each_count(lambda _: 0),
    "views_dropped": _each_count(lambda count: count * 6 // 10),
    "views_older": _each_count(lambda count: count * 95 // 100),
    "views_tripled": _each_count(lambda count: count * 3),
    "views_text": _each_count(lambda count: f"{count / 1000:.1f}K"),
    "views_negative": _each_count(lambda count: -count - 1),
    "views_huge": _each_count(lambda _: _HUGE),
}
_OF_BYTES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "answer_truncated": lambda body: body[: len(body) // 2],
    "answer_html": lambda _: _HTML,
    "answer_error": lambda _: _ERROR,
}
KINDS: Final = frozenset(_OF_ITEMS) | frozenset(_OF_BYTES)


def answers_with_items(path: str) -> bool:
    """Whether this path, without its first slash, answers with items."""
    return _LISTS.fullmatch(path) is not None


def spoilt(body: bytes, kind: str) -> bytes:
    """The answer in this way; unchanged when it is no list of items."""
    if kind in _OF_BYTES:
        return _OF_BYTES[kind](body)
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
        headers = [(name, value) for name, value in self._start["headers"] if name != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**self._start, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": body})
