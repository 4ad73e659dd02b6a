"""All accounts that there can be, and all movements between them. What is not declared here is refused."""

import re
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

    __hash__ = str.__hash__  # a batch looks thousands of accounts up: not by a call for each, as enums have it

    STRIPE_BALANCE = "stripe_balance"
    STRIPE_CONNECTED = "stripe_connected"
    SPONSOR_WALLET = "sponsor_wallet"
    SPONSOR_REFUNDING = "sponsor_refunding"
    SPONSOR_RECEIVABLE = "sponsor_receivable"
    CAMPAIGN_BUDGET = "campaign_budget"
    CREATOR_CLEARING = "creator_clearing"
    CREATOR_HELD = "creator_held"
    CREATOR_PAYABLE = "creator_payable"
    CREATOR_RESERVED = "creator_reserved"
    CREATOR_IN_TRANSIT = "creator_in_transit"
    CREATOR_RECEIVABLE = "creator_receivable"
    PLATFORM_FEES = "platform_fees"
    PLATFORM_PROCESSING = "platform_processing"
    PLATFORM_LOSSES = "platform_losses"
    PLATFORM_ADJUSTMENTS = "platform_adjustments"
    INVALID_VIEW_RESERVE = "invalid_view_reserve"


def _type(pattern: str, account_class: AccountClass, *, guarded: bool) -> AccountType:
    return AccountType(pattern=pattern, account_class=account_class, guarded=guarded)


ACCOUNT_TYPES: Mapping[AccountKind, AccountType] = {
    # Unguarded: Stripe takes disputed money whether we have it or not, and the books record what happened.
    AccountKind.STRIPE_BALANCE: _type("stripe:balance", AccountClass.ASSET, guarded=False),
    AccountKind.STRIPE_CONNECTED: _type("stripe:connected:{owner}", AccountClass.ASSET, guarded=True),
    AccountKind.SPONSOR_WALLET: _type("sponsor:{owner}:wallet", AccountClass.LIABILITY, guarded=True),
    AccountKind.SPONSOR_REFUNDING: _type("sponsor:{owner}:refunding", AccountClass.LIABILITY, guarded=True),
    AccountKind.SPONSOR_RECEIVABLE: _type("sponsor:{owner}:receivable", AccountClass.ASSET, guarded=True),
    AccountKind.CAMPAIGN_BUDGET: _type("campaign:{owner}:budget", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_CLEARING: _type("creator:{owner}:clearing", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_HELD: _type("creator:{owner}:held", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_PAYABLE: _type("creator:{owner}:payable", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_RESERVED: _type("creator:{owner}:reserved", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_IN_TRANSIT: _type("creator:{owner}:in_transit", AccountClass.LIABILITY, guarded=True),
    AccountKind.CREATOR_RECEIVABLE: _type("creator:{owner}:receivable", AccountClass.ASSET, guarded=True),
    AccountKind.PLATFORM_FEES: _type("platform:fees", AccountClass.INCOME, guarded=False),
    AccountKind.PLATFORM_PROCESSING: _type("platform:processing", AccountClass.EXPENSE, guarded=False),
    AccountKind.PLATFORM_LOSSES: _type("platform:losses", AccountClass.EXPENSE, guarded=False),
    AccountKind.PLATFORM_ADJUSTMENTS: _type("platform:adjustments", AccountClass.EQUITY, guarded=False),
    AccountKind.INVALID_VIEW_RESERVE: _type("platform:invalid_view_reserve", AccountClass.LIABILITY, guarded=True),
}


# As a bigint can hold it, and written in one way only: an account has one name.
_OWNER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A ledger account, named by its kind, its owner's id (None where there is only one) and its currency."""

    kind: AccountKind
    owner_id: int | None = None
    currency: str

    @property
    def code(self) -> str:
        """The account's name in the books, such as `campaign:42:budget`."""
        return ACCOUNT_TYPES[self.kind].pattern.format(owner=self.owner_id)


def account_named(code: str, *, currency: str) -> Account | None:
    """The account that a code such as `campaign:42:budget` names; None where the chart has no account of this shape."""
    for kind, type_ in ACCOUNT_TYPES.items():
        before, has_owner, after = type_.pattern.partition("{owner}")
        if not has_owner:
            if code == type_.pattern:
                return Account(kind=kind, currency=currency)
            continue
        owner = code.removeprefix(before).removesuffix(after)
        if _OWNER.fullmatch(owner) and code == f"{before}{owner}{after}":
            return Account(kind=kind, owner_id=int(owner), currency=currency)
    return None


class EntryKind(IntEnum):
    """Every kind of entry. The number is what the database keeps; it is never given to another kind."""

    __hash__ = int.__hash__  # for the same reason as accounts' kinds

    DEPOSIT = 1
    PROCESSING_FEE = 2
    FUND_CAMPAIGN = 3
    DEFUND = 4
    ACCRUAL = 5
    CLEAR = 6
    RESERVE = 7
    UNRESERVE = 8
    TRANSFER = 9
    BANK_PAYOUT = 10
    BANK_PAYOUT_RETURNED = 11
    COMPLETE = 12
    HOLD = 13
    RELEASE = 14
    VOID = 15
    TRANSFER_REVERSAL = 16
    REFUND_REQUEST = 17
    REFUND = 18
    REFUND_FAILED = 19
    CHARGEBACK = 20
    CHARGEBACK_WON = 21
    CLAWBACK = 22
    RECOVER = 23
    INVALID_VIEW_CREDIT = 24
    WRITE_OFF = 25
    ADJUSTMENT = 26
    REVERSAL = 27
    FEE_RETURNED = 28
    PROVISION = 29


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One debit and one credit that an entry of a kind may make."""

    debit: AccountKind
    credit: AccountKind


def _all(*, debits: tuple[AccountKind, ...], credits: tuple[AccountKind, ...]) -> frozenset[Movement]:
    """Every one of the debits with every one of the credits."""
    return frozenset(Movement(debit=debit, credit=credit) for debit in debits for credit in credits)


def _both_ways(one: AccountKind, *others: AccountKind) -> frozenset[Movement]:
    return _all(debits=(one,), credits=others) | _all(debits=others, credits=(one,))


_K = AccountKind
# What the sponsor's money becomes again when views that earned turn out not to count.
_UNPAID = (_K.CREATOR_CLEARING, _K.CREATOR_HELD, _K.CREATOR_PAYABLE)

PERMITTED: Mapping[EntryKind, frozenset[Movement]] = {
    # A payment was confirmed: the sponsor's money is with Stripe, and ours to give back or to spend as told.
    EntryKind.DEPOSIT: _all(debits=(_K.STRIPE_BALANCE,), credits=(_K.SPONSOR_WALLET,)),
    # What Stripe kept of a payment or for a dispute, as its balance transaction says; and what it gave back of that.
    EntryKind.PROCESSING_FEE: _all(debits=(_K.PLATFORM_PROCESSING,), credits=(_K.STRIPE_BALANCE,)),
    EntryKind.FEE_RETURNED: _all(debits=(_K.STRIPE_BALANCE,), credits=(_K.PLATFORM_PROCESSING,)),
    # A sponsor sets money aside for a campaign, or takes back what is unspent.
    EntryKind.FUND_CAMPAIGN: _all(debits=(_K.SPONSOR_WALLET,), credits=(_K.CAMPAIGN_BUDGET,)),
    EntryKind.DEFUND: _all(debits=(_K.CAMPAIGN_BUDGET,), credits=(_K.SPONSOR_WALLET,)),
    # Views became money owed: the creator's net and the platform's fee.
    EntryKind.ACCRUAL: _all(debits=(_K.CAMPAIGN_BUDGET,), credits=(_K.CREATOR_CLEARING, _K.PLATFORM_FEES)),
    # The hold period is over.
    EntryKind.CLEAR: _all(debits=(_K.CREATOR_CLEARING,), credits=(_K.CREATOR_PAYABLE,)),
    # Somebody, or a rule, doubts it: it is kept apart until a named day, and comes back to where it was.
    EntryKind.HOLD: _all(debits=(_K.CREATOR_CLEARING, _K.CREATOR_PAYABLE), credits=(_K.CREATOR_HELD,)),
    EntryKind.RELEASE: _all(debits=(_K.CREATOR_HELD,), credits=(_K.CREATOR_CLEARING, _K.CREATOR_PAYABLE)),
    # Unpaid earnings of views that do not count: back to the campaign, or to the sponsor of one that is closed.
    EntryKind.VOID: _all(debits=(*_UNPAID, _K.PLATFORM_FEES), credits=(_K.CAMPAIGN_BUDGET, _K.SPONSOR_WALLET)),
    # Earnings that were paid already: taken from what is unpaid, and the rest is owed.
    EntryKind.CLAWBACK: _all(debits=(*_UNPAID, _K.CREATOR_RECEIVABLE), credits=(_K.CAMPAIGN_BUDGET, _K.PLATFORM_LOSSES))
    | _all(debits=(_K.PLATFORM_FEES,), credits=(_K.CAMPAIGN_BUDGET,)),
    # What is owed to us is kept back from what comes in next.
    EntryKind.RECOVER: frozenset(
        {
            Movement(debit=_K.CREATOR_PAYABLE, credit=_K.CREATOR_RECEIVABLE),
            Movement(debit=_K.SPONSOR_WALLET, credit=_K.SPONSOR_RECEIVABLE),
        }
    ),
    # A batch sets money aside for a planned transfer, or gives it back when Stripe refused.
    EntryKind.RESERVE: _all(debits=(_K.CREATOR_PAYABLE,), credits=(_K.CREATOR_RESERVED,)),
    EntryKind.UNRESERVE: _all(debits=(_K.CREATOR_RESERVED,), credits=(_K.CREATOR_PAYABLE,)),
    # Phase 1 happened: the debt is now in transit, and the money lies on the connected account. Or it was undone.
    EntryKind.TRANSFER: frozenset(
        {
            Movement(debit=_K.CREATOR_RESERVED, credit=_K.CREATOR_IN_TRANSIT),
            Movement(debit=_K.STRIPE_CONNECTED, credit=_K.STRIPE_BALANCE),
        }
    ),
    EntryKind.TRANSFER_REVERSAL: frozenset(
        {
            Movement(debit=_K.CREATOR_IN_TRANSIT, credit=_K.CREATOR_RESERVED),
            Movement(debit=_K.STRIPE_BALANCE, credit=_K.STRIPE_CONNECTED),
        }
    ),
    # Phase 2 arrived at the bank, or came back from it.
    EntryKind.BANK_PAYOUT: _all(debits=(_K.CREATOR_IN_TRANSIT,), credits=(_K.STRIPE_CONNECTED,)),
    EntryKind.BANK_PAYOUT_RETURNED: _all(debits=(_K.STRIPE_CONNECTED,), credits=(_K.CREATOR_IN_TRANSIT,)),
    # A campaign was closed: what nobody earned goes back to its sponsor.
    EntryKind.COMPLETE: _all(debits=(_K.CAMPAIGN_BUDGET,), credits=(_K.SPONSOR_WALLET,)),
    # A sponsor asked for money back; Stripe took it from our balance; or it did not get there, before or after that.
    EntryKind.REFUND_REQUEST: _all(debits=(_K.SPONSOR_WALLET,), credits=(_K.SPONSOR_REFUNDING,)),
    EntryKind.REFUND: _all(debits=(_K.SPONSOR_REFUNDING,), credits=(_K.STRIPE_BALANCE,)),
    EntryKind.REFUND_FAILED: _all(debits=(_K.SPONSOR_REFUNDING, _K.STRIPE_BALANCE), credits=(_K.SPONSOR_WALLET,)),
    # A card's bank took a payment back: from what is unspent, and the rest the sponsor owes. Or it was won.
    EntryKind.CHARGEBACK: _all(
        debits=(_K.SPONSOR_WALLET, _K.CAMPAIGN_BUDGET, _K.SPONSOR_RECEIVABLE), credits=(_K.STRIPE_BALANCE,)
    ),
    EntryKind.CHARGEBACK_WON: _all(
        debits=(_K.STRIPE_BALANCE,), credits=(_K.SPONSOR_WALLET, _K.SPONSOR_RECEIVABLE, _K.PLATFORM_LOSSES)
    ),
    # The platform sets money aside for views that platforms purge after they were paid, and credits sponsors from it.
    EntryKind.PROVISION: _both_ways(_K.PLATFORM_LOSSES, _K.INVALID_VIEW_RESERVE),
    EntryKind.INVALID_VIEW_CREDIT: _all(debits=(_K.INVALID_VIEW_RESERVE,), credits=(_K.SPONSOR_WALLET,)),
    # Two people: a debt that nobody will pay, and what no other kind explains (the platform's own money in and out).
    EntryKind.WRITE_OFF: _all(debits=(_K.PLATFORM_LOSSES,), credits=(_K.CREATOR_RECEIVABLE, _K.SPONSOR_RECEIVABLE)),
    EntryKind.ADJUSTMENT: _both_ways(
        _K.PLATFORM_ADJUSTMENTS,
        _K.STRIPE_BALANCE,
        _K.SPONSOR_WALLET,
        _K.PLATFORM_PROCESSING,
        _K.PLATFORM_LOSSES,
        _K.PLATFORM_FEES,
    ),
    # The exact mirror of one entry, once: what it may move follows from that entry, see operations.reverse.
    EntryKind.REVERSAL: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class EntryName:
    """What entries of a kind refer to: the shapes, as regular expressions, of their external id and of their cause."""

    external_id: str
    cause: str


def _named(external_id: str, *, cause: str = r"\S[^\n]*") -> EntryName:
    return EntryName(external_id=external_id, cause=cause)


# A vendor's object is named by its own id, whatever stands after the prefix; our rows by their number.
_CLIP_AND_NUMBER = r"\d+:\d+"
_CORRECTION = r"correction:\d+"
_REFUND_AT_STRIPE = r"(re|pyr)_\S+"

NAMES: Mapping[EntryKind, EntryName] = {
    EntryKind.DEPOSIT: _named(r"pi_\S+"),
    EntryKind.PROCESSING_FEE: _named(r"txn_\S+"),
    EntryKind.FEE_RETURNED: _named(r"txn_\S+"),
    # The campaign, and the key of the form that asked: a form sent twice moves money once.
    EntryKind.FUND_CAMPAIGN: _named(r"\d+:\S+"),
    EntryKind.DEFUND: _named(r"\d+:\S+"),
    EntryKind.ACCRUAL: _named(_CLIP_AND_NUMBER),
    EntryKind.CLEAR: _named(_CLIP_AND_NUMBER),
    EntryKind.VOID: _named(_CLIP_AND_NUMBER),
    EntryKind.CLAWBACK: _named(_CLIP_AND_NUMBER),
    EntryKind.HOLD: _named(r"hold:\d+"),
    EntryKind.RELEASE: _named(r"hold:\d+"),
    EntryKind.RECOVER: _named(r"(creator|sponsor):\S+"),
    EntryKind.RESERVE: _named(r"transfer:\d+"),
    EntryKind.UNRESERVE: _named(r"transfer:\d+"),
    EntryKind.TRANSFER: _named(r"tr_\S+"),
    EntryKind.TRANSFER_REVERSAL: _named(r"trr_\S+"),
    EntryKind.BANK_PAYOUT: _named(r"po_\S+"),
    EntryKind.BANK_PAYOUT_RETURNED: _named(r"po_\S+"),
    EntryKind.COMPLETE: _named(r"\d+"),
    EntryKind.REFUND_REQUEST: _named(r"refund:\d+"),
    EntryKind.REFUND: _named(_REFUND_AT_STRIPE),
    # By our row when Stripe never had a refund of it.
    EntryKind.REFUND_FAILED: _named(rf"{_REFUND_AT_STRIPE}|refund:\d+"),
    EntryKind.CHARGEBACK: _named(r"(dp|du)_\S+"),
    EntryKind.CHARGEBACK_WON: _named(r"(dp|du)_\S+"),
    # By the purge when the house credits what was found, by the correction when two people do.
    EntryKind.INVALID_VIEW_CREDIT: _named(rf"{_CORRECTION}|purge:\d+"),
    EntryKind.WRITE_OFF: _named(_CORRECTION),
    EntryKind.ADJUSTMENT: _named(_CORRECTION),
    EntryKind.PROVISION: _named(_CORRECTION),
    # The number of the reversed entry's kind, and its external id.
    EntryKind.REVERSAL: _named(r"\d{1,4}:\S+"),
}


def reversed_entry(external_id: str) -> tuple[EntryKind, str]:
    """The kind and external id of the entry that a reversal of this external id reverses."""
    number, _, name = external_id.partition(":")
    return EntryKind(int(number)), name


def reversal_of(kind: EntryKind, external_id: str) -> str:
    """The external id of the reversal of an entry."""
    return f"{kind:d}:{external_id}"
