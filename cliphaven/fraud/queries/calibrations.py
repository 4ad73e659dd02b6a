"""The peer tables that scores are measured by: those that an installation made, or those that come with the house."""

import logging
from functools import cache

from cliphaven.foundation.errors import Refused
from cliphaven.fraud.models import PeerTable
from cliphaven.fraud.rules.calibration import Calibration, OtherSignals, parsed, shipped

_log = logging.getLogger(__name__)


class NoSuchPeerTable(Refused):
    """There are no peer tables with this number."""

    code = "no_such_peer_table"


def calibration(peer_table_id: int | None) -> Calibration:
    """The stored peer tables with this number; with None those that come with the house. Raises NoSuchPeerTable.

    Tables that were made before signals changed say nothing of the new ones: until somebody makes others and a policy
    names them, clips are judged by those of the house, and each judgement names them.
    """
    return _shipped() if peer_table_id is None else _stored(peer_table_id)


@cache
def _shipped() -> Calibration:
    return shipped()


@cache
def _stored(peer_table_id: int) -> Calibration:
    """Read once in a process: they never change."""
    text = PeerTable.objects.filter(id=peer_table_id).values_list("text", flat=True).first()
    if text is None:
        raise NoSuchPeerTable("There are no peer tables with this number: `cliphaven fraud learn` makes some.")
    try:
        return parsed(text)
    except OtherSignals:
        _log.warning("peer tables %s are of other signals: `cliphaven fraud learn` makes new ones", peer_table_id)
        return _shipped()
