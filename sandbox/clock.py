"""The pretend world's time: the wall's, or a steered clock kept in a small file that the house reads too.

The file holds `{"virtual": ISO 8601, "wall": Unix seconds, "speed": factor}` and means
now = virtual + (wall time now - wall) * speed.
"""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Tells the pretend world's time; with a file it can also be set, advanced and given another speed."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` names the clock file; None means the wall's time at speed 1."""
        self.path = path

    def now(self) -> datetime:
        """The pretend world's moment, aware, in UTC."""
        virtual, wall, speed = self._read()
        return virtual + timedelta(seconds=(time.time() - wall) * speed)

    def speed(self) -> float:
        """Seconds of the pretend world per second of the wall."""
        return self._read()[2]

    def set(self, *, virtual: datetime, speed: float) -> None:
        """Anchor the clock: from now on it shows `virtual` and runs at `speed`. Raises RuntimeError without a file."""
        if self.path is None:
            raise RuntimeError("A clock without a file cannot be steered")
        draft = self.path.with_suffix(f".{os.getpid()}.new")
        draft.write_text(json.dumps({"virtual": virtual.isoformat(), "wall": time.time(), "speed": speed}))
        draft.replace(self.path)

    def _read(self) -> tuple[datetime, float, float]:
        if self.path is None:
            return datetime.fromtimestamp(0, UTC), 0.0, 1.0
        anchor = json.loads(self.path.read_text())
        return datetime.fromisoformat(anchor["virtual"]), float(anchor["wall"]), float(anchor["speed"])
