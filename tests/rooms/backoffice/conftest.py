"""A pretend Stripe that serves one test alone, so that every cent in it is known."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.people import MONDAY
from tests.rooms.payouts.conftest import Payday
from tests.world import SandboxWorld, free_port


@pytest.fixture
def own_payday(tmp_path: Path, settings: Any) -> Iterator[Payday]:
    """Mondays in a world where nobody else has money."""
    with SandboxWorld(tmp_path, site_port=free_port()) as world:
        settings.STRIPE_API_BASE = f"{world.url}/stripe"
        settings.KEY_PREFIX = f"ch:test-{uuid.uuid4().hex[:12]}"
        world.post("/control/clock", {"set": MONDAY.isoformat()})
        yield Payday(world)
