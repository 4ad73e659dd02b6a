"""List endpoints: newest first, 10 or up to 100 at a time, from behind or before a given object."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sandbox.store import Json
from sandbox.stripe.books import list_object
from sandbox.stripe.endpoint import Call
from sandbox.stripe.errors import ApiError
from sandbox.stripe.forms import Fields, Integer, Text

PAGING: Final[Fields] = {
    "limit": Integer(lowest=1, highest=100),
    "starting_after": Text(),
    "ending_before": Text(),
}
DEFAULT_LIMIT: Final = 10


def page(
    call: Call,
    kind: str,
    field: str = "",
    value: Any = None,
    *,
    where: Callable[[Json], bool] | None = None,
) -> Json:
    """The page that was asked for, of all objects of `kind` or those whose indexed `field` has `value`.

    `where` narrows further, as do the request's `created` bounds.
    """
    ids = call.books.ids(call.owner, kind, field, value)
    limit = call.given.get("limit", DEFAULT_LIMIT)
    bounds = call.given.get("created") or {}
    backwards = "ending_before" in call.given
    found: list[Json] = []
    for id in _walk(call, kind, ids):
        shown = call.books.get(kind, id)
        if (bounds and not within(shown["created"], bounds)) or (where is not None and not where(shown)):
            continue
        found.append(shown)
        if len(found) > limit:
            break
    has_more = len(found) > limit
    found = found[:limit]
    return list_object(call.url, reversed(found) if backwards else found, has_more)


def _walk(call: Call, kind: str, ids: list[str]) -> Iterator[str]:
    """Ids in the order of the page: newest first from behind `starting_after`, or upwards from `ending_before`."""
    after, before = call.given.get("starting_after"), call.given.get("ending_before")
    if after is not None and before is not None:
        raise ApiError("You may only specify one of these parameters: ending_before, starting_after.")
    cursor = after or before
    if cursor is None:
        return reversed(ids)
    call.books.find(call.owner, kind, cursor, param="starting_after" if after else "ending_before", status=400)
    place = call.books.page_start(ids, cursor)
    if after is not None:
        return (ids[index] for index in range(place - 1, -1, -1))
    first = place + 1 if place < len(ids) and ids[place] == cursor else place
    return (ids[index] for index in range(first, len(ids)))


def within(moment: int, bounds: dict[str, int]) -> bool:
    """Whether a moment keeps to `gt`, `gte`, `lt` and `lte`."""
    return (
        moment > bounds.get("gt", moment - 1)
        and moment >= bounds.get("gte", moment)
        and moment < bounds.get("lt", moment + 1)
        and moment <= bounds.get("lte", moment)
    )
