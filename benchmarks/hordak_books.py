"""The same work through django-hordak, in processes of their own: it lives in another Django project."""

# ruff: noqa: PLC0415  # hordak can be imported only where its own settings are loaded

import random
from functools import partial
from typing import Any

from django.db import transaction

from benchmarks.crew import Crew
from benchmarks.legs import OWNERS

SETTINGS = "benchmarks.hordak_settings"
_ready: list[Any] = []


def open_books(_number: int) -> None:
    """In a worker: hordak's tables, a bank account and an account for every owner, made as its own benchmark does."""
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    bank = Account.objects.create(name="Bank", type="AS", code="1", currencies=["USD"])
    tree = {"lft": 1, "rght": 2, "level": 0}
    Account.objects.bulk_create(
        Account(name=f"Owner {owner}", type="LI", currencies=["USD"], tree_id=bank.tree_id + owner, **tree)
        for owner in range(1, OWNERS + 1)
    )


def prepare(_number: int, batch: int, batches: int, *, in_bulk: bool) -> None:
    """In a worker: have the round's transfers in hand."""
    from hordak.models import Account

    bank = Account.objects.get(name="Bank")
    owners = list(Account.objects.filter(type="LI"))
    chance = random.Random()
    moves = [[(chance.choice(owners), chance.randint(1, 1_000)) for _ in range(batch)] for _ in range(batches)]
    _ready[:] = [partial(_in_bulk if in_bulk else _one_by_one, bank, transfers) for transfers in moves]


def post(_number: int) -> None:
    """In a worker: post what was prepared."""
    for transfers in _ready:
        transfers()


def timed_round(crew: Crew, *, batch: int, batches: int, in_bulk: bool) -> float:
    """Transfers per second of one round."""
    crew.run(prepare, batch, batches, in_bulk=in_bulk)
    seconds, _ = crew.timed(post)
    return batch * batches * len(crew) / seconds


def _one_by_one(bank: Any, transfers: list[tuple[Any, int]]) -> None:
    from moneyed import Money

    with transaction.atomic():
        for owner, cents in transfers:
            owner.transfer_to(bank, Money(cents, "USD") / 100, description="benchmark")


def _in_bulk(bank: Any, transfers: list[tuple[Any, int]]) -> None:
    from hordak.models import Leg, Transaction
    from moneyed import Money

    with transaction.atomic():
        made = Transaction.objects.bulk_create(Transaction(description="benchmark") for _ in transfers)
        legs = []
        for entry, (owner, cents) in zip(made, transfers, strict=True):
            amount = Money(cents, "USD") / 100
            legs += [
                Leg(transaction=entry, account=owner, credit=amount),
                Leg(transaction=entry, account=bank, debit=amount),
            ]
        Leg.objects.bulk_create(legs)
