"""The product's time. Only doors read it; everything inside is told `now`.

In production this is the wall's time in UTC. In the sandbox it is a steered clock, kept in a small file which the
pretend world reads too: `{"virtual": ISO 8601, "wall": Unix seconds, "speed": factor}`.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How the product's time runs: its moment now, and its seconds per second of the wall."""

    now: datetime
    speed: float


def now() -> datetime:
    """The moment now, aware, in UTC."""
    return pace().now


def pace() -> Pace:
    """The moment now and the speed at which time runs (1.0 in production)."""
    if not settings.CLOCK_FILE:
        return Pace(now=datetime.now(UTC), speed=1.0)
    anchor = json.loads(Path(settings.CLOCK_FILE).read_text())
    speed = float(anchor["speed"])
    since_anchor = timedelta(seconds=(time.time() - float(anchor["wall"])) * speed)
    return Pace(now=datetime.fromisoformat(anchor["virtual"]) + since_anchor, speed=speed)


def wall() -> datetime:
    """The wall's moment, whatever the product's time does, in UTC.

    What people and programs carry lives by it: they type, and come back, at a speed of their own.
    """
    return datetime.now(UTC)
