"""A receiver, and the settings that let letters go to it."""

from collections.abc import Iterator

import pytest

from tests.rooms.deliveries.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A program that listens on loopback, and takes everything."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def loopback(settings: object) -> None:
    """Letters may go to this very machine."""
    settings.WEBHOOK_LOOPBACK = True  # type: ignore[attr-defined]
