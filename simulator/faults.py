"""What befalls an actor where it stands, drawn by the seed's own rates."""

import random
from collections import Counter

from simulator.outside import OutsideWorld
from simulator.stepping.stage import Kind, Stop
from simulator.swarm import Options

# These the vendor does, at the next call that reaches it.
BY_THE_VENDOR = frozenset({"error_500", "error_500_with_effect", "conflict_409", "rate_limit_429"})
VENDORS = ("stripe", "apify", "youtube", "resend", "links")


class Faults:
    """Draws faults and counts those that happened."""

    def __init__(self, *, options: Options, chance: random.Random, world: OutsideWorld) -> None:
        """`world` is where vendors are told to stumble."""
        self._options, self._chance, self._world = options, chance, world
        self.happened: Counter[str] = Counter()

    def calm_down(self, options: Options) -> None:
        """From now on by these rates."""
        self._options = options
        self._world.forget_faults()

    def draw(self, stop: Stop) -> str | None:
        """What befalls an actor at this stop, if anything."""
        point = self._chance.random() * 100
        for name, percent in self._options.faults.get(stop.kind, {}).items():
            point -= percent
            if point < 0:
                return self._meant(name, stop)
        return None

    def _meant(self, name: str, stop: Stop) -> str | None:
        if (
            stop.kind is Kind.STATEMENT
            and name != "kill"
            and stop.label.startswith(("SAVEPOINT", "ROLLBACK", "RELEASE"))
        ):
            return None  # what goes wrong there shows at the next statement
        self.happened[name] += 1
        if name not in BY_THE_VENDOR:
            return name
        vendor = stop.label.partition(" /")[2].partition("/")[0]
        if vendor in VENDORS:
            self._world.fault(vendor, name)
        return None
