"""Events: what changed, when, and because of which request. Listable for 30 days, and told to the webhook endpoints."""

import json
from collections.abc import Mapping
from typing import Any, Final

from sandbox.store import Json
from sandbox.stripe.books import API_VERSION, Books, new_id
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.forms import Items, Period, Text
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.moments import DAY

KEPT_FOR: Final = 30 * DAY


def emit(books: Books, owner: str, type: str, shown: Json, before: Mapping[str, Any] | None = None) -> Json:
    """Record that `shown` changed, and queue the news for the endpoint that listens.

    `before` is the object as it was, or the parts that may have changed: the event then names the previous values.
    """
    event: Json = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": books.moment,
        "data": {"object": copied(shown)},
        "livemode": False,
        "pending_webhooks": 0,
        "request": books.request or {"id": None, "idempotency_key": None},
        "type": type,
    }
    if before is not None:
        event["data"]["previous_attributes"] = {
            name: value for name, value in before.items() if shown.get(name) != value
        }
    if owner != books.platform:
        event["account"] = owner
    _forget_old(books, owner)
    event["pending_webhooks"] = 1 if books.outbox.has_endpoint(owner) else 0
    books.add(owner, event)
    books.outbox.queue(owner, event)
    return event


def copied(shown: Json) -> Json:
    """A deep copy of an object as it is shown now."""
    return json.loads(json.dumps(shown))  # type: ignore[no-any-return]


def _forget_old(books: Books, owner: str) -> None:
    ids = books.ids(owner, "event")
    while ids:
        oldest = books.get("event", ids[0])
        if oldest["created"] > books.moment - KEPT_FOR:
            return
        books.forget(oldest)


def retrieve(call: Call) -> Json:
    """One event."""
    return call.books.find(call.owner, "event", call.path["id"])


def listing(call: Call) -> Json:
    """Events, newest first; by `type` (a trailing `*` is a wildcard) or `types`."""
    wanted = [*call.given.get("types", []), *([call.given["type"]] if "type" in call.given else [])]
    if len(wanted) == 1 and "*" not in wanted[0]:
        return page(call, "event", "type", wanted[0])

    def means(event: Json) -> bool:
        return not wanted or any(
            event["type"].startswith(name[:-1]) if name.endswith("*") else event["type"] == name for name in wanted
        )

    return page(call, "event", where=means)


ENDPOINTS = [
    Endpoint("GET", "/v1/events", listing, {**PAGING, "created": Period(), "type": Text(), "types": Items(Text())}),
    Endpoint("GET", "/v1/events/{id}", retrieve),
]
