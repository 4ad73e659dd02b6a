"""The peer tables that scores are measured by: those that an installation made, or none: then nothing is doubted."""

from functools import cache

from cliphaven.fraud.models import PeerTable
from cliphaven.fraud.rules import calibrating
from cliphaven.fraud.rules.calibration import Calibration, frozen, parsed

_NEVER = 1e3


def calibration(peer_table_id: int | None) -> Calibration:
    """The stored peer tables with this number; with None those of an installation that has made none."""
    return _none() if peer_table_id is None else _stored(peer_table_id)


@cache
def _none() -> Calibration:
    return frozen(
        source="none yet", clips=0, hold_from=_NEVER, release_below=_NEVER, ratios=calibrating.ratios_of([]), tables={}
    )


@cache
def _stored(peer_table_id: int) -> Calibration:
    """Read once in a process: they never change."""
    return parsed(PeerTable.objects.values_list("text", flat=True).get(id=peer_table_id))
