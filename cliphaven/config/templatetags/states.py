"""How every state of the product is said and shown: one table, so that a word looks the same on all pages.

A tone picks the colour, a glyph picks the mark beside the word; together they carry the meaning without colour alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Look:
    """One state as people see it: its word, its tone (a `tone-*` class) and its glyph (a symbol of `icons.svg`)."""

    label: str
    tone: str
    glyph: str


def _look(label: str, tone: str, glyph: str) -> Look:
    return Look(label=label, tone=tone, glyph=f"st-{glyph}")


LOOKS: dict[str, dict[str, Look]] = {
    "campaign": {
        "draft": _look("Draft", "quiet", "open"),
        "active": _look("Active", "good", "move"),
        "paused": _look("Paused", "wait", "hold"),
        "completed": _look("Completed", "done", "done"),
        "closed": _look("Closed", "quiet", "done"),
    },
    "clip": {
        "pending": _look("Waiting for review", "wait", "wait"),
        "approved": _look("Approved", "good", "move"),
        "done": _look("Done", "done", "done"),
        "needs_fix": _look("Needs a fix", "wait", "ask"),
        "rejected": _look("Rejected", "stop", "stop"),
        "appealed": _look("Appealed", "move", "ask"),
        "held": _look("Held", "hold", "hold"),
        "unreachable": _look("Unreachable", "quiet", "ask"),
        "gone": _look("Gone", "stop", "stop"),
        "capped": _look("Capped", "done", "done"),
        "budget_used_up": _look("Budget used up", "done", "done"),
    },
    "earnings": {
        "accruing": _look("Accruing", "quiet", "open"),
        "clearing": _look("Clearing", "wait", "wait"),
        "payable": _look("Payable", "good", "move"),
        "reserved": _look("In a payout", "move", "move"),
        "sent": _look("At Stripe", "move", "move"),
        "paid": _look("Paid", "done", "done"),
        "held": _look("Held", "hold", "hold"),
        "reversed": _look("Reversed", "stop", "stop"),
    },
    "payout": {
        "planned": _look("Planned", "quiet", "open"),
        "reserved": _look("Reserved", "wait", "wait"),
        "sending": _look("Sending", "move", "move"),
        "sent": _look("At Stripe", "move", "move"),
        "transfer_sent": _look("At Stripe", "move", "move"),
        "unknown": _look("Being looked up", "hold", "ask"),
        "needs_review": _look("With our staff", "hold", "ask"),
        "refused": _look("Refused", "stop", "stop"),
        "released": _look("Back in your balance", "quiet", "open"),
        "reversing": _look("Being taken back", "hold", "ask"),
        "reversed": _look("Back in your balance", "quiet", "open"),
        "withdrawn": _look("Taken back from Stripe", "quiet", "open"),
        "skipped": _look("Skipped", "quiet", "hold"),
        "waiting_for_funds": _look("Waiting for funds", "wait", "wait"),
        "pending": _look("On its way", "move", "move"),
        "in_transit": _look("On its way", "move", "move"),
        "paid": _look("Paid", "done", "done"),
        "failed": _look("Failed, trying again", "stop", "stop"),
        "returned": _look("Returned by the bank", "stop", "stop"),
    },
    "reversal": {
        "asked": _look("Asked for", "wait", "wait"),
        "sending": _look("Sending", "move", "move"),
        "unknown": _look("Being looked up", "hold", "ask"),
        "done": _look("Taken back", "done", "done"),
        "refused": _look("Refused, the transfer stands", "stop", "stop"),
        "needs_review": _look("With our staff", "hold", "ask"),
    },
    "delivery": {
        "waiting": _look("Waiting", "wait", "wait"),
        "sending": _look("Under way", "move", "move"),
        "delivered": _look("Delivered", "done", "done"),
        "failed": _look("Given up", "stop", "stop"),
        "kept": _look("Kept", "hold", "hold"),
    },
    "endpoint": {
        "on": _look("On", "good", "move"),
        "failing": _look("Not taking letters", "wait", "ask"),
        "off": _look("Off", "quiet", "hold"),
    },
    "channel": {
        "unverified": _look("Not proved yet", "wait", "ask"),
        "checking": _look("Checking", "move", "wait"),
        "verified": _look("Yours", "done", "done"),
    },
    "deposit": {
        "started": _look("Started", "quiet", "open"),
        "processing": _look("On its way", "move", "move"),
        "paid": _look("Arrived", "done", "done"),
        "failed": _look("Failed", "stop", "stop"),
        "expired": _look("Not finished", "quiet", "hold"),
        "needs_review": _look("With our staff", "hold", "ask"),
        "seen_to": _look("Settled by our staff", "done", "done"),
    },
    "refund": {
        "requested": _look("Asked for", "wait", "wait"),
        "sending": _look("Sending", "move", "move"),
        "unknown": _look("Being looked up", "hold", "ask"),
        "pending": _look("On its way", "move", "move"),
        "requires_action": _look("Stripe asks you", "wait", "ask"),
        "succeeded": _look("Refunded", "done", "done"),
        "failed": _look("Back in your wallet", "stop", "stop"),
        "canceled": _look("Back in your wallet", "quiet", "open"),
        "released": _look("Back in your wallet", "quiet", "open"),
        "needs_review": _look("With our staff", "hold", "ask"),
    },
    "dispute": {
        "open": _look("Open", "hold", "ask"),
        "settled": _look("Settled", "done", "done"),
        "lost": _look("Lost", "stop", "stop"),
    },
    "spend_pause": {
        "fraud_warning": _look("A card network warned", "hold", "ask"),
        "chargeback": _look("Charged back", "stop", "stop"),
    },
    "batch": {
        "awaiting_release": _look("Waits for two of you", "wait", "wait"),
        "planned": _look("Planned", "quiet", "open"),
        "running": _look("Running", "move", "move"),
        "stopped": _look("Stopped", "stop", "stop"),
        "done": _look("Done", "done", "done"),
        "due": _look("Due", "wait", "wait"),
        "missed": _look("Missed", "stop", "stop"),
        "sent_back": _look("Sent back", "hold", "hold"),
    },
    "change": {
        "new": _look("New", "move", "open"),
        "up": _look("More", "good", "move"),
        "down": _look("Less", "wait", "hold"),
        "same": _look("The same", "quiet", "done"),
    },
    "onboarding": {
        "not_started": _look("Not started", "wait", "open"),
        "incomplete": _look("Something is missing", "wait", "ask"),
        "in_review": _look("With Stripe", "move", "wait"),
        "ready": _look("Ready for payday", "done", "done"),
        "restricted": _look("Restricted by Stripe", "stop", "stop"),
    },
    "band": {
        "new": _look("Nothing known yet", "quiet", "open"),
        "clear": _look("Nothing to note", "good", "done"),
        "checked": _look("Views being checked", "wait", "wait"),
        "excluded": _look("Views left out", "hold", "hold"),
    },
    "submission": {
        "accepted": _look("Submitted", "good", "done"),
        "duplicate": _look("Already submitted", "quiet", "hold"),
        "refused": _look("Not accepted", "stop", "stop"),
    },
    "reconciliation": {
        "running": _look("Running", "move", "move"),
        "agreed": _look("Agrees", "done", "done"),
        "differing": _look("Differs", "stop", "stop"),
        "silent": _look("Stripe is silent", "hold", "ask"),
        "unfinished": _look("Not finished", "wait", "wait"),
    },
    "correction": {
        "proposed": _look("Waits for a second person", "wait", "wait"),
        "booked": _look("Booked", "done", "done"),
        "declined": _look("Declined", "stop", "stop"),
        "expired": _look("Expired", "quiet", "hold"),
    },
    "call": {
        "under_way": _look("Under way", "move", "move"),
        "answered": _look("Answered", "done", "done"),
        "failed": _look("Failed", "stop", "stop"),
        "quarantined": _look("Quarantined", "hold", "hold"),
    },
    "outcome": {
        "measured": _look("Measured", "done", "done"),
        "no_metric": _look("Shows no count", "wait", "ask"),
        "restricted": _look("Not for everybody", "wait", "ask"),
        "missing": _look("Left out", "quiet", "ask"),
        "gone_hint": _look("Said to be gone", "stop", "stop"),
        "mismatch": _look("Contradicts itself", "hold", "ask"),
        "provider_error": _look("Vendor's fault", "stop", "stop"),
        "unreadable_items": _look("Items nobody can read", "quiet", "ask"),
        "unrequested_items": _look("Items nobody asked for", "quiet", "ask"),
        "duplicate_items": _look("Items that came twice", "quiet", "ask"),
    },
    "canary": {
        "right": _look("Right", "done", "done"),
        "wrong": _look("Wrong", "stop", "stop"),
        "unread": _look("Not measured", "quiet", "ask"),
    },
    "anomaly": {
        "open": _look("Counts as before", "stop", "stop"),
        "held": _look("Held", "hold", "hold"),
        "decided": _look("Decided", "done", "done"),
    },
    "risk_case": {
        "open": _look("Not decided", "wait", "wait"),
        "voiding": _look("Decided against", "hold", "hold"),
        "voided": _look("Voided", "stop", "stop"),
        "released": _look("Released", "good", "done"),
        "expired": _look("Ended by itself", "quiet", "open"),
    },
    "standing": {
        "review": _look("For review", "stop", "ask"),
        "hold": _look("Held", "hold", "hold"),
        "watch": _look("Watched", "wait", "wait"),
        "pass": _look("Doubt is gone", "quiet", "open"),
        "evidence": _look("Certain", "stop", "stop"),
        "shadow": _look("In shadow", "quiet", "open"),
        "bypass": _look("Of the sample", "move", "ask"),
    },
    "signal_mode": {
        "live": _look("Live", "good", "move"),
        "shadow": _look("Shadow", "wait", "open"),
        "off": _look("Off", "quiet", "stop"),
    },
    "risk_appeal": {
        "": _look("Waits for an answer", "wait", "wait"),
        "granted": _look("Granted", "good", "done"),
        "refused": _look("Refused", "stop", "stop"),
        "out_of_time": _look("Granted: nobody answered in time", "good", "done"),
    },
    "bar": {
        "above": _look("Cleared", "done", "done"),
        "below": _look("Below the bar", "stop", "stop"),
        "unknown": _look("Not measured", "quiet", "ask"),
    },
    "availability": {
        "alive": _look("Shown", "good", "move"),
        "unreachable": _look("Unreachable", "quiet", "ask"),
        "gone": _look("Gone", "stop", "stop"),
    },
    "check": {
        "pass": _look("Holds", "done", "done"),
        "fail": _look("Broken", "stop", "stop"),
        "unknown": _look("Cannot tell", "quiet", "ask"),
        "cannot_tell": _look("Cannot tell yet", "quiet", "ask"),
    },
    "verdict": {
        "pass": _look("Fits", "good", "done"),
        "cannot_tell": _look("Fits, as far as we see", "move", "ask"),
        "fail": _look("Would be refused", "stop", "stop"),
    },
}


def look_of(kind: str, state: str) -> Look:
    """Answer how a state is shown. A state this table does not know shows its own name, never a wrong word."""
    known = LOOKS.get(kind, {}).get(str(state))
    return known or _look(str(state).replace("_", " ").capitalize(), "quiet", "ask")
