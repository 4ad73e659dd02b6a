"""How a creator's money in its stages is put on a page."""

from collections.abc import Callable
from typing import Any

from cliphaven.payouts import queries


def shown_stages(place: queries.MoneyPlace, *, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """The stages from clearing to the bank; `address` says where each leads, by the end of its account's name."""
    balance = place.balance
    stages = (
        ("Clearing", balance.clearing_minor, "in the hold period", "clearing"),
        *((("Held", balance.held_minor, "kept apart for now", "held"),) if balance.held_minor else ()),
        ("Payable", balance.payable_minor, "cleared", "payable"),
        ("In this week's run", balance.reserved_minor, "set aside", "reserved"),
        ("On its way", balance.in_transit_minor, "between Stripe and the bank", "in_transit"),
        ("Paid", place.paid_minor, "in the bank", "in_transit"),
    )
    return [
        {"label": label, "amount_minor": amount, "note": note, "url": address(account)}
        for label, amount, note, account in stages
    ]
