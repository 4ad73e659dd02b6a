"""Frozen peer tables: how rare each value of each signal is among clips that nobody doubts.

A strength is s = −log₁₀(share of clips that *ever* reach this value in thirty days), of the same platform and with
about as many readings, at most 4. So 2 reads "one clip in a hundred". Where the peers are too few to say (the rarest
twentieth of them is the last that is counted), values beyond are taken to die away exponentially, as fast as that
twentieth did.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from cliphaven.fraud.rules.signals.found import VERSION, Signal

STRENGTH_MAX = 4.0
ANY = "any"
"""Stands for every platform, where one has too few peers of its own."""
FORMAT = "cliphaven fraud calibration 1"
LEVELS = ("1", "2", "3-4", "5+")
"""How much is known of a clip: so many readings."""
_SHARES = (0.5, 0.3, 0.2, 0.1, 0.05)
_TAIL_SHARE = 0.05
_DIGITS = 6


class BadCalibration(ValueError):
    """The text is no calibration, or not the one that its id says. The sentence says why."""


class OtherSignals(BadCalibration):
    """The calibration is of an earlier or later version of the signals."""


def level_of(readings: int) -> str:
    """How much is known of a clip, in four steps: "1", "2", "3-4" or "5+" readings."""
    if readings >= 5:
        return "5+"
    return "3-4" if readings >= 3 else str(max(1, readings))


@dataclass(frozen=True, slots=True)
class Peers:
    """One table: `values` that ever smaller shares of peers reach, rising, and the strength of each."""

    values: tuple[float, ...]
    strengths: tuple[float, ...]
    per_unit: float
    """How much strength each unit of value adds beyond the last one."""

    def strength(self, value: float) -> float:
        """The strength of a value, from 0 to 4; between two values of the table evenly."""
        values = self.values
        place = bisect_right(values, value)
        if place == 0:
            return 0.0
        below = self.strengths[place - 1]
        if place == len(values):
            return min(STRENGTH_MAX, below + (value - values[-1]) * self.per_unit)
        width = values[place] - values[place - 1]
        return below + (self.strengths[place] - below) * (value - values[place - 1]) / width


@dataclass(frozen=True, slots=True)
class Ratio:
    """What is usual of log(likes/views) on a platform: the median, and 1.4826 times the median distance from it."""

    usual: float
    spread: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Everything a score is measured by. `id` names the contents: other tables have another id."""

    id: str
    source: str
    clips: int
    hold_from: float
    """T₁: what one clip in a hundred that nobody doubts ever reaches. From here on views are held."""
    release_below: float
    """T₀: below this a hold ends when its days are over."""
    ratios: Mapping[str, Ratio]
    tables: Mapping[tuple[str, str, str], Peers]

    @property
    def probe_from(self) -> float:
        """From here on a clip is polled hourly for a while, to know more: 0.55·T₁."""
        return 0.55 * self.hold_from

    def strength(self, signal: Signal, platform: str, level: str, value: float) -> float:
        """How rare a value is, as in the module's first lines; 0 where no peers are known."""
        table = self.tables.get((signal, platform, level)) or self.tables.get((signal, ANY, level))
        return 0.0 if table is None else table.strength(value)

    def ratio(self, platform: str) -> Ratio:
        """What is usual on a platform, or anywhere."""
        return self.ratios.get(platform) or self.ratios[ANY]


def peers_of(highest: Sequence[float], *, clips: int) -> Peers:
    """A table from the highest value that each clip ever reached; those that reached none are only counted in `clips`.

    Of what no clip ever said, any value is as rare as one clip more than there were.
    """
    ordered = sorted(highest, reverse=True)
    values: list[float]
    strengths: list[float]
    if len(ordered) <= _TAIL_SHARE * clips:
        least = round(ordered[-1], _DIGITS) if ordered else 0.0
        rare = round(math.log10((clips + 1) / (len(ordered) + 1)), _DIGITS)
        values = [0.0, least] if least > 0 else [0.0]
        return Peers(tuple(values), tuple(rare for _ in values), _per_unit(ordered, least))
    values, strengths = [], []
    for share in _SHARES:
        place = math.ceil(share * clips) - 1
        if place < len(ordered) and (not values or ordered[place] > values[-1]):
            values.append(round(ordered[place], _DIGITS))
            strengths.append(round(-math.log10(share), _DIGITS))
    return Peers(tuple(values), tuple(strengths), _per_unit(ordered, values[-1]))


def _per_unit(ordered: Sequence[float], last: float) -> float:
    """What a unit beyond the last value adds, if values die away exponentially with the mean that is seen."""
    beyond = [value - last for value in ordered if value > last]
    mean = sum(beyond) / len(beyond) if beyond else 0.0
    return round(1 / (math.log(10) * mean), _DIGITS) if mean > 0 else 0.0


def frozen(
    *,
    source: str,
    clips: int,
    hold_from: float,
    release_below: float,
    ratios: Mapping[str, Ratio],
    tables: Mapping[tuple[str, str, str], Peers],
) -> Calibration:
    """A calibration with the id that its contents have."""
    nameless = Calibration(
        id="",
        source=source,
        clips=clips,
        hold_from=round(float(hold_from), 3),
        release_below=round(float(release_below), 3),
        ratios={
            name: Ratio(round(float(of.usual), _DIGITS), round(float(of.spread), _DIGITS))
            for name, of in ratios.items()
        },
        tables=tables,
    )
    return parsed(text_of(nameless))


def text_of(calibration: Calibration) -> str:
    """The calibration as JSON: the same contents are the same bytes."""
    said = _said(calibration)
    return json.dumps({"id": _id_of(said), **said}, indent=1, sort_keys=False) + "\n"


def parsed(text: str) -> Calibration:
    """A calibration from its JSON. Raises BadCalibration."""
    try:
        read = json.loads(text)
        calibration = Calibration(
            id=str(read["id"]),
            source=str(read["source"]),
            clips=int(read["clips"]),
            hold_from=float(read["hold_from"]),
            release_below=float(read["release_below"]),
            ratios={name: Ratio(float(of[0]), float(of[1])) for name, of in read["ratios"].items()},
            tables={
                (str(signal), str(platform), str(level)): Peers(
                    tuple(map(float, values)), tuple(map(float, strengths)), float(per_unit)
                )
                for signal, platform, level, values, strengths, per_unit in read["tables"]
            },
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise BadCalibration("This is no calibration of signals; `cliphaven fraud calibrate` makes one.") from error
    if read.get("format") != FORMAT or read.get("signals") != VERSION:
        raise OtherSignals(f"This calibration is of other signals than ours ({VERSION}); calibrate anew.")
    if ANY not in calibration.ratios or calibration.id != _id_of(_said(calibration)):
        raise BadCalibration("This calibration was changed after it was made: its id is of other contents.")
    return calibration


@cache
def shipped() -> Calibration:
    """The calibration that comes with the house: made from invented clips, for as long as there is no history."""
    return parsed(Path(__file__).with_name("shipped_calibration.json").read_text(encoding="utf-8"))


def _said(calibration: Calibration) -> dict[str, object]:
    return {
        "format": FORMAT,
        "signals": VERSION,
        "source": calibration.source,
        "clips": calibration.clips,
        "hold_from": calibration.hold_from,
        "release_below": calibration.release_below,
        "ratios": {name: [of.usual, of.spread] for name, of in sorted(calibration.ratios.items())},
        "tables": [
            [*key, list(table.values), list(table.strengths), table.per_unit]
            for key, table in sorted(calibration.tables.items())
        ],
    }


def _id_of(said: Mapping[str, object]) -> str:
    line = json.dumps(said, separators=(",", ":"), sort_keys=True)
    return sha256(line.encode()).hexdigest()[:16]
