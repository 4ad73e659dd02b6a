"""What receipts, notes, invoices and credit notes say, from the facts that were kept when they were issued. Pure.

Sentences may change in a later version; numbers, names and days are the document's own and never do.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cliphaven.foundation import money

NAMES: Mapping[str, str] = {
    "receipt": "Receipt",
    "refund_note": "Refund note",
    "returned_refund_note": "Returned refund",
    "invoice": "Invoice",
    "credit_note": "Credit note",
}
_LETTERS = {"receipt": "R", "refund_note": "N", "returned_refund_note": "U", "invoice": "I", "credit_note": "C"}
NO_VAT = (
    "Value added tax is not worked out here: this paper names no tax. Whether tax is due, and by whom, depends on where"
    " you and the operator of this marketplace are."
)

GIVEN_BACK = "Views of closed campaigns that do not count, and corrections"


def number_of(kind: str, number: int) -> str:
    """A document's number as people write it, such as "R-000042"."""
    return f"{_LETTERS[kind]}-{number:06d}"


def written(kind: str, *, facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The lines, the total and the notes of a document, amounts written out in its currency."""
    write = {
        "receipt": _receipt,
        "refund_note": _refund_note,
        "returned_refund_note": _returned_refund_note,
        "invoice": _invoice,
        "credit_note": _credit_note,
    }[kind]
    return write(facts, currency)


def _line(label: str, amount_minor: int, currency: str, *, detail: str) -> dict[str, str]:
    return {"label": label, "detail": detail, "amount": money.formatted(amount_minor, currency=currency)}


def _total(label: str, amount_minor: int, currency: str) -> dict[str, str]:
    return {"label": label, "amount": money.formatted(amount_minor, currency=currency)}


def _receipt(facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    amount_minor = facts["amount_minor"]
    return {
        "lines": [_line("Paid into the wallet", amount_minor, currency, detail=f"Payment {facts['payment']}")],
        "total": _total("Received", amount_minor, currency),
        "notes": [
            "The whole amount is in the wallet. Fees of the payment are borne by the operator of the marketplace.",
            NO_VAT,
        ],
    }


def _refund_note(facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    amount_minor = facts["amount_minor"]
    detail = f"Refund {facts['refund']} of payment {facts['payment']}"
    return {
        "lines": [_line("Returned from the wallet to where it was paid from", amount_minor, currency, detail=detail)],
        "total": _total("Refunded", amount_minor, currency),
        "notes": ["A card's bank usually shows it within five to ten days.", NO_VAT],
    }


def _returned_refund_note(facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    amount_minor = facts["amount_minor"]
    note = number_of("refund_note", facts["note"]) if facts["note"] is not None else "the refund"
    return {
        "lines": [_line("Put back into the wallet", amount_minor, currency, detail=f"Refund {facts['refund']}")],
        "total": _total("Back in the wallet", amount_minor, currency),
        "notes": [f"The bank sent the money of {note} back, so that paper no longer holds.", NO_VAT],
    }


def _credit_note(facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    amount_minor = facts["amount_minor"]
    about = f", clip {facts['clip']}" if facts["clip"] is not None else ""
    views = f"{facts['views']:,} views that do not count" if facts["views"] is not None else "Views that do not count"
    capped = [f"{money.formatted(facts['capped_minor'], currency=currency)} is above what is credited for one clip."]
    return {
        "lines": [
            _line(f"{views}: campaign {facts['campaign']}{about}", amount_minor, currency, detail=facts["cause"])
        ],
        "total": _total("Credited to the wallet", amount_minor, currency),
        "notes": [
            f"In the books of the wallet it is entry {facts['entry']}. It was paid by the operator of the marketplace.",
            *(capped if facts["capped_minor"] else []),
            NO_VAT,
        ],
    }


def _invoice(facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    month = f"{date.fromisoformat(facts['month']):%B %Y}"
    paid_in = money.formatted(facts["paid_in_minor"], currency=currency)
    refunded = money.formatted(facts["refunded_minor"], currency=currency)
    # Papers that were issued before this was counted do not say.
    given_back_minor = facts.get("given_back_minor", 0)
    given_back = [_line("Given back to the wallet", -given_back_minor, currency, detail=GIVEN_BACK)]
    return {
        "lines": [
            *(
                _line(spent["campaign"], spent["amount_minor"], currency, detail="Spent on views, our fee included")
                for spent in facts["spent"]
            ),
            *(given_back if given_back_minor else []),
        ],
        "total": _total(f"Spent in {month}", facts["spent_minor"] - given_back_minor, currency),
        "notes": [
            f"Paid into the wallet in {month}: {paid_in}. Refunded: {refunded}.",
            "Campaigns are paid from the wallet: nothing is due. Money that is set aside and unspent stays yours.",
            NO_VAT,
        ],
    }
