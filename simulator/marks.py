"""Rare things that a run must have met to be worth anything: seen from outside, by looking over the code's shoulder.

A simulator that never loses the answer to a transfer proves nothing about lost answers. Long runs fail when a mark was
hit by none of their seeds.
"""

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

When = Callable[[Any], bool]


@dataclass(frozen=True)
class Watched:
    """A function of the house whose answers say that something rare happened."""

    mark: str
    place: str
    name: str
    when: When


@dataclass(frozen=True)
class Left:
    """A trace that something rare leaves in the tables; `count` is a query with one number."""

    mark: str
    count: str


RULES = "cliphaven.foundation.outgoing.rules"
WATCHED = (
    Watched("what a look-up found was taken over", RULES, "verdict", lambda said: said == "adopt"),
    Watched("a look-up found nothing, once", RULES, "verdict", lambda said: said == "absent_once"),
    Watched("twice absent, and tried anew", RULES, "verdict", lambda said: said == "absent"),
    Watched("a look-up came too early", RULES, "verdict", lambda said: said == "too_early"),
    Watched("the fence refused to send", RULES, "fence_is_shut", bool),
    Watched("somebody else may still have been sending", RULES, "others_may_send", bool),
    Watched("the database asked to try again", "cliphaven.foundation.transactions", "is_transient", bool),
    Watched("a scheduler was second", "cliphaven.foundation.jobs", "defer_tick", lambda was_first: not was_first),
    Watched("jobs of a silent worker were put back", "cliphaven.foundation.jobs", "retry_stalled", bool),
)
LEFT = (
    Left("a campaign was spent to the last cent", "select count(*) from campaigns_campaign where state = 'completed'"),
    Left("a creator was paid to the bank", "select count(*) from payouts_bankpayout where state = 'paid'"),
    Left("a bank sent money back", "select count(*) from payouts_bankpayout where state in ('returned', 'failed')"),
    Left("a transfer was given back", "select count(*) from payouts_transfer where state in ('released', 'refused')"),
    Left("a sponsor got money back", "select count(*) from campaigns_refund where state = 'booked'"),
    Left("a job was given up", "select count(*) from procrastinate_jobs where status = 'failed'"),
    Left("a batch was paid", "select count(*) from payouts_batch where state = 'done'"),
    Left("a dispute was booked", "select count(*) from campaigns_dispute"),
    Left("a hold was placed", "select count(*) from earnings_hold"),
)


class Marks:
    """Counts how often each was hit."""

    def __init__(self) -> None:
        """Nothing was hit yet."""
        self.hit: Counter[str] = Counter(dict.fromkeys(names(), 0))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look over the house's shoulder as long as this lasts."""
        undo = [self._watch(watched) for watched in WATCHED]
        try:
            yield
        finally:
            for step in reversed(undo):
                step()

    def look(self) -> None:
        """Count what was left in the tables."""
        with connection.cursor() as cursor:
            for left in LEFT:
                cursor.execute(left.count)
                self.hit[left.mark] += int(cursor.fetchone()[0])

    def _watch(self, watched: Watched) -> Callable[[], None]:
        module = importlib.import_module(watched.place)
        real = getattr(module, watched.name)

        def watching(*arguments: Any, **named: Any) -> Any:
            answer = real(*arguments, **named)
            if watched.when(answer):
                self.hit[watched.mark] += 1
            return answer

        setattr(module, watched.name, watching)
        return lambda: setattr(module, watched.name, real)


def names() -> list[str]:
    """All marks."""
    return [watched.mark for watched in WATCHED] + [left.mark for left in LEFT]
