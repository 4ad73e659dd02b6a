"""Posting in batches to accounts anywhere in the books, against the bare INSERT of the same rows."""

from benchmarks import legs
from benchmarks.frame import Bench, Result
from benchmarks.legs import Load, Shape

ROUNDS = 7
LIMIT = 0.80


def measure(bench: Bench) -> Result:
    """Batches of 1,000 on eight connections: deposits, and clearings that each take from a guarded account."""
    result = Result()
    for shape, what, limit in (
        (Shape.SPREAD, "accounts anywhere", LIMIT),
        (Shape.SPREAD_GUARDED, "each leg from another guarded account", None),
    ):
        load = Load(shape=shape, batch=1_000, batches=bench.sized(8, 2))
        with legs.prepared(bench) as database:
            turns = legs.in_turns(bench, database, load=load, rounds=bench.sized(ROUNDS, 2))
        result.figures += legs.figures(turns, what=what, limit=limit)
        result.tables.append(legs.table(load, turns))
    return result
