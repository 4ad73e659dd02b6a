"""The pretend world's clock between runs: it stands still while nothing runs, so that no poll or payday is missed.

Its file is the one that the product and the sandbox read: `{"virtual": ISO 8601, "wall": Unix seconds, "speed":
factor}`. Beside it a heartbeat keeps the moment that was last lived through.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEAT_SECONDS = 1.0
LOST_BEATS = 2  # a killed run has lived on for up to this many beats after its last one


class WorldClock:
    """Starts, stops and remembers the time of one state folder."""

    def __init__(self, state_dir: Path) -> None:
        """Nothing is read or written yet."""
        self.file = state_dir / "clock.json"
        self._heartbeat = state_dir / "heartbeat.json"

    def resume(self, speed: float) -> None:
        """Let time run from where it stood, or from the wall's moment in a new world.

        `speed` is in seconds of the world per second of the wall.
        """
        self._anchor(self._last_moment() or datetime.now(UTC), speed)

    def rest(self) -> None:
        """Hold the time where it stood: whoever looks while nothing runs sees that moment, not a later one."""
        last = self._last_moment()
        if last is not None:
            self._anchor(last, 0.0)

    def set_speed(self, speed: float) -> None:
        """Go on from the present moment of the world at another speed."""
        self._anchor(self.now(), speed)

    def now(self) -> datetime:
        """The world's moment."""
        anchor = json.loads(self.file.read_text())
        passed = (time.time() - float(anchor["wall"])) * float(anchor["speed"])
        return datetime.fromisoformat(anchor["virtual"]) + timedelta(seconds=passed)

    def beat(self, *, at_rest: bool = False) -> None:
        """Remember the moment; `at_rest` says that nothing runs any more and this moment is the last."""
        speed = float(json.loads(self.file.read_text())["speed"])
        _write(self._heartbeat, {"virtual": self.now().isoformat(), "speed": speed, "at_rest": at_rest})

    def forget(self) -> None:
        """The next `resume` begins a new world."""
        self.file.unlink(missing_ok=True)
        self._heartbeat.unlink(missing_ok=True)

    def _last_moment(self) -> datetime | None:
        """Where time stood, never earlier than anything that was recorded; None when nothing was lived through."""
        try:
            last = json.loads(self._heartbeat.read_text())
            virtual = datetime.fromisoformat(last["virtual"])
            lost = 0.0 if last["at_rest"] else LOST_BEATS * BEAT_SECONDS * float(last["speed"])
        except (OSError, ValueError, KeyError):
            return None
        return virtual + timedelta(seconds=lost)

    def _anchor(self, virtual: datetime, speed: float) -> None:
        _write(self.file, {"virtual": virtual.isoformat(), "wall": time.time(), "speed": speed})


def _write(path: Path, value: dict[str, object]) -> None:
    """Readers never see half a file."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(value))
    draft.replace(path)
