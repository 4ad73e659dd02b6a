"""Paying, decided purely: which week is due, who is paid, which state follows which, what an answer of Stripe means.

A transfer is reserved, sending, then sent, released or unknown. A payout waits for funds, is sending, pending, in
transit, then paid, failed or returned. Only the edges listed here are ever walked. How either is told to Stripe once is
said in `foundation.outgoing.rules`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

PAYDAY_HOUR = 6  # Monday, UTC
# Accounts that Stripe cannot be asked about postpone the batch this long; then it goes without them.
PATIENCE = timedelta(hours=6)
QUIET_AFTER = timedelta(days=90)
# From Sunday evening on the accounts of those who are to be paid are read.
READ_AHEAD_FOR = timedelta(hours=12)
# Read ahead for one payday, and planned with some hours late.
ACCOUNT_IS_FRESH_FOR = READ_AHEAD_FOR + PATIENCE
# Right before a transfer its account is read again, unless that was done just now.
GATE_STANDS_OPEN_FOR = timedelta(minutes=10)

WAIT_FOR_FUNDS_MIN = timedelta(minutes=15)
WAIT_FOR_FUNDS_MAX = timedelta(hours=6)
NEXT_ATTEMPT_AFTER = timedelta(days=1)
FAILURES_MAX = 20
FAILURES_PER_BANK_ACCOUNT = 3
NEW_BANK_ACCOUNT_HELD_FOR = timedelta(hours=72)
# So long the page offers "It was not me": longer than the hold, so that somebody back from a holiday finds it.
CHANGE_DISOWNED_WITHIN = timedelta(days=14)
REREAD_MOVING_EVERY = timedelta(hours=6)
REREAD_UNREADABLE_AFTER = timedelta(hours=1)
REREAD_PAID_EVERY = timedelta(days=1)
PAID_IS_FINAL_AFTER = timedelta(days=10)
# How often a transfer is read again whose money has come to no bank: somebody at Stripe may have taken it back.
REREAD_REVERSALS_EVERY = timedelta(days=1)
# A row's number that we wrote on an object at Stripe is shorter than this, or was not written by us.
NUMBER_LENGTH_MAX = 19


class TransferState(StrEnum):
    """Phase 1: platform to connected account."""

    RESERVED = "reserved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    REVERSING = "reversing"
    REVERSED = "reversed"
    RELEASED = "released"
    NEEDS_REVIEW = "needs_review"


class TransferReversalState(StrEnum):
    """Back again: connected account to platform."""

    ASKED = "asked"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    NEEDS_REVIEW = "needs_review"


class BankPayoutState(StrEnum):
    """Phase 2: connected account to bank."""

    WAITING_FOR_FUNDS = "waiting_for_funds"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    NEEDS_REVIEW = "needs_review"


_T = TransferState
TRANSFER_EDGES: Mapping[TransferState, frozenset[TransferState]] = {
    # Straight to sent: a webhook may show a transfer that we had given up looking for.
    # To released without a call: its batch was sent back before anything was sent.
    _T.RESERVED: frozenset({_T.SENDING, _T.UNKNOWN, _T.SENT, _T.RELEASED, _T.NEEDS_REVIEW}),
    # Back to reserved only when it was provably never executed; sending again takes over a crashed claim.
    _T.SENDING: frozenset({_T.SENDING, _T.RESERVED, _T.UNKNOWN, _T.SENT, _T.RELEASED, _T.NEEDS_REVIEW}),
    # From unknown to reserved only after two look-ups found nothing, under a new attempt number.
    _T.UNKNOWN: frozenset({_T.SENDING, _T.UNKNOWN, _T.RESERVED, _T.SENT, _T.NEEDS_REVIEW}),
    # Straight to sent: a webhook may show it while a person looks for it.
    _T.NEEDS_REVIEW: frozenset({_T.UNKNOWN, _T.SENT}),
    # Money that is with Stripe and cannot go on to a bank may be taken back, by us or by somebody at Stripe.
    _T.SENT: frozenset({_T.REVERSING, _T.REVERSED}),
    _T.REVERSING: frozenset({_T.REVERSED, _T.SENT}),
    _T.REVERSED: frozenset(),
    # Stripe moved it after all, although it had said no, and it was taken back there.
    _T.RELEASED: frozenset({_T.REVERSED}),
}
# Nothing of it moves by itself any more. Only a reversal leads out of sent, or of released.
TRANSFER_FINAL = frozenset({_T.SENT, _T.REVERSED, _T.RELEASED})
# What waits for a person, or is taken back, may take days: it does not keep the creator's other money from the bank.
TRANSFER_SETTLED = TRANSFER_FINAL | {_T.NEEDS_REVIEW, _T.REVERSING}

_R = TransferReversalState
TRANSFER_REVERSAL_EDGES: Mapping[TransferReversalState, frozenset[TransferReversalState]] = {
    # Straight to done: a webhook may show it before the answer comes.
    _R.ASKED: frozenset({_R.SENDING, _R.UNKNOWN, _R.DONE, _R.NEEDS_REVIEW}),
    _R.SENDING: frozenset({_R.SENDING, _R.ASKED, _R.UNKNOWN, _R.DONE, _R.REFUSED, _R.NEEDS_REVIEW}),
    _R.UNKNOWN: frozenset({_R.SENDING, _R.UNKNOWN, _R.ASKED, _R.DONE, _R.NEEDS_REVIEW}),
    # Done also when two of the staff say that it was sent again.
    _R.NEEDS_REVIEW: frozenset({_R.UNKNOWN, _R.DONE}),
    _R.DONE: frozenset(),
    _R.REFUSED: frozenset(),
}
TRANSFER_REVERSAL_LIVE = frozenset({_R.ASKED, _R.SENDING, _R.UNKNOWN})

_P = BankPayoutState
_AT_STRIPE = frozenset({_P.PENDING, _P.IN_TRANSIT, _P.PAID, _P.FAILED})
BANK_PAYOUT_EDGES: Mapping[BankPayoutState, frozenset[BankPayoutState]] = {
    # Straight to Stripe's states: a webhook may show a payout that we had given up looking for.
    # Withdrawn: the money it would have moved is taken back to the platform.
    _P.WAITING_FOR_FUNDS: _AT_STRIPE | {_P.WAITING_FOR_FUNDS, _P.SENDING, _P.UNKNOWN, _P.WITHDRAWN},
    _P.SENDING: _AT_STRIPE | {_P.SENDING, _P.WAITING_FOR_FUNDS, _P.UNKNOWN, _P.NEEDS_REVIEW},
    _P.UNKNOWN: _AT_STRIPE | {_P.SENDING, _P.WAITING_FOR_FUNDS, _P.UNKNOWN, _P.NEEDS_REVIEW},
    _P.PENDING: _AT_STRIPE,
    _P.IN_TRANSIT: _AT_STRIPE - {_P.PENDING},
    # Banks send money back days after it was called paid.
    _P.PAID: frozenset({_P.PAID, _P.RETURNED}),
    _P.NEEDS_REVIEW: _AT_STRIPE | {_P.UNKNOWN, _P.WITHDRAWN},
    _P.FAILED: frozenset(),
    _P.RETURNED: frozenset(),
    _P.WITHDRAWN: frozenset(),
}
BANK_PAYOUT_FAILED = frozenset({_P.FAILED, _P.RETURNED})
BANK_PAYOUT_OVER = BANK_PAYOUT_FAILED | {_P.WITHDRAWN}

# Of all the reasons for which banks refuse, the two that may be gone tomorrow.
RETRYABLE_FAILURES = frozenset({"could_not_process", "insufficient_funds"})


class AfterFailure(StrEnum):
    """What follows a failed payout."""

    TRY_AGAIN = "try_again"
    NEW_BANK_ACCOUNT = "new_bank_account"
    REVIEW = "review"


class AfterReversal(StrEnum):
    """What follows when Stripe took some or all of a transfer back."""

    GIVE_BACK = "give_back"  # all of it, and none of it went on to a bank: it is payable again
    HOLD = "taken_back_in_part"  # a part of it: none of it goes on to a bank until a person has decided
    REVIEW = "went_on_to_bank"  # it went on to a bank, or is about to: somebody is short


class Part(Protocol):
    """What a creator is owed for one campaign, as the choice of what to pay needs to know it."""

    @property
    def amount_minor(self) -> int: ...  # noqa: D102
    @property
    def campaign_ended(self) -> bool: ...  # noqa: D102
    @property
    def last_cleared_at(self) -> datetime: ...  # noqa: D102


AnyPart = TypeVar("AnyPart", bound=Part)


def due_week(now: datetime) -> str:
    """The ISO week whose Monday run is due at `now`, such as "2026-W45": it changes on Mondays at 06:00 UTC."""
    year, week, _ = (now - timedelta(hours=PAYDAY_HOUR)).isocalendar()
    return f"{year}-W{week:02d}"


def last_payday(now: datetime) -> datetime:
    """The latest Monday 06:00 UTC that is not after `now`."""
    shifted = now - timedelta(hours=PAYDAY_HOUR)
    monday = shifted - timedelta(days=shifted.weekday())
    return monday.replace(hour=PAYDAY_HOUR, minute=0, second=0, microsecond=0)


def next_payday(now: datetime) -> datetime:
    """The first Monday 06:00 UTC after `now`."""
    return last_payday(now) + timedelta(days=7)


def held_until(*, changed_at: datetime | None, lifted_at: datetime | None) -> datetime | None:
    """Until when nothing goes to a bank account that took another's place; None for one that never did.

    `lifted_at` is when one of the staff let it go sooner. A word that was given before the change is none about it.
    """
    if changed_at is None:
        return None
    ends_at = changed_at + NEW_BANK_ACCOUNT_HELD_FOR
    return ends_at if lifted_at is None or lifted_at < changed_at else min(ends_at, lifted_at)


def may_be_disowned(*, changed_at: datetime | None, now: datetime) -> bool:
    """Whether a creator can still say that a change of their bank account was somebody else's."""
    return changed_at is not None and now - changed_at < CHANGE_DISOWNED_WITHIN


def may_go_without_unreadable(now: datetime) -> bool:
    """Whether the batch goes without the accounts that Stripe could not be asked about."""
    return now - last_payday(now) >= PATIENCE


def is_fresh(*, checked_at: datetime | None, now: datetime) -> bool:
    """Whether what Stripe said of an account at `checked_at` needs no second look before its transfer goes."""
    return checked_at is not None and now - checked_at < GATE_STANDS_OPEN_FOR


def parts_to_pay(parts: Sequence[AnyPart], *, minimum_minor: int, now: datetime) -> list[AnyPart]:
    """Which parts of one creator's money in one currency a batch pays.

    All of them when they reach the minimum together, or when nothing new came for 90 days; else those of campaigns that
    have ended, for which nothing more can come.
    """
    if not parts:
        return []
    quiet = now - max(part.last_cleared_at for part in parts) >= QUIET_AFTER
    if quiet or sum(part.amount_minor for part in parts) >= minimum_minor:
        return list(parts)
    return [part for part in parts if part.campaign_ended]


def transfer_group(*, prefix: str, week: str, creator_id: int, campaign_id: int) -> str:
    """The name under which every attempt at one transfer can be found at Stripe."""
    return f"{prefix}:transfer:{week}:{creator_id}:{campaign_id}"


def transfer_key(*, group: str, amount_minor: int, attempt: int) -> str:
    """The idempotency key of a transfer. Amount and attempt are frozen on the row, so it can always be told again."""
    return f"{group}:{amount_minor}:a{attempt}"


def bank_payout_key(
    *, prefix: str, week: str, creator_id: int, currency: str, part: int, amount_minor: int, attempt: int
) -> str:
    """The idempotency key of a payout. The first part of a batch's money is not named: mostly it is all of it."""
    whose = f"{prefix}:payout:{week}:{creator_id}:{currency}" + (f":p{part}" if part > 1 else "")
    return f"{whose}:{amount_minor}:a{attempt}"


def reversal_key(*, group: str, reversal_id: int, amount_minor: int, attempt: int) -> str:
    """The idempotency key of taking a transfer back."""
    return f"{group}:reversal:{reversal_id}:{amount_minor}:a{attempt}"


def names_reversal(metadata: Mapping[str, str], *, reversal_id: int) -> bool:
    """Whether an object at Stripe says of itself that it is this reversal, or undoes it."""
    return metadata.get("transfer_reversal") == str(reversal_id)


def after_reversal(*, reversed_minor: int, amount_minor: int, went_on_to_bank: bool) -> AfterReversal:
    """What follows when `reversed_minor` of a transfer's `amount_minor` have been taken back, all in all."""
    if went_on_to_bank:
        return AfterReversal.REVIEW
    return AfterReversal.GIVE_BACK if reversed_minor >= amount_minor else AfterReversal.HOLD


def may_be_withdrawn(state: BankPayoutState, *, was_ever_sent: bool) -> bool:
    """Whether a payout, the latest attempt at its money, has provably left it on the connected account for good.

    One that waits has nothing at Stripe. One that failed has given it back; one in review may have been sent.
    """
    if state is _P.NEEDS_REVIEW:
        return not was_ever_sent
    return state is _P.WAITING_FOR_FUNDS or state in BANK_PAYOUT_FAILED


def payout_state(status: str, *, before: BankPayoutState) -> BankPayoutState | None:
    """The state that Stripe's status asks for, or None when nothing follows from it (an old or unheard-of status)."""
    state = {
        "pending": _P.PENDING,
        "in_transit": _P.IN_TRANSIT,
        "paid": _P.PAID,
        "failed": _P.FAILED,
        "canceled": _P.FAILED,
    }.get(status)
    if state is _P.FAILED and before is _P.PAID:
        state = _P.RETURNED
    return state if state in BANK_PAYOUT_EDGES[before] else None


def after_failure(*, code: str, refused_by_stripe: bool, failures_to_this_bank: int, failures: int) -> AfterFailure:
    """What follows a failed payout: the same bank account again, a new one, or a person.

    `failures` are all of this money's; waits for funds are none.
    """
    if failures >= FAILURES_MAX or code == "canceled":  # somebody stopped it at Stripe, and had a reason
        return AfterFailure.REVIEW
    if failures_to_this_bank >= FAILURES_PER_BANK_ACCOUNT:
        return AfterFailure.NEW_BANK_ACCOUNT
    if refused_by_stripe or code in RETRYABLE_FAILURES:
        return AfterFailure.TRY_AGAIN
    return AfterFailure.NEW_BANK_ACCOUNT


# The code of a transfer that Stripe moved after it had said no; its money had been given back.
SENT_AFTER_ALL = "sent_after_all"
# The code of a payout that reached a bank, and that the books refuse.
NOT_BOOKED = "not_booked"
_TRANSFER_SENTENCES: Mapping[str, str] = {
    "balance_insufficient": "Our own balance was short. The money is yours and goes into the next run.",
    "insufficient_capabilities_for_transfer": "Stripe does not let your account receive money yet: finish the set-up.",
    "account_invalid": "Your Stripe account is no longer connected: set up payouts again.",
    "account_not_usable": "Stripe cannot pay you now: Payouts shows what it needs. The money goes into the next run.",
    SENT_AFTER_ALL: "Stripe sent it after all, when it was back in your balance. We are putting that right.",
}
TAKEN_BACK = "It was taken back from your Stripe account. The money is yours and goes into the next run."
_REVERSAL_SENTENCES: Mapping[str, str] = {
    "balance_insufficient": "The connected account does not have it available now. The transfer stands.",
    "account_invalid": "Stripe says that the account is no longer connected to us.",
    "taken_back_in_part": "A part of it was taken back at Stripe. Take back the rest, and all of it is payable again.",
    "went_on_to_bank": "It was taken back after it had gone on to a bank, so the connected account was short of it, or "
    "is. Send it there again at Stripe, as the runbook says; then two of you settle this.",
    "not_booked": "Stripe has taken it back, and the books refuse that: they have less in transit. Send it again at "
    "Stripe, as the runbook says; then two of you settle this.",
    "transfer_is_open": "It was taken back before its transfer was booked. See to the transfer, then look again.",
}
_PAYOUT_SENTENCES: Mapping[str, str] = {
    "canceled": "The payout was stopped. We are looking into it.",
    NOT_BOOKED: "It has reached your bank, and our books need a person first. We are looking into it.",
    "account_invalid": "Your Stripe account is no longer connected: set up payouts again.",
    "payouts_not_allowed": "Stripe does not pay out from your account now: check your details with Stripe.",
    "account_closed": "Your bank says the account is closed. Add another bank account.",
    "account_frozen": "Your bank says the account is frozen. Speak to your bank, or add another bank account.",
    "bank_account_restricted": "Your bank does not take this kind of payment. Add another bank account.",
    "bank_ownership_changed": "The bank account has changed hands. Add another bank account.",
    "could_not_process": "Your bank could not process the payment. We try again.",
    "debit_not_authorized": "Your bank account is not open to this kind of payment. Add another bank account.",
    "declined": "Your bank declined the payment. Speak to your bank, or add another bank account.",
    "incorrect_account_holder_name": "The account holder's name does not fit. Correct the bank account.",
    "insufficient_funds": "The payment was short of funds on the way. We try again.",
    "invalid_account_number": "The bank account number is not valid. Correct the bank account.",
    "invalid_currency": "Your bank account does not take this currency. Add another bank account.",
    "no_account": "Your bank does not know this account number. Correct the bank account.",
}


def transfer_sentence(code: str) -> str:
    """Why a transfer was refused, in words for the creator."""
    return _TRANSFER_SENTENCES.get(code, "Stripe refused the transfer. The money is yours and goes into the next run.")


def reversal_sentence(code: str) -> str:
    """Why a transfer is not taken back, or why a person has to see to what was, in words for the staff."""
    return _REVERSAL_SENTENCES.get(code, "Stripe does not take it back. The transfer stands.")


def payout_sentence(code: str) -> str:
    """Why a payout failed, in words for the creator."""
    return _PAYOUT_SENTENCES.get(code, "Your bank did not take the payment. Check your bank account with Stripe.")


# What is missing, in our word for it, where an account has left the platform.
ANOTHER_ACCOUNT = "another_account"
_MISSING_SENTENCES: Mapping[str, str] = {
    ANOTHER_ACCOUNT: "A new set-up: your account with Stripe is no longer connected to us",
    "external_account": "A bank account that can be paid to",
    "individual": "Your name, address and date of birth",
    "person": "Your name, address and date of birth",
    "business_profile": "What you do",
    "tos_acceptance": "Your agreement to Stripe's terms",
}


def missing_sentences(requirements: Sequence[str]) -> list[str]:
    """What Stripe still wants, such as "individual.dob.day", in words for the creator, each once."""
    said = (
        _MISSING_SENTENCES.get(name.partition(".")[0], "More details, which Stripe asks you for")
        for name in requirements
    )
    return list(dict.fromkeys(said))
