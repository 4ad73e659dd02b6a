"""The trial balance of years-old books: from what is kept for it, and derived anew from every leg."""

import statistics
import time
from collections.abc import Callable

from benchmarks.frame import Bench, Figure, Reach, Result
from benchmarks.old_books import years_old
from cliphaven.ledger import operations, queries

LEGS = 5_000_000  # two postings each
ROUNDS = 5
KEPT_LIMIT_S, DERIVED_LIMIT_S = 2.0, 60.0


def measure(bench: Bench) -> Result:
    """Seconds for all accounts at once, and for writing anew all that is kept."""
    count = bench.sized(LEGS, 100_000)
    with years_old(bench, count=count):
        bench.say("reading it from what is kept, and from every leg")
        kept = statistics.median(_seconds(queries.trial_balance) for _ in range(ROUNDS))
        derived = statistics.median(_seconds(queries.trial_balance_from_legs) for _ in range(bench.sized(3, 1)))
        same = queries.trial_balance() == queries.trial_balance_from_legs()
        bench.say("writing anew what is kept")
        rebuilt = _seconds(operations.rebuild_checkpoints)
        still_same = queries.trial_balance() == queries.trial_balance_from_legs()
    name = f"{2 * count:,} postings"
    return Result(
        figures=[
            _at_most(f"trial balance of {name}, from checkpoints", kept, KEPT_LIMIT_S),
            _at_most(f"trial balance of {name}, from every leg", derived, DERIVED_LIMIT_S),
            Figure(
                name="answers that differ between the two", value=2 - same - still_same, reach=Reach.AT_MOST, limit=0
            ),
            Figure(name=f"checkpoints and past sums of {name}, written anew", value=rebuilt, unit="s"),
        ]
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _at_most(name: str, seconds: float, limit: float) -> Figure:
    return Figure(name=name, value=seconds, unit="s", reach=Reach.AT_MOST, limit=limit)
