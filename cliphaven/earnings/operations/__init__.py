"""What moves earnings: accruing, clearing, holds, reversals, debts, and setting aside what a batch pays.

Locks are taken in one order everywhere: the campaign, then accruals by id, then what their creators owe, then the
ledger's accounts. Every one of these operations takes many rows at once.
"""

from cliphaven.earnings.operations.accruing import accrue_all, accrue_campaign
from cliphaven.earnings.operations.clearing import clear_all
from cliphaven.earnings.operations.reserving import (
    Release,
    Reservation,
    ReservationOutOfDate,
    locked_payable_parts,
    release_from_transfer,
    release_from_transfers,
    reserve_for_transfers,
    return_transfer,
)

__all__ = [
    "Release",
    "Reservation",
    "ReservationOutOfDate",
    "accrue_all",
    "accrue_campaign",
    "clear_all",
    "locked_payable_parts",
    "release_from_transfer",
    "release_from_transfers",
    "reserve_for_transfers",
    "return_transfer",
]
