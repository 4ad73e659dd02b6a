"""All accounts that there can be, and all movements between them. What is not declared here is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class AccountClass(StrEnum):
    """The five classes of accounting. Assets and expenses grow by debits, the others by credits."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def debit_normal(self) -> bool:
        """Whether a debit makes an account of this class grow."""
        return self in (AccountClass.ASSET, AccountClass.EXPENSE)


@dataclass(frozen=True, kw_only=True)
class AccountType:
    """A kind of account: how its code is written, its class, and whether it is guarded (may never go below zero)."""

    pattern: str
    account_class: AccountClass
    guarded: bool


class AccountKind(StrEnum):
    """Every kind of account, per currency."""

    STRIPE_BALANCE = "stripe_balance"
    STRIPE_CONNECTED = "stripe_connected"
    SPONSOR_WALLET = "sponsor_wallet"
    CAMPAIGN_BUDGET = "campaign_budget"
    CREATOR_CLEARING = "creator_clearing"
    CREATOR_PAYABLE = "creator_payable"
    CREATOR_RESERVED = "creator_reserved"
    CREATOR_IN_TRANSIT = "creator_in_transit"
    PLATFORM_FEES = "platform_fees"
    PLATFORM_PROCESSING = "platform_processing"


def _type(pattern: str, account_class: AccountClass, *, guarded: bool) -> AccountType:
    return AccountType(pattern=pattern, account_class=account_class, guarded=guarded)


ACCOUNT_TYPES: Mapping[AccountKind, AccountType] = {
    AccountKind.STRIPE_BALANCE: _type("stripe:balance", AccountClass.ASSET, guarded=True),
    AccountKind.STRIPE_CONNECTED: _type("stripe:connected:{owner}", AccountClass.ASSET, guarded=True),
    AccountKind.SPONSOR_WALLET: _type("sponsor:{owner}:wallet", AccountClass.LIABILITY, guarded=True),
    AccountKind.CAMPAIGN_BUDGET: _type("campaign:{owner}:budget", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_CLEARING: _type("creator:{owner}:clearing", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_PAYABLE: _type("creator:{owner}:payable", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_RESERVED: _type("creator:{owner}:reserved", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_IN_TRANSIT: _type("creator:{owner}:in_transit", AccountClass.LIABILITY, guarded=True),
    AccountKind.PLATFORM_FEES: _type("platform:fees", AccountClass.INCOME, guarded=False),
    AccountKind.PLATFORM_PROCESSING: _type("platform:processing", AccountClass.EXPENSE, guarded=False),
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """A ledger account, named by its kind, its owner's id (None where there is only one) and its currency."""

    kind: AccountKind
    owner_id: int | None = None
    currency: str

    @property
    def code(self) -> str:
        """The account's name in the books, such as `campaign:42:budget`."""
        return ACCOUNT_TYPES[self.kind].pattern.format(owner=self.owner_id)


class EntryKind(IntEnum):
    """Every kind of entry. The number is what the database keeps; it is never given to another kind."""

    DEPOSIT = 1
    PROCESSING_FEE = 2
    FUND_CAMPAIGN = 3
    ACCRUAL = 5
    CLEAR = 6
    RESERVE = 7
    UNRESERVE = 8
    TRANSFER = 9
    BANK_PAYOUT = 10
    BANK_PAYOUT_RETURNED = 11
    COMPLETE = 12


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One debit and one credit that an entry of a kind may make."""

    debit: AccountKind
    credit: AccountKind


def _move(debit: AccountKind, credit: AccountKind) -> Movement:
    return Movement(debit=debit, credit=credit)


_K = AccountKind
PERMITTED: Mapping[EntryKind, frozenset[Movement]] = {
    # A payment was confirmed: the sponsor's money is with Stripe, and ours to give back or to spend as told.
    EntryKind.DEPOSIT: frozenset({_move(_K.STRIPE_BALANCE, _K.SPONSOR_WALLET)}),
    # What Stripe kept of a payment, as its balance transaction says.
    EntryKind.PROCESSING_FEE: frozenset({_move(_K.PLATFORM_PROCESSING, _K.STRIPE_BALANCE)}),
    # A sponsor sets money aside for a campaign.
    EntryKind.FUND_CAMPAIGN: frozenset({_move(_K.SPONSOR_WALLET, _K.CAMPAIGN_BUDGET)}),
    # Views became money owed: the creator's net and the platform's fee.
    EntryKind.ACCRUAL: frozenset(
        {_move(_K.CAMPAIGN_BUDGET, _K.CREATOR_CLEARING), _move(_K.CAMPAIGN_BUDGET, _K.PLATFORM_FEES)}
    ),
    # The hold period is over.
    EntryKind.CLEAR: frozenset({_move(_K.CREATOR_CLEARING, _K.CREATOR_PAYABLE)}),
    # A batch sets money aside for a planned transfer, or gives it back when Stripe refused.
    EntryKind.RESERVE: frozenset({_move(_K.CREATOR_PAYABLE, _K.CREATOR_RESERVED)}),
    EntryKind.UNRESERVE: frozenset({_move(_K.CREATOR_RESERVED, _K.CREATOR_PAYABLE)}),
    # Phase 1 happened: the debt is now in transit, and the money lies on the connected account.
    EntryKind.TRANSFER: frozenset(
        {_move(_K.CREATOR_RESERVED, _K.CREATOR_IN_TRANSIT), _move(_K.STRIPE_CONNECTED, _K.STRIPE_BALANCE)}
    ),
    # Phase 2 arrived at the bank, or came back from it.
    EntryKind.BANK_PAYOUT: frozenset({_move(_K.CREATOR_IN_TRANSIT, _K.STRIPE_CONNECTED)}),
    EntryKind.BANK_PAYOUT_RETURNED: frozenset({_move(_K.STRIPE_CONNECTED, _K.CREATOR_IN_TRANSIT)}),
    # A campaign was closed: what nobody earned goes back to its sponsor.
    EntryKind.COMPLETE: frozenset({_move(_K.CAMPAIGN_BUDGET, _K.SPONSOR_WALLET)}),
}
