"""The steps that items have walked, as the database kept them, held against the edges that their rooms list."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Count, Min

from cliphaven.foundation.outgoing.models import OutgoingItem


@dataclass(frozen=True, kw_only=True)
class Walked:
    """How many items were looked at, and a sentence about each way that is not listed."""

    looked_at: int
    failures: tuple[str, ...]


def walked(model: type[OutgoingItem], *, newest: int | None = None) -> Walked:
    """Whether all items of a kind, or the newest of them, walked listed edges only and are where their steps end.

    Items from before steps were kept have none, and say nothing.
    """
    rows = model._default_manager.order_by()
    if newest is not None:
        rows = rows.filter(pk__in=model._default_manager.order_by("-pk").values("pk")[:newest])
    ways = rows.values_list("steps", "state").annotate(items=Count("pk"), first=Min("pk")).order_by("steps", "state")
    looked_at, failures = 0, []
    for steps, state, items, first in ways:
        looked_at += items
        failures += [
            f"{model._meta.verbose_name} {first}{f' and {items - 1:,} more' if items > 1 else ''} {problem}"
            for problem in _problems(model, steps=steps, state=state)
        ]
    return Walked(looked_at=looked_at, failures=tuple(failures))


def _problems(model: type[OutgoingItem], *, steps: str, state: str) -> Iterator[str]:
    way = steps.split()
    for before, after in pairwise(way):
        if after not in model.EDGES.get(before, frozenset()):
            yield f"went from {before} to {after}"
    if way and way[-1] != state:
        yield f"is {state}, and its last step led to {way[-1]}"
