"""What a line of the reconciliation probably is, and what to do about it, in words for staff."""

from collections.abc import Mapping

from cliphaven.backoffice.rules.matching import Booked, Moved, Part
from cliphaven.ledger.chart import EntryKind

_CONVERTED = "Stripe converted this money, because the account has no bank account in its currency. "
_CONVERTED_OURS = _CONVERTED + (
    "Refund the payment, or keep what came of it by a correction that names it, in the currency of this line. Where "
    "the books have it in the other currency, a second correction takes it out there, in that line's currency."
)
_CONVERTED_THEIRS = _CONVERTED + (
    "Reverse the transfer at Stripe, and have the creator add a bank account in the campaign's currency. A day later "
    "both sides drop out, but for what a change of the rate has left there."
)
UNCLASSIFIED = (
    "A kind of movement that the house does not know. Look it up at Stripe; if it is ours, book it by a correction "
    "that names it, and have its kind added to the matching rules."
)
LEFT_UNREAD = (
    "The account left the platform before Stripe's list of it was read so far, and nobody can read it any more. All "
    "that moved there comes out at nothing. Nothing to do."
)
_STRANGER = "Somebody moved money at Stripe by hand. Undo it there, or book it by a correction that names it."
_PAYMENT = (
    "A payment without a deposit: somebody paid outside a wallet page, or its news is lost. Refund it at Stripe, or "
    "book it by a correction that names it."
)
_REFUND = "A refund that nobody asked for here: it was made at Stripe by hand. Book it by a correction that names it."
_TAKEN_BACK = (
    "A payment that had been called paid was taken back by the payer's bank: the sponsor owes it. Book it by a "
    "correction that names it, and tell the sponsor."
)
_FEE = "Stripe took a fee apart from any payment, or gave one back: book it by a correction that names it."
_OWN_MONEY = "The platform's own money moved between its bank and Stripe: book it by a correction that names it."
_KEPT_BY_STRIPE = "Stripe holds money back, or lets go of it. It stays ours: book it only if Stripe keeps it for good."

# Known kinds for which no rule makes an entry: money of the platform's own, or between us and Stripe.
BY_HAND: Mapping[str, str] = {
    "payout": "Money went from our balance to our own bank. Set the platform's payout schedule to manual, and book it "
    "by a correction that names it.",
    "payout_cancel": _OWN_MONEY,
    "payout_failure": _OWN_MONEY,
    "topup": _OWN_MONEY,
    "topup_reversal": _OWN_MONEY,
    "contribution": _OWN_MONEY,
    "connect_collection_transfer": "Stripe took from our balance what a connected account owed: see the runbook on "
    "negative balances.",
    "payment_failure_refund": _TAKEN_BACK,
    "payment_reversal": _TAKEN_BACK,
    "application_fee": _STRANGER,
    "application_fee_refund": _STRANGER,
    "payout_minimum_balance_hold": _KEPT_BY_STRIPE,
    "payout_minimum_balance_release": _KEPT_BY_STRIPE,
    "payment_network_reserve_hold": _KEPT_BY_STRIPE,
    "payment_network_reserve_release": _KEPT_BY_STRIPE,
    "reserve_transaction": _KEPT_BY_STRIPE,
    "reserve_hold": _KEPT_BY_STRIPE,
    "reserve_release": _KEPT_BY_STRIPE,
    "reserved_funds": _KEPT_BY_STRIPE,
}
_ON_THE_PLATFORM: Mapping[str, str] = {
    "charge": _PAYMENT,
    "payment": _PAYMENT,
    "refund": _REFUND,
    "payment_refund": _REFUND,
    "refund_failure": "A refund came back: the sponsor's wallet waits for it. If the sweep does not book it, do so.",
    "transfer": "A transfer that no batch made, or whose answer is still looked up. If it was made by hand, reverse it "
    "at Stripe: the creator would be paid twice.",
    "transfer_refund": "A transfer was reversed by hand. Find out why; the creator's money is back on our balance.",
    "stripe_fee": _FEE,
    "stripe_fx_fee": _FEE,
    "tax_fee": _FEE,
    "adjustment": "A dispute's money moved and is not booked. If the sweep does not book it, look the dispute up.",
}
_ON_A_CONNECTED_ACCOUNT: Mapping[str, str] = {
    "payment": "Money came to this creator that no batch sent. If it was a transfer by hand, reverse it at Stripe.",
    "payment_refund": "Money was taken back from this creator by hand. Find out why.",
    "payout": "A payout that is not ours, or that arrived without our hearing of it. Look it up at Stripe.",
    "payout_failure": "The bank sent a payout back and the books do not have it yet. Look it up at Stripe.",
    "payout_cancel": "A payout was stopped by hand. Find out why; the money is on the creator's account again.",
}
_OF_PAYOUTS: Mapping[str, str] = {
    "automatic": "Stripe paid out by itself: set the account's payout schedule to manual, then ask its owner.",
    "reversal": "Money came back from the bank by a reversed payout: see the runbook on negative balances.",
    "debit": "Stripe took money from the bank to mend a negative balance: see the runbook on negative balances.",
}
_BOOKED: Mapping[EntryKind, str] = {
    EntryKind.BANK_PAYOUT: "The books say that a payout arrived, and Stripe's list of this account does not have it. "
    "Look its name up at Stripe; if it is not there, propose the reversal of the entry.",
    EntryKind.ADJUSTMENT: "A correction that names no balance transaction, or one of another amount. Propose its "
    "reversal, and the right one with the balance transaction's id.",
    EntryKind.REVERSAL: "What it undoes did happen at Stripe. Propose a correction that names the balance transaction "
    "which the undone entry ties to: see that entry.",
}
# What Stripe moves on two balances at once, and what lies where nobody books by hand.
_NOT_BY_CORRECTION = frozenset({EntryKind.TRANSFER, EntryKind.TRANSFER_REVERSAL})


def on_converted(*, owner_id: int | None) -> str:
    """What to do about converted money on a balance: ours (None), or a creator's."""
    return _CONVERTED_OURS if owner_id is None else _CONVERTED_THEIRS


def on_other_amount(entry: Booked) -> str:
    """What to do about an entry under whose name Stripe moved another amount."""
    if entry.owner_id is None and entry.kind not in _NOT_BY_CORRECTION:
        return "Find out why. A correction of the difference that names the balance transaction makes up for it."
    return (
        "Find out why before anything else. Propose the reversal of the entry, and undo at Stripe what moved there: "
        "then both sides drop out."
    )


def on_movement(moved: Moved) -> str:
    """What a movement probably is that the books do not have."""
    if moved.part is Part.FEE:
        return "Stripe kept a fee, or gave one back, that is not booked: book it by a correction that names it."
    if moved.note in _OF_PAYOUTS:
        return _OF_PAYOUTS[moved.note]
    if moved.owner_id is not None:
        return _ON_A_CONNECTED_ACCOUNT.get(moved.type, _STRANGER)
    return BY_HAND.get(moved.type) or _ON_THE_PLATFORM.get(moved.type, _STRANGER)


def on_entry(entry: Booked) -> str:
    """What an entry probably is that Stripe does not have."""
    return _BOOKED.get(
        entry.kind,
        "The books have it and Stripe does not. Look its name up at Stripe; if it is not there, find out who recorded "
        "it, and propose the reversal of the entry.",
    )
