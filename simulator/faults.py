"""What befalls an actor where it stands, drawn by the seed's own rates."""

import random
import re
from collections import Counter
from datetime import datetime, timedelta

from simulator import swarm
from simulator.outside import OutsideWorld
from simulator.stepping.stage import Kind, Stop
from simulator.swarm import Options

# These the vendor does, at the next call that reaches it.
BY_THE_VENDOR = frozenset(
    {"error_500", "error_500_with_effect", "error_502", "error_503", "conflict_409", "rate_limit_429"}
)
# An answer with items of clips, and the start of a run, as their stops are labelled.
WITH_ITEMS = re.compile(r"GET /(apify)/[^/]+/datasets/[^/]+/items|GET /(youtube)/youtube/[^/]+/videos")
STARTS_RUN = re.compile(r"POST /(apify)/[^/]+/actors/[^/]+/runs")
VENDORS = ("stripe", "apify", "youtube", "resend", "links")
# What all calls to a vendor come to while it is out of order, and for how long it is: past the life of what was asked
# of it, if it must be.
OUT_OF_ORDER = ("unreachable", "error_500", "error_500", "error_503", "error_500_with_effect")
OUTAGES = (timedelta(hours=2), timedelta(hours=12), timedelta(hours=20), timedelta(hours=20), timedelta(hours=26))
# Whether that was done is not known: it is asked again and again until its key is too old, and then looked up. What
# happens in the hours around that is seen only where time does not leap over them.
LEAVES_IN_DOUBT, HOURLY = "error_500", timedelta(hours=1)
# Of a hundred calls that could begin one, compared with what the seed says of other twists.
OUTAGE_SHARE = 0.3


class Faults:
    """Draws faults and counts those that happened."""

    def __init__(self, *, options: Options, chance: random.Random, world: OutsideWorld) -> None:
        """`world` is where vendors are told to stumble."""
        self._options, self._chance, self._world = options, chance, world
        self.happened: Counter[str] = Counter()
        self._outages: dict[str, tuple[str, datetime]] = {}

    def calm_down(self, options: Options) -> None:
        """From now on by these rates."""
        self._options, self._outages = options, {}
        self._world.forget_faults()

    def draw(self, stop: Stop, *, now: datetime) -> str | None:
        """What befalls an actor at this stop, if anything."""
        if stop.kind is Kind.REQUEST:
            if outage := self._outage(stop, now=now):
                return self._meant(outage, stop)
            self._spoil(stop)
        point = self._chance.random() * 100
        for name, percent in self._options.faults.get(stop.kind, {}).items():
            point -= percent
            if point < 0:
                return self._meant(name, stop)
        return None

    def longest_span(self, *, now: datetime) -> timedelta:
        """How far time may move at once."""
        in_doubt = any(kind == LEAVES_IN_DOUBT and now < until for kind, until in self._outages.values())
        return HOURLY if in_doubt else timedelta.max

    def _outage(self, stop: Stop, *, now: datetime) -> str | None:
        """What all calls to this vendor come to at present, if it is out of order; perhaps it is from now on."""
        vendor = _vendor_of(stop)
        rate = self._options.twists.get("outage", 0.0) * OUTAGE_SHARE
        if rate and vendor in VENDORS and self._chance.random() * 100 < rate:
            self.happened["outage"] += 1
            self._outages[vendor] = (self._chance.choice(OUT_OF_ORDER), now + self._chance.choice(OUTAGES))
        kind, until = self._outages.get(vendor, ("", now))
        return kind if now < until else None

    def _spoil(self, stop: Stop) -> None:
        """What a scraper tells may be nonsense, in one way at a time."""
        for kinds, stands in ((swarm.SCRAPES, WITH_ITEMS), (swarm.RUNS, STARTS_RUN)):
            found = stands.match(stop.label)
            if found is None:
                continue
            point = self._chance.random() * 100
            for name in kinds:
                point -= self._options.scrapes.get(name, 0.0)
                if point < 0:
                    self.happened[name] += 1
                    self._world.fault(found[1] or found[2], name)
                    return

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
        vendor = _vendor_of(stop)
        if vendor in VENDORS:
            self._world.fault(vendor, name)
        return None


def _vendor_of(stop: Stop) -> str:
    return stop.label.partition(" /")[2].partition("/")[0]
