"""How a creator's money in its stages is put on a page."""

from typing import Any

from cliphaven.payouts import queries


def shown_stages(place: queries.MoneyPlace, *, address: str) -> list[dict[str, Any]]:
    """The stages from clearing to the bank; each leads to `address`."""
    balance = place.balance
    stages = (
        ("Clearing", balance.clearing_minor, "in the hold period"),
        *((("Held", balance.held_minor, "kept apart for now"),) if balance.held_minor else ()),
        ("Payable", balance.payable_minor, "cleared"),
        ("In this week's run", balance.reserved_minor, "set aside"),
        ("On its way", balance.in_transit_minor, "between Stripe and the bank"),
        ("Paid", place.paid_minor, "in the bank"),
    )
    return [{"label": label, "amount_minor": amount, "note": note, "url": address} for label, amount, note in stages]
