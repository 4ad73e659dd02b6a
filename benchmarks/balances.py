"""One account's balance, now and at random past moments, when it has a hundred thousand postings and ten million."""

import random
import statistics
import time
from datetime import timedelta

from benchmarks.crew import Crew
from benchmarks.frame import Bench, Figure, Reach, Result, Table, percentile
from benchmarks.legs import CAMPAIGN
from benchmarks.old_books import BEGINNING, CLOSED, years_old
from cliphaven.ledger import queries

FEW, MANY = 100_000, 10_000_000
ROUNDS, READS = 20, 200
P99_LIMIT_MS, GROWTH_LIMIT = 5.0, 1.5
NOW, PAST = "now", "at a past moment"


def measure(bench: Bench) -> Result:
    """Balances of the one campaign, read as pages read them, from both books in turn."""
    few, many = bench.sized(FEW, 20_000), bench.sized(MANY, 200_000)
    read: dict[tuple[str, int], list[float]] = {(what, size): [] for what in (NOW, PAST) for size in (few, many)}
    with (
        years_old(bench, count=few) as small,
        years_old(bench, count=many) as large,
        bench.crew(small.app_url, size=1) as of_small,
        bench.crew(large.app_url, size=1) as of_large,
    ):
        for number in range(bench.sized(ROUNDS, 3)):
            for what, size in read:
                read[what, size] += _times(of_small if size == few else of_large, past=what == PAST, seed=number)
    result = Result()
    for what in (NOW, PAST):
        slow, growth = percentile(read[what, many], 0.99), _median(read[what, many]) / _median(read[what, few])
        result.figures += [
            Figure(
                name=f"balance {what}, {many:,} postings, p99",
                value=slow,
                unit="ms",
                reach=Reach.AT_MOST,
                limit=P99_LIMIT_MS,
            ),
            Figure(
                name=f"balance {what}, {many:,} ÷ {few:,} postings, p50",
                value=growth,
                reach=Reach.AT_MOST,
                limit=GROWTH_LIMIT,
            ),
        ]
    rows = tuple(
        (f"{what}, {size:,} postings", f"{_median(times):.2f}", f"{percentile(times, 0.99):.2f}")
        for (what, size), times in read.items()
    )
    result.tables.append(Table(title="Milliseconds for one balance", head=("balance", "p50", "p99"), rows=rows))
    return result


def _median(times: list[float]) -> float:
    return statistics.median(times)


def _times(crew: Crew, *, past: bool, seed: int) -> list[float]:
    [times] = crew.run(read, past=past, seed=seed)
    return times


def read(_number: int, *, past: bool, seed: int) -> list[float]:
    """In a worker: the milliseconds that each of READS balances took."""
    chance, times = random.Random(seed), []
    for _ in range(READS):
        moment = BEGINNING + timedelta(seconds=chance.random() * (CLOSED - BEGINNING).total_seconds()) if past else None
        began = time.perf_counter()
        queries.balance(CAMPAIGN, as_of=moment)
        times.append((time.perf_counter() - began) * 1_000)
    return times
