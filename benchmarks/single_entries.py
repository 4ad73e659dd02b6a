"""Posting one entry at a time, as pages and webhooks do, against the bare INSERT of one row."""

from benchmarks import legs
from benchmarks.frame import Bench, Result
from benchmarks.legs import Load, Shape

ROUNDS = 5
LIMIT = 0.60


def measure(bench: Bench) -> Result:
    """One leg for each transaction on eight connections: deposits, clearings, and accruals of one campaign."""
    result = Result()
    for shape, what, limit, batches in (
        (Shape.SPREAD, "accounts anywhere", LIMIT, 250),
        (Shape.SPREAD_GUARDED, "each from another guarded account", None, 250),
        (Shape.HOT, "all from one guarded campaign", None, 150),
    ):
        load = Load(shape=shape, batch=1, batches=bench.sized(batches, 50))
        with legs.prepared(bench) as database:
            turns = legs.in_turns(bench, database, load=load, rounds=bench.sized(ROUNDS, 2))
        result.figures += legs.figures(turns, what=what, limit=limit)
        result.tables.append(legs.table(load, turns))
    return result
