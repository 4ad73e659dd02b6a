"""Posting one entry at a time, as pages and webhooks do, against the bare INSERT of one row."""

from benchmarks import legs
from benchmarks.frame import Bench, Figure, Result
from benchmarks.legs import Load, Shape, Way

ROUNDS = 5
LIMIT = 0.60


def measure(bench: Bench) -> Result:
    """One leg for each transaction on eight connections: deposits, clearings, and accruals of one campaign."""
    result = Result()
    for shape, name, limit, batches in (
        (Shape.SPREAD, "one at a time ÷ bare INSERT, accounts anywhere", LIMIT, 250),
        (Shape.SPREAD_GUARDED, "the same, each from another guarded account", None, 250),
        (Shape.HOT, "the same, all from one guarded campaign", None, 150),
    ):
        load = Load(shape=shape, batch=1, batches=bench.sized(batches, 50))
        with legs.prepared(bench) as database:
            turns = legs.in_turns(bench, database, load=load, rounds=bench.sized(ROUNDS, 2))
        result.figures.append(Figure(name=name, value=turns.ratio(Way.PRODUCT, to=Way.LIMIT), limit=limit))
        result.tables.append(legs.table(load, turns))
    return result
