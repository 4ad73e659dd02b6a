"""Posting in batches to accounts anywhere in the books, against the bare INSERT of the same rows."""

from functools import partial

from benchmarks import legs
from benchmarks.frame import Bench, Figure, Result, Table
from benchmarks.legs import Load, Shape, Way

ROUNDS = 5
LIMIT = 0.80


def measure(bench: Bench) -> Result:
    """Batches of 1,000 on eight connections: deposits, and clearings that each take from a guarded account."""
    result = Result()
    for shape, name, limit in (
        (Shape.SPREAD, "posting ÷ bare INSERT, accounts anywhere", LIMIT),
        (Shape.SPREAD_GUARDED, "the same, each leg from a guarded account", None),
    ):
        load = Load(shape=shape, batch=1_000, batches=bench.sized(8, 2))
        ratio, table = against_the_limit(bench, load=load, rounds=bench.sized(ROUNDS, 2))
        result.figures.append(Figure(name=name, value=ratio, limit=limit))
        result.tables.append(table)
    return result


def against_the_limit(bench: Bench, *, load: Load, rounds: int) -> tuple[float, Table]:
    """The product's share of the limit, and the rates of all ways behind it."""
    with bench.database() as database:
        bench.say(f"opening accounts for {load.shape}, {load.batch:,} at a time")
        legs.make_twin(database.owner_url)
        legs.open_accounts()
        with bench.crew(database.app_url) as crew:
            contenders = {way.value: partial(legs.timed_round, crew, load=load, way=way) for way in Way}
            turns = bench.in_turns(contenders, rounds=rounds)
    rows = tuple((way, f"{turns.rate(way):,.0f}", f"{turns.ratio(way, Way.LIMIT):.2f}") for way in Way)
    title = f"Legs per second, {load.shape}, {load.batch:,} at a time"
    return turns.ratio(Way.PRODUCT, Way.LIMIT), Table(title=title, head=("way", "legs/s", "÷ limit"), rows=rows)
