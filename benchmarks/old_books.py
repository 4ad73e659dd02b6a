"""Books as they are after years: millions of legs of one campaign, closed up to yesterday, with a live day after that.

Loaded past the product, which would take many minutes more: by the owner's role, with triggers off and indexes built
afterwards, but each thousand legs in a transaction of its own as they would have been. What is kept for quick answers
is then derived by the product's own operations.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from django.db import transaction

from benchmarks import legs
from benchmarks.frame import Bench
from benchmarks.legs import CAMPAIGN, MONDAY, OWNERS, Shape
from benchmarks.server import Database
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import AccountKind

BEGINNING = MONDAY - timedelta(days=730)
CLOSED = MONDAY + timedelta(days=1)
BLOCK = 1_000
TOLD_BLOCKS = 1_000
LIVE_BATCHES = 20

_LOAD = f"""
insert into ledger_leg ({legs.COLUMNS})
select %(campaign)s, (%(clearing)s::bigint[])[1 + (n * 7919) %% %(owners)s], 1 + n %% 900, 5, 1, 1,
       (1000000 + n) || ':1', 'observation:' || n, 'system', '',
       %(beginning)s::timestamptz + (n - 1) * %(step)s::interval
  from generate_series(%(first)s::bigint, %(first)s::bigint + %(block)s - 1) n"""  # nosec B608  # noqa: S608  # our own names


@contextmanager
def years_old(bench: Bench, *, count: int) -> Iterator[Database]:
    """A database with that many legs on one account, and LIVE_BATCHES thousand more, posted after the close."""
    with bench.database() as database:
        legs.open_accounts()
        with psycopg.connect(database.owner_url, autocommit=True) as session:
            _load(bench, session, count=count)
        _keep_sums(bench)
        chance = random.Random(1)
        for _ in range(LIVE_BATCHES):
            with transaction.atomic():
                operations.record(legs.entries_of(Shape.HOT, BLOCK, chance, at=CLOSED + timedelta(hours=1)))
        assert queries.trial_balance().is_balanced
        assert queries.balance(CAMPAIGN) > 0
        yield database


def _load(bench: Bench, session: psycopg.Connection[tuple[object, ...]], *, count: int) -> None:
    session.execute("set synchronous_commit = off")
    session.execute("alter table ledger_leg disable trigger user")
    rows = session.execute(
        "select indexdef from pg_indexes where tablename = 'ledger_leg' and indexname in"
        " ('ledger_leg_debit', 'ledger_leg_credit', 'ledger_leg_xid')"
    ).fetchall()
    session.execute("drop index ledger_leg_debit, ledger_leg_credit, ledger_leg_xid")
    session.execute("alter table ledger_leg drop constraint ledger_leg_kind_external_id_leg_key")
    ids = legs.account_ids()
    arguments = {
        "campaign": ids[CAMPAIGN.code],
        "clearing": [ids[legs.of_owner(AccountKind.CREATOR_CLEARING, owner).code] for owner in range(1, OWNERS + 1)],
        "owners": OWNERS,
        "beginning": BEGINNING,
        "step": (MONDAY - BEGINNING) / count,
        "block": BLOCK,
    }
    for block in range(count // BLOCK):
        session.execute(_LOAD, {**arguments, "first": block * BLOCK + 1})
        if block % TOLD_BLOCKS == 0:
            bench.say(f"loading {block * BLOCK:,} of {count:,} legs")
    bench.say("building the indexes")
    for (definition,) in rows:
        session.execute(str(definition).encode())
    session.execute("alter table ledger_leg add unique (kind, external_id, leg)")
    session.execute("alter table ledger_leg enable trigger user")
    session.execute("vacuum analyze ledger_leg")


def _keep_sums(bench: Bench) -> None:
    bench.say("closing, and keeping what past balances and the trial balance are read from")
    operations.close_books(through=CLOSED, actor="system", now=CLOSED + timedelta(hours=2))
    operations.write_buckets()
    operations.write_checkpoints()
