"""A steered world: nothing happens by itself, letters wait for somebody to carry them, and names follow a seed."""

import secrets
from collections.abc import Callable, Iterator

import pytest
import stripe

from sandbox.stripe import books
from tests.providers.sandbox.stripe.stripe_world import Listener, Running

SEED = 7


@pytest.fixture
def steered(start: Callable[..., Running]) -> Running:
    return start(seed=SEED)


@pytest.fixture
def chance_again() -> Iterator[None]:
    """Other worlds of this process are not to follow the seed."""
    yield
    books._chance = secrets.SystemRandom()


def letters(sandbox: Running) -> list[dict[str, str]]:
    found: list[dict[str, str]] = sandbox.http.get("/control/stripe/letters").json()["letters"]
    return found


def test_no_letter_leaves_by_itself(steered: Running, listener: Listener) -> None:
    steered.pay(steered.checkout())

    steered.settle()

    assert listener.heard == []


def test_letters_wait_with_address_body_and_a_good_signature(steered: Running, listener: Listener) -> None:
    steered.pay(steered.checkout())

    completed = next(letter for letter in letters(steered) if letter["type"] == "checkout.session.completed")

    assert completed["url"] == f"{listener.url}/platform"
    event = stripe.Webhook.construct_event(
        completed["body"], completed["signature"], steered.config.stripe_webhook_secret
    )
    assert event.id == completed["event"]


def test_a_letter_waits_until_it_was_taken(steered: Running) -> None:
    steered.pay(steered.checkout())
    first, *others = letters(steered)

    assert [letter["event"] for letter in letters(steered)] == [first["event"], *[one["event"] for one in others]]
    steered.post(f"/control/stripe/letters/{first['event']}/taken", {})

    assert [letter["event"] for letter in letters(steered)] == [one["event"] for one in others]


def test_names_follow_the_seed(chance_again: None) -> None:
    books.seed_ids(SEED)
    first = [books.new_id("tr"), books.new_id("acct", 16)]
    books.seed_ids(SEED)

    assert [books.new_id("tr"), books.new_id("acct", 16)] == first
    assert len(first[0]) == len("tr_") + 24
