"""The peer tables that scores are measured by: those that an installation made, or those that come with the house."""

from functools import cache

from cliphaven.fraud.models import PeerTable
from cliphaven.fraud.rules.calibration import Calibration, parsed, shipped


def calibration(peer_table_id: int | None) -> Calibration:
    """The stored peer tables with this number; with None those that come with the house."""
    return _shipped() if peer_table_id is None else _stored(peer_table_id)


@cache
def _shipped() -> Calibration:
    return shipped()


@cache
def _stored(peer_table_id: int) -> Calibration:
    """Read once in a process: they never change."""
    return parsed(PeerTable.objects.values_list("text", flat=True).get(id=peer_table_id))
