"""Planted bugs spoil what is there: when the house moves on, they have to follow."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from simulator.bugs.bug import Bug, Planting
from simulator.bugs.catalogue import BUGS

pytestmark = pytest.mark.django_db


class OnPaper(Planting):
    """Finds each place and makes what would stand there, and leaves the house as it is."""

    def __init__(self) -> None:
        """There is nothing to change anything with."""

    def replace(self, place: str, name: str, make: Callable[[Any], Any]) -> None:
        module_name, _, class_name = place.partition(":")
        owner: Any = importlib.import_module(module_name)
        make(getattr(getattr(owner, class_name) if class_name else owner, name))

    def sql(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture(autouse=True)
def queues_stay() -> Iterator[None]:
    """A task's queue is changed where it stands."""
    queues = {name: task.queue for name, task in app.tasks.items()}
    yield
    for name, queue in queues.items():
        app.tasks[name].queue = queue


@pytest.mark.parametrize("bug", BUGS.values(), ids=list(BUGS))
def test_a_bug_finds_what_it_spoils(bug: Bug) -> None:
    with connection.cursor() as cursor:  # what a universe brings along
        cursor.execute("create schema simtime")
        cursor.execute("create function simtime.clock_timestamp() returns timestamptz language sql as 'select now()'")

    bug.plant(OnPaper())  # raises where there is no such place, or another text
