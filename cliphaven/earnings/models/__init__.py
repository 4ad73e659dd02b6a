"""Accruals and what became of them, and what sponsors have back for views that a platform took back."""

from cliphaven.earnings.models.credits import CreditedEntry, CreditNote, PurgeFollowUp, PurgeOutcome
from cliphaven.earnings.models.earned import (
    UNPAID,
    Accrual,
    Deduction,
    Deed,
    EarningAct,
    EarningReversal,
    Hold,
    HoldExtension,
    HoldOutcome,
    HoldReason,
    Recovery,
    ReturnedTo,
    ReversalKind,
    ReversalReason,
    Stage,
)
from cliphaven.earnings.models.figures import KeptFigures

__all__ = [
    "UNPAID",
    "Accrual",
    "CreditNote",
    "CreditedEntry",
    "Deduction",
    "Deed",
    "EarningAct",
    "EarningReversal",
    "Hold",
    "HoldExtension",
    "HoldOutcome",
    "HoldReason",
    "KeptFigures",
    "PurgeFollowUp",
    "PurgeOutcome",
    "Recovery",
    "ReturnedTo",
    "ReversalKind",
    "ReversalReason",
    "Stage",
]
