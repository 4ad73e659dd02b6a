"""Invented clips as peers: what a calibration is made from where an installation has no history of its own yet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cliphaven.fraud.rules.calibrating import Told, calibrated, heard, ratios_of
from cliphaven.fraud.rules.calibration import Calibration, Ratio
from cliphaven.fraud.rules.worlds.organics import organic
from cliphaven.fraud.rules.worlds.sampling import Sampling, Spoilt, readings
from cliphaven.tracking.rules.replay.curves import moment_of

WAYS = (Sampling.HOURLY, Sampling.SCHEDULER)
PAUSE_HOURS = 2.0
"""A clip is scored at most so often."""
_RATIO_CLIPS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class PeerWorld:
    """So many honest clips of a seed, each for so many days; `ratios` is what is usual among them."""

    seed: int
    clips: int
    days: float
    ratios: Mapping[str, Ratio]


def world_of(*, seed: int, clips: int, days: float = 30.0) -> PeerWorld:
    """The world of a seed, with the ratios of its first clips."""
    counts = []
    for number in range(min(clips, _RATIO_CLIPS)):
        life = organic(seed=seed, number=number, days=days)
        counts.append((life.platform, life.views[-1], life.likes[-1] if life.has_likes else None))
    return PeerWorld(seed=seed, clips=clips, days=days, ratios=ratios_of(counts))


def told_of(world: PeerWorld, number: int) -> tuple[Told, ...]:
    """What is told of one clip, once for each of `WAYS` to read it."""
    life = organic(seed=world.seed, number=number, days=world.days)
    ratio = world.ratios.get(life.platform) or world.ratios["any"]
    return tuple(
        Told.of(
            life.platform,
            heard(
                readings(life, way, spoilt=Spoilt(), wants_probe=lambda: False),
                posted_at=moment_of(life.posted),
                ratio=ratio,
                pause_hours=PAUSE_HOURS,
            ),
        )
        for way in WAYS
    )


def calibrated_on(
    world: PeerWorld, mapped: Callable[[Sequence[tuple[PeerWorld, int]]], Iterable[tuple[Told, ...]]]
) -> Calibration:
    """The calibration on a world; `mapped` carries `told_of` out for each pair, in order."""
    told = list(mapped([(world, number) for number in range(world.clips)]))
    ways = [[of[way] for of in told] for way in range(len(WAYS))]
    source = f"{world.clips} invented clips of seed {world.seed}, {world.days:g} days each"
    return calibrated(source, ways, world.ratios)
