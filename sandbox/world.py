"""The pretend world as its vendors see it."""

from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.config import Config
from sandbox.faults import Faults
from sandbox.store import Json, Store


@dataclass(frozen=True)
class World:
    """One object that every vendor is given: what is remembered, what time it is, and what shall go wrong next."""

    config: Config
    faults: Faults = field(default_factory=Faults)
    # What the latest scrapes found, by the run's id: it could be worked out again, and is asked for at once.
    fresh_items: dict[str, list[Json]] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """What the world remembers."""
        return self.config.store

    @property
    def clock(self) -> Clock:
        """The world's time."""
        return self.config.clock
