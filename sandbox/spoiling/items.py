"""Lists of items that are short, doubled, of other posts, about nothing, or made of errors."""

import json
from collections.abc import Callable
from typing import Any, Final

from sandbox.spoiling.counts import COUNTERS, Items
from sandbox.store import Json

_STRANGER: Final = {
    "id": "7000000000000000000",
    "shortCode": "AAAAAAAAAAA",
    "webVideoUrl": "https://www.tiktok.com/@nobody/video/7000000000000000000",
    "submittedVideoUrl": "https://www.tiktok.com/@nobody/video/7000000000000000000",
    "inputUrl": "https://www.instagram.com/p/AAAAAAAAAAA/",
    "url": "https://www.instagram.com/p/AAAAAAAAAAA/",
}
_NAMES: Final = ("id", "shortCode", "url", "webVideoUrl", "inputUrl", "submittedVideoUrl")
_WITHOUT_END: Final = 1_000
_DEEP: Final = 300
# Eras that no calendar of ours goes to once the offset is taken from them.
_BEFORE_TIME: Final = "0001-01-01T00:00:00+23:59"
_AFTER_TIME: Final = "9999-12-31T23:59:59-23:59"


def _of_another(items: Items) -> Items:
    """Each item under the id of the next one, or of a post that does not exist; the address asked for stays."""
    moved = []
    for item, other in zip(items, [*items[1:], _STRANGER], strict=True):
        names = {name: other[name] for name in ("id", "shortCode") if name in item and name in other}
        moved.append({**item, **names})
    return moved


def _with(**fields: Any) -> Callable[[Items], Items]:
    """The items with these fields, and with those of a nested object changed one by one."""

    def changed(item: Json) -> Json:
        merged = {
            name: {**item[name], **value} if isinstance(value, dict) and isinstance(item.get(name), dict) else value
            for name, value in fields.items()
        }
        return {**item, **merged}

    return lambda items: [changed(item) for item in items]


def _without(*names: str) -> Callable[[Items], Items]:
    return lambda items: [{name: value for name, value in item.items() if name not in names} for item in items]


def _unreadable_ids(items: Items) -> Items:
    return [{**item, "id": "none", **({"shortCode": "no code!"} if "shortCode" in item else {})} for item in items]


def _stranger_beside(items: Items) -> Items:
    return [*items, *({**item, **{name: _STRANGER[name] for name in _STRANGER if name in item}} for item in items[:1])]


def _twice_and_higher(items: Items) -> Items:
    """Every item again, with a tenfold count, first."""
    doubled = []
    for item in items:
        other = json.loads(json.dumps(item))
        for name in COUNTERS:
            if isinstance(other.get(name), int):
                other[name] *= 10
        if "viewCount" in other.get("statistics", {}):
            other["statistics"]["viewCount"] += "0"
        doubled += [other, item]
    return doubled


def _address(item: Json) -> str:
    return str(item.get("submittedVideoUrl") or item.get("inputUrl") or item.get("url"))


def _errors(make: Callable[[str], Json], *, share_percent: int = 100) -> Callable[[Items], Items]:
    """Error items instead of the first items, as many as the share says."""

    def spoilt(items: Items) -> Items:
        many = -(-len(items) * share_percent // 100)
        return [*(make(_address(item)) for item in items[:many]), *items[many:]]

    return spoilt


def _nested(items: Items) -> Items:
    """Items whose texts are lists in lists, deeper than anybody means it."""
    text: Any = "deep"
    for _ in range(_DEEP):
        text = [text]
    return _with(text=text, caption=text, snippet={"title": text})(items)


def _of_another_platform(items: Items) -> Items:
    """Instead of each item one as it comes from elsewhere; Instagram's numbers look like TikTok's ids."""
    if any("shortCode" in item or "statistics" in item for item in items):
        return [{"id": _STRANGER["id"], "playCount": 1, "authorMeta": {"id": "1", "name": "nobody"}} for _ in items]
    return [{"id": "3913028191006298064", "shortCode": "DZN3mhZB00Q", "videoPlayCount": 1} for _ in items]


def _not_found(url: str) -> Json:
    if "tiktok.com" in url:
        return {"url": url, "error": "Post not found or private.", "errorCode": "NOT_FOUND"}
    return {"url": url, "username": "p", "error": "not_found", "errorDescription": "Post does not exist"}


def _restricted(url: str) -> Json:
    return {
        "url": url,
        "error": "restricted_page",
        "errorDescription": "Restricted access, only partial data available",
        "description": "71 likes, 0 comments",
        "videoPlayCount": 71,
        "playCount": 71,
    }


def _no_items(url: str) -> Json:
    return {
        "inputUrl": url,
        "url": url,
        "error": "no_items",
        "errorDescription": "Empty or private data for provided input",
        "requestErrorMessages": ["Error: Request blocked, retrying it again with different session"],
    }


def _flat(fields: Json, before: str = "") -> Json:
    """Nested objects as one column each, as an export of a dataset's table has them."""
    found: Json = {}
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            found |= _flat(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


def _flattened(items: Items) -> Items:
    # Not every item has something nested, but every exported table has such a column.
    return [_flat({"musicMeta": {"musicName": "original sound"}, **item}) for item in items]


WAYS: Final[dict[str, Callable[[Items], Items]]] = {
    "item_missing": lambda items: items[1:],
    "half_answered": lambda items: items[: len(items) // 2],
    "items_empty": lambda _: [],
    "items_reversed": lambda items: items[::-1],
    "items_twice": lambda items: [one for item in items for one in (item, item)],
    "items_twice_higher": _twice_and_higher,
    "items_without_end": lambda items: (items * _WITHOUT_END)[:_WITHOUT_END],
    "items_of_another": _of_another,
    "items_without_names": _without(*_NAMES),
    "items_unreadable_ids": _unreadable_ids,
    "items_flat": _flattened,
    "item_of_a_stranger": _stranger_beside,
    "noise_beside": lambda items: [None, "text", 7, True, [], {}, {"noise": 1}, *items],
    "noise_instead": lambda items: [None for _ in items],
    "markup_in_texts": _with(text="<script>alert(1)</script>\0\ud800", caption="<script>alert(1)</script>\0\ud800"),
    "items_nested": _nested,
    "items_of_another_platform": _of_another_platform,
    "nul_in_names": _with(
        authorMeta={"name": "no\0body", "nickName": "\0", "signature": "\0\ud800"},
        ownerUsername="no\0body",
        ownerFullName="\0",
        snippet={"title": "\0\ud800", "channelTitle": "\0", "description": "\0"},
    ),
    "moments_impossible": _with(
        createTime=-1, createTimeISO=_BEFORE_TIME, timestamp=_AFTER_TIME, snippet={"publishedAt": _BEFORE_TIME}
    ),
    "moments_ahead": _with(
        createTime=2_000_000_000,
        createTimeISO="2033-05-18T03:33:20.000Z",
        timestamp="2033-05-18T03:33:20.000Z",
        snippet={"publishedAt": "2033-05-18T03:33:20Z"},
    ),
    "likes_absurd": _with(
        diggCount=2**63,
        commentCount=-1,
        shareCount=1.5,
        collectCount="many",
        likesCount=-(2**63),
        commentsCount=True,
        reshareCount=[7],
        statistics={"likeCount": str(2**63), "commentCount": "-1"},
    ),
    "old_counter_only": _without("videoPlayCount", "igPlayCount", "fbPlayCount"),
    "post_picture": _with(type="Image", videoPlayCount=0),
    "post_carousel": _with(type="Sidecar", videoPlayCount=0),
    "not_found": _errors(_not_found),
    "third_not_found": _errors(_not_found, share_percent=34),
    "not_found_profile": _errors(lambda _: _not_found("https://www.instagram.com/p/")),
    "restricted_page": _errors(_restricted),
    "no_items": _errors(_no_items),
    "error_unknown": _errors(lambda url: {"url": url, "error": "Blocked by a captcha"}),
    "error_with_counts": _with(error="something_new"),
    "statistics_missing": _without("statistics"),
    "status_private": _with(status={"privacyStatus": "private"}),
    "status_unlisted": _with(status={"privacyStatus": "unlisted"}),
    "status_deleted": _with(status={"uploadStatus": "deleted"}),
    "status_rejected": _with(status={"uploadStatus": "rejected", "rejectionReason": "termsOfUse"}),
    "status_failed": _with(status={"uploadStatus": "failed", "failureReason": "codec"}),
    "stream_live": _with(snippet={"liveBroadcastContent": "live"}),
    "stream_upcoming": lambda items: _without("statistics")(_with(snippet={"liveBroadcastContent": "upcoming"})(items)),
}
