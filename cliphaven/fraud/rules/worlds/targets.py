"""What the score has to reach on invented clips: the table of rows becomes a list of figures with limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cliphaven.fraud.rules.worlds.evaluation import Row
from cliphaven.fraud.rules.worlds.exact import ExactFound
from cliphaven.fraud.rules.worlds.organics import PROMOTED
from cliphaven.fraud.rules.worlds.sampling import Sampling

HONEST, TOGETHER = "honest", "ring drip, compared"
HONEST_TOGETHER = "honest, compared"
HOURLY, PROBED = Sampling.HOURLY, Sampling.PROBED
_RECALL: Mapping[str, tuple[float, float | None]] = {
    "burst": (0.95, 0.85),
    "burst, purged": (0.98, 0.95),
    "packages": (0.90, 0.75),
    "drip": (0.85, 0.70),
    TOGETHER: (0.90, None),
    "ring drip": (0.0, 0.70),
    "day-night drip": (0.60, 0.45),
}
_BURSTS = ("burst", "burst, purged")
_SLOWEST_MEDIAN = {HOURLY: 36.0, PROBED: 48.0}
_SLOWEST_P90 = {HOURLY: 96.0, PROBED: 120.0}
DETECTABLE = tuple(_RECALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One figure beside its limit; `at_least` says on which side of it the good ones lie."""

    name: str
    sampling: str
    value: float | None
    limit: float
    at_least: bool

    @property
    def is_reached(self) -> bool:
        """Whether the figure is on the good side; what was not measured is not."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def targets(rows: Mapping[Sampling, Sequence[Row]], exact: Sequence[ExactFound]) -> list[Target]:
    """Every figure that has a limit, of the samplings that were tried."""
    found: list[Target] = []
    for sampling, of in rows.items():
        if sampling in (HOURLY, PROBED):
            found += _of_sampling(sampling, {row.kind: row for row in of})
    for one in exact:
        found.append(_target(f"{one.kind}: found", "exact keys", one.found / max(1, one.planted), 1.0))
        found.append(_target(f"{one.kind}: wrong", "exact keys", float(one.wrong), 0.0, at_least=False))
    return found


def _of_sampling(sampling: Sampling, rows: Mapping[str, Row]) -> list[Target]:
    found: list[Target] = []
    for kind, limit in ((HONEST, 0.01), (PROMOTED, 0.05), (HONEST_TOGETHER, 0.01)):
        if kind in rows:
            found.append(_target(f"{kind}: wrongly doubted", sampling, rows[kind].share, limit, at_least=False))
    for kind, (hourly, probed) in _RECALL.items():
        least = hourly if sampling is HOURLY else probed
        if kind not in rows:
            continue
        row = rows[kind]
        if least:
            found.append(_target(f"{kind}: found", sampling, row.share, least))
        slowest = 8.0 if kind in _BURSTS and sampling is HOURLY else _SLOWEST_MEDIAN[sampling]
        found.append(_target(f"{kind}: median hours", sampling, row.hours_median, slowest, at_least=False))
        found.append(_target(f"{kind}: p90 hours", sampling, row.hours_p90, _SLOWEST_P90[sampling], at_least=False))
        found.append(_target(f"{kind}: fake money unpaid", sampling, row.unpaid, 0.95))
    return found


def _target(name: str, sampling: str, value: float | None, limit: float, *, at_least: bool = True) -> Target:
    return Target(name=name, sampling=str(sampling), value=value, limit=limit, at_least=at_least)
