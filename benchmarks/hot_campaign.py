"""Posting against one guarded campaign from eight connections, and what happens when its money runs out."""

import random
from collections import Counter

from django.db import connection, transaction

from benchmarks import legs
from benchmarks.frame import CONNECTIONS, Bench, Figure, Reach, Result
from benchmarks.legs import CAMPAIGN, SPONSOR, Load, Shape
from benchmarks.server import Database
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import EntryKind

ROUNDS = 7
LIMIT = 0.80
LEFT_MINOR = 5_000_000  # of the budget; a batch takes about 250,000, so that most of the last ones must be refused
LAST_BATCHES = 10


def measure(bench: Bench) -> Result:
    """Accruals of net and fee, 1,000 legs at a time; then more of them than the rest of the budget can pay."""
    load = Load(shape=Shape.HOT, batch=1_000, batches=bench.sized(8, 2))
    rounds = bench.sized(ROUNDS, 2)
    with legs.prepared(bench) as database:
        before = _accrual_legs()
        turns = legs.in_turns(bench, database, load=load, rounds=rounds)
        # One round more for warming up; the product and its bare function both write in the books.
        missing = before + (rounds + 1) * CONNECTIONS * load.legs * 2 - _accrual_legs()
        answers = _spend_the_rest(bench, database)
        overspent_minor = max(0, -queries.balance(CAMPAIGN))
    return Result(
        figures=[
            *legs.figures(turns, what="one guarded campaign", limit=LIMIT),
            Figure(name="legs that failed or are missing", value=missing, reach=Reach.AT_MOST, limit=0),
            Figure(name="overspent, in cents", value=overspent_minor, reach=Reach.AT_MOST, limit=0),
            Figure(name=f"refused of {CONNECTIONS * LAST_BATCHES} last batches", value=answers["refused"], limit=1),
        ],
        tables=[legs.table(load, turns)],
    )


def _accrual_legs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from ledger_leg where kind = %s", [int(EntryKind.ACCRUAL)])
        return int(cursor.fetchone()[0])


def _spend_the_rest(bench: Bench, database: Database) -> Counter[str]:
    """Take back all of the budget but LEFT_MINOR, and let everybody spend that at once."""
    spare = (CAMPAIGN, SPONSOR, queries.balance(CAMPAIGN) - LEFT_MINOR)
    with transaction.atomic():
        operations.record([legs.entry(EntryKind.DEFUND, "1:benchmark", spare)])
    answers: Counter[str] = Counter()
    with bench.crew(database.app_url) as crew:
        for counted in crew.run(spend):
            answers.update(counted)
    return answers


def spend(_number: int) -> Counter[str]:
    """In a worker: post the last batches, and count what became of them."""
    answers: Counter[str] = Counter()
    chance = random.Random()
    for _ in range(LAST_BATCHES):
        try:
            with transaction.atomic():
                operations.record(legs.entries_of(Shape.HOT, 1_000, chance))
            answers["recorded"] += 1
        except operations.BalanceWouldBeNegative:
            answers["refused"] += 1
    return answers
