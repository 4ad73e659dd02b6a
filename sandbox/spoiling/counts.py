"""Counts of views as no vendor ought to tell them, each in the shape that the vendor's counts have otherwise."""

from collections.abc import Callable
from typing import Any, Final

from sandbox.store import Json

Items = list[Any]
COUNTERS: Final = ("playCount", "videoPlayCount", "videoViewCount", "viewCount")
MISSING: Final = object()
"""Instead of a count: leave the field out."""
_HUGE: Final = 2**63


def _each_count(change: Callable[[int], Any], *, as_it_is: bool = False) -> Callable[[Items], Items]:
    """The items with every count of views changed; YouTube writes its counts as text, and keeps doing so for whole
    numbers unless they are to be left `as_it_is`."""

    def set_to(fields: Json, name: str, value: Any) -> None:
        if value is MISSING:
            del fields[name]
        else:
            fields[name] = value

    def changed(item: Json) -> Json:
        found = dict(item)
        statistics = found.get("statistics")
        if isinstance(statistics, dict) and "viewCount" in statistics:
            count = change(int(statistics["viewCount"]))
            found["statistics"] = dict(statistics)
            set_to(found["statistics"], "viewCount", str(count) if type(count) is int and not as_it_is else count)
        for name in COUNTERS:
            if isinstance(found.get(name), int):
                set_to(found, name, change(found[name]))
        return found

    return lambda items: [changed(item) if isinstance(item, dict) else item for item in items]


WAYS: Final[dict[str, Callable[[Items], Items]]] = {
    "views_null": _each_count(lambda _: None),
    "views_missing": _each_count(lambda _: MISSING),
    "views_zero": _each_count(lambda _: 0),
    "views_dropped": _each_count(lambda count: count * 6 // 10),
    "views_older": _each_count(lambda count: count * 95 // 100),
    "views_tripled": _each_count(lambda count: count * 3),
    "views_text": _each_count(lambda count: f"{count / 1000:.1f}K"),
    "views_spaced": _each_count(lambda count: f" {count}"),
    "views_signed": _each_count(lambda count: f"+{count}"),
    "views_true": _each_count(lambda _: True),
    "views_false": _each_count(lambda _: False),
    "views_fraction": _each_count(lambda count: count + 0.5),
    "views_float": _each_count(float),
    "views_listed": _each_count(lambda count: [count]),
    "views_nested": _each_count(lambda count: {"count": count}),
    "views_negative": _each_count(lambda count: -count - 1),
    "views_hidden": _each_count(lambda _: -1),
    "views_huge": _each_count(lambda _: _HUGE),
    "views_endless": _each_count(lambda _: 10**400),
    # What is right with one vendor is wrong with the other: YouTube's counts are text, the actors' are numbers.
    "views_as_number": _each_count(lambda count: count, as_it_is=True),
    "views_as_text": _each_count(str),
}
