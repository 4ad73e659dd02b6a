"""Connected accounts, Monday batches, and the rows of both phases of paying."""

from cliphaven.payouts.models.balance_transactions import BalanceTransaction, BalanceTransactionImport
from cliphaven.payouts.models.sending import (
    BANK_PAYOUT_STATES,
    TRANSFER_REVERSAL_STATES,
    TRANSFER_STATES,
    Act,
    BankAccount,
    BankPayout,
    Batch,
    BatchState,
    ConnectedAccount,
    FormerAccount,
    PauseReason,
    PayoutPause,
    Skip,
    SkipReason,
    StaffAct,
    Transfer,
    TransferReversal,
)

__all__ = [
    "BANK_PAYOUT_STATES",
    "TRANSFER_REVERSAL_STATES",
    "TRANSFER_STATES",
    "Act",
    "BalanceTransaction",
    "BalanceTransactionImport",
    "BankAccount",
    "BankPayout",
    "Batch",
    "BatchState",
    "ConnectedAccount",
    "FormerAccount",
    "PauseReason",
    "PayoutPause",
    "Skip",
    "SkipReason",
    "StaffAct",
    "Transfer",
    "TransferReversal",
]
