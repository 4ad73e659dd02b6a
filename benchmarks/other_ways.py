"""What one would take instead: django-hordak, and Django's bulk_create on the ledger's own table."""

import random
from functools import partial

from django.db import models, transaction

from benchmarks import hordak_books, legs
from benchmarks.crew import Crew
from benchmarks.frame import Bench, Figure, Result, Table
from benchmarks.legs import Load, Shape, Way

ROUNDS = 5
BATCH = 1_000
HORDAK_LIMIT, BULK_CREATE_LIMIT = 8.0, 2.0
RECORD, BULK_CREATE = Way.PRODUCT.value, "bulk_create on ledger_leg"
TRANSFER_TO, HORDAK_BULK = "hordak, transfer_to", "hordak, bulk_create"


class BookedLeg(models.Model):
    """ledger_leg as a model; the database fills in the rest and checks every row as always."""

    debit_account = models.BigIntegerField()
    credit_account = models.BigIntegerField()
    amount = models.BigIntegerField()
    kind = models.SmallIntegerField()
    leg = models.SmallIntegerField()
    legs = models.SmallIntegerField()
    external_id = models.TextField()
    cause = models.TextField()
    actor = models.TextField()
    reason = models.TextField()
    occurred_at = models.DateTimeField()

    class Meta:
        managed = False
        app_label = "ledger"
        db_table = "ledger_leg"

    def __str__(self) -> str:
        return self.external_id


_ready: list[list[BookedLeg]] = []


def measure(bench: Bench) -> Result:
    """Deposits of eight connections, 1,000 in each transaction; each leg of ours is a transaction and two of hordak."""
    result = Result()
    load = Load(shape=Shape.SPREAD, batch=BATCH, batches=bench.sized(12, 1))
    with legs.prepared(bench) as ours, bench.database(migrated=False) as theirs:
        with bench.crew(theirs.owner_url, size=1, settings=hordak_books.SETTINGS) as one:
            one.run(hordak_books.open_books)
        with (
            bench.crew(ours.app_url) as product,
            bench.crew(ours.owner_url) as owner,  # the product's own processes may not write past ledger_record
            bench.crew(theirs.owner_url, settings=hordak_books.SETTINGS) as hordak,
        ):
            turns = bench.in_turns(
                {
                    RECORD: partial(legs.timed_round, product, load=load, way=Way.PRODUCT),
                    BULK_CREATE: partial(_bulk_create_round, owner, load),
                    HORDAK_BULK: partial(
                        hordak_books.timed_round, hordak, batch=BATCH, batches=bench.sized(3, 1), in_bulk=True
                    ),
                    TRANSFER_TO: partial(
                        hordak_books.timed_round, hordak, batch=bench.sized(200, 50), batches=1, in_bulk=False
                    ),
                },
                rounds=bench.sized(ROUNDS, 1),
            )
    for way, limit in ((TRANSFER_TO, HORDAK_LIMIT), (HORDAK_BULK, HORDAK_LIMIT), (BULK_CREATE, BULK_CREATE_LIMIT)):
        result.figures.append(
            Figure(name=f"operations.record ÷ {way}", value=turns.ratio(RECORD, to=way), unit="×", limit=limit)
        )
    rows = tuple((way, f"{turns.rate(way):,.0f}", f"{turns.ratio(RECORD, to=way):.1f} ×") for way in turns.rates)
    title = "Deposits per second, 1,000 in a transaction (200 of transfer_to)"
    result.tables.append(Table(title=title, head=("way", "deposits/s", "ours is faster by"), rows=rows))
    return result


def _bulk_create_round(crew: Crew, load: Load) -> float:
    crew.run(prepare, load)
    seconds, _ = crew.timed(post)
    return load.legs * len(crew) / seconds


def prepare(_number: int, load: Load) -> None:
    """In a worker: have the round's rows in hand."""
    ids, chance = legs.account_ids(), random.Random()
    batches = [legs.columns_of(legs.entries_of(load.shape, load.batch, chance), ids) for _ in range(load.batches)]
    names = legs.COLUMNS.split(", ")
    _ready[:] = [
        [
            BookedLeg(**{**dict(zip(names, row, strict=True)), "occurred_at": legs.MONDAY})
            for row in zip(*columns, strict=True)
        ]
        for columns in batches
    ]


def post(_number: int) -> None:
    """In a worker: post what was prepared."""
    for rows in _ready:
        with transaction.atomic():
            BookedLeg._default_manager.bulk_create(rows)
