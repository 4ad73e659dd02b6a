"""A pretend Stripe that serves one test alone, so that every cent in it is known; a clock that stands still; a case."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cliphaven.fraud.models import RiskCase
from tests.people import MONDAY
from tests.rooms.fraud.doubts import a_bought_clip
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


@pytest.fixture
def at(tmp_path: Path, settings: Any) -> Callable[[datetime], datetime]:
    """Call it with a moment: the house's clock stands still there."""
    file = tmp_path / "clock.json"
    settings.CLOCK_FILE = str(file)

    def stand(moment: datetime) -> datetime:
        file.write_text(json.dumps({"virtual": moment.isoformat(), "wall": 0, "speed": 0}))
        return moment

    return stand


@pytest.fixture
def case(at: Callable[[datetime], datetime]) -> RiskCase:
    """A case of Ben's clip that holds money, on a clock that stands still at its last reading."""
    _, now = a_bought_clip()
    at(now)
    return RiskCase.objects.get()
