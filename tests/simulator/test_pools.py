"""What the house does in several threads at once stops, too: an actor does it itself, one after the other."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.stepping import pools, wire
from simulator.stepping.stage import Actor, Kind

LONG_S = 20.0


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def actor(told: list[str]) -> Iterator[Actor]:
    """Somebody whose one piece of work asks a vendor that answers in time, and one that does not, from a pool."""

    def call(vendor: str) -> str:
        time.sleep(0.001)
        if vendor == "slow":
            raise TimeoutError(vendor)
        return vendor

    def play(_: Actor) -> None:
        with ThreadPoolExecutor(max_workers=2) as pool:
            calls = [pool.submit(call, vendor) for vendor in ("quick", "slow")]
            told.extend(str(one.exception() or one.result()) for one in calls)

    with wire.stops(), pools.done_in_turn():
        playing = Actor("worker", play=play, clean_up=lambda: None)
        playing.begin()
        yield playing
        playing.end()


def goes_on(actor: Actor, order: str | None = None) -> Kind:
    actor.let_go(order)
    assert actor.has_stopped(within_s=LONG_S)
    return actor.stop.kind


def test_an_actor_stops_where_its_pool_would(actor, told):
    assert [goes_on(actor) for _ in range(3)] == [Kind.SLEEP, Kind.SLEEP, Kind.IDLE]
    assert told == ["quick", "slow"]


def test_whoever_is_killed_in_a_pool_is_dead(actor, told):
    goes_on(actor)

    assert goes_on(actor, "kill") is Kind.IDLE
    assert (actor.kills, told) == (1, [])


def test_whoever_is_no_actor_has_threads_as_ever():
    with pools.done_in_turn(), ThreadPoolExecutor(max_workers=1) as pool:
        [elsewhere] = pool.map(lambda _: threading.get_ident(), "x")

    assert elsewhere != threading.get_ident()
