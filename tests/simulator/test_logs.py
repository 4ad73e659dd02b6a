"""What the house logs in a simulation is kept for a moment, asked for secrets, and stops nobody."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.logs import KEPT_MAX, Lines
from simulator.stepping.stage import Actor, Kind, acting

SECRET = "a-key-that-nobody-has"
HOUSE = logging.getLogger("cliphaven.providers")


@pytest.fixture
def lines(settings: Any) -> Iterator[Lines]:
    settings.STRIPE_API_KEY = SECRET
    handlers = {known: known.handlers for known in (logging.root, *every_logger())}
    for known in handlers:
        known.handlers = list(known.handlers)
    yield Lines.listening()
    for known, before in handlers.items():
        known.handlers = before


def every_logger() -> list[logging.Logger]:
    """All that were ever asked for by name."""
    return [known for known in logging.root.manager.loggerDict.values() if isinstance(known, logging.Logger)]


def test_a_secret_in_a_line_is_found_and_not_repeated(lines: Lines):
    HOUSE.warning("asking Stripe")
    HOUSE.warning("asking Stripe with %s", SECRET)

    found = lines.finding()

    assert found is not None
    assert str(found) == "I26 of what cliphaven.providers logged, text 2 holds STRIPE_API_KEY"


def test_a_secret_in_the_words_of_an_error_is_found_too(lines: Lines):
    try:
        raise RuntimeError(f"nobody answers {SECRET}")
    except RuntimeError:
        HOUSE.exception("it failed")

    assert lines.finding() is not None


def test_lines_without_a_secret_say_nothing(lines: Lines):
    HOUSE.warning("asking Stripe")

    assert lines.finding() is None


def test_what_was_weighed_and_forgotten_is_still_said(lines: Lines):
    HOUSE.warning(SECRET)
    for number in range(2 * KEPT_MAX):
        HOUSE.warning("line %s", number)

    found = lines.finding()

    assert found is not None
    assert "text 1 holds STRIPE_API_KEY" in str(found)


def test_nobody_stops_while_a_line_is_put_together(lines: Lines):
    stood: list[Actor | None] = []

    class Words:
        def __str__(self) -> str:
            stood.append(acting())
            return "somebody who could be asked for more"

    heard_by_nobody_else = logging.Logger("cliphaven.alone")
    heard_by_nobody_else.addHandler(lines)
    actor = Actor("worker", play=lambda _: heard_by_nobody_else.warning("%s", Words()), clean_up=lambda: None)
    actor.begin()
    actor.let_go(None)

    assert actor.has_stopped(within_s=10)
    assert (actor.stop.kind, stood) == (Kind.IDLE, [None])
    assert lines.finding() is None
    actor.end()
