"""Disputes: a payer's bank takes money back, with a fee on top; sometimes it is won back, without the fee.

An inquiry only asks and moves no money. The platform's balance is debited: transfers made from the payment stay.
"""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.agenda import catch_up, due
from sandbox.stripe.balance import book
from sandbox.stripe.books import Books, books_of, new_id
from sandbox.stripe.currencies import convert
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Fields, Flag, Group, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.moments import DAY
from sandbox.world import World

FEE: Final = 1500
ANSWER_WITHIN: Final = 9 * DAY
# A submitted answer is judged after this; these words in it decide, as with the real vendor's test evidence.
JUDGED_AFTER: Final = 2 * DAY
WINNING: Final = "winning_evidence"
REASONS: Final = (
    "bank_cannot_process", "credit_not_processed", "duplicate", "fraudulent", "general", "incorrect_account_details",
    "insufficient_funds", "product_not_received", "product_unacceptable", "subscription_canceled", "unrecognized",
)  # fmt: skip
_EVIDENCE: Final = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def open_dispute(
    world: World, charge_id: str, *, reason: str = "fraudulent", amount: int | None = None, inquiry: bool = False
) -> Json:
    """The payer's bank disputes a charge of the platform: the dispute, as the API shows it.

    Takes the amount (all of the charge by default) and the fee off the balance, unless it is an inquiry. Raises
    ValueError when there is no such charge, it did not succeed, or it is disputed already.
    """
    books = books_of(world)
    catch_up(books)
    if not books.has(books.platform, "charge", charge_id):
        raise ValueError(f"There is no charge {charge_id}")
    if reason not in REASONS:
        raise ValueError(f"Unknown reason {reason!r}: one of {', '.join(REASONS)}")
    dispute = _open(books, books.get("charge", charge_id), reason, amount, inquiry)
    books.outbox.nudge()
    return copied(dispute)


def close_dispute(world: World, dispute_id: str, won: bool) -> Json:
    """The payer's bank decides: the dispute, as the API shows it. Raises ValueError when it is unknown or closed."""
    books = books_of(world)
    catch_up(books)
    if not books.has(books.platform, "dispute", dispute_id):
        raise ValueError(f"There is no dispute {dispute_id}")
    dispute = books.get("dispute", dispute_id)
    if _is_closed(dispute):
        raise ValueError(f"The dispute {dispute_id} is {dispute['status']} already")
    _close(books, dispute, won)
    books.outbox.nudge()
    return copied(dispute)


def warn_of_fraud(world: World, charge_id: str) -> Json:
    """The card network warns of fraud, as it does before most disputes. Raises ValueError for an unknown charge."""
    books = books_of(world)
    catch_up(books)
    if not books.has(books.platform, "charge", charge_id):
        raise ValueError(f"There is no charge {charge_id}")
    warning: Json = {
        "id": new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": charge_id,
        "created": books.moment,
        "fraud_type": "misc",
        "livemode": False,
        "payment_intent": books.get("charge", charge_id)["payment_intent"],
    }
    books.add(books.platform, warning)
    emit(books, books.platform, "radar.early_fraud_warning.created", warning)
    books.outbox.nudge()
    return warning


@due("dispute")
def _open_when_due(books: Books, subject: str) -> None:
    charge, kind = subject.split(" ")
    _open(books, books.get("charge", charge), "fraudulent", None, kind == "inquiry")


def _open(books: Books, charge: Json, reason: str, amount: int | None, inquiry: bool) -> Json:
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise ValueError(f"The charge {charge['id']} cannot be disputed (any more)")
    if amount is not None and not 0 < amount <= charge["amount"]:
        raise ValueError(f"The disputed amount must be between 1 and {charge['amount']}")
    owner = books.owner_of("charge", charge["id"])
    dispute: Json = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"] if amount is None else amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": books.moment,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": books.moment + ANSWER_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _card(inquiry) if charge["id"].startswith("ch_") else None,
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    books.add(owner, dispute)
    if not inquiry:
        charge["disputed"] = True
        books.save(charge)
        fee = convert(FEE, "usd", dispute["currency"])
        words = f"Chargeback withdrawal for {charge['id']}"
        _move(books, dispute, -dispute["amount"], fee=fee, words=words, category="dispute")
    emit(books, owner, "charge.dispute.created", dispute)
    if not inquiry:
        emit(books, owner, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _card(inquiry: bool) -> Json:
    case = "inquiry" if inquiry else "chargeback"
    card = {"brand": "visa", "case_type": case, "network": "visa", "network_reason_code": "10.4"}
    return {"card": card, "type": "card"}


def _move(books: Books, dispute: Json, amount: int, *, fee: int, words: str, category: str) -> None:
    transaction = book(
        books,
        books.owner_of("dispute", dispute["id"]),
        type="adjustment",
        amount=amount,
        currency=dispute["currency"],
        source=dispute["id"],
        description=words,
        fees=[(fee, "Dispute fee")] if fee else (),
        category=category,
    )
    dispute["balance_transactions"].append(copied(transaction))
    books.save(dispute)


def _is_closed(dispute: Json) -> bool:
    return dispute["status"] in ("won", "lost", "warning_closed")


def _close(books: Books, dispute: Json, won: bool) -> None:
    owner = books.owner_of("dispute", dispute["id"])
    if dispute["status"].startswith("warning_"):
        dispute["status"] = "warning_closed"
    else:
        dispute["status"] = "won" if won else "lost"
        if won:
            words = f"Chargeback reversal for {dispute['charge']}"
            _move(books, dispute, dispute["amount"], fee=0, words=words, category="dispute_reversal")
    books.save(dispute)
    if dispute["status"] == "won":
        emit(books, owner, "charge.dispute.funds_reinstated", dispute)
    emit(books, owner, "charge.dispute.closed", dispute)


def update(call: Call) -> Json:
    """Add evidence; with `submit` it goes to the payer's bank, once."""
    books, given = call.books, call.given
    dispute = retrieve(call)
    before = copied(dispute)
    if "evidence" in given or given.get("submit"):
        if dispute["status"] not in ("needs_response", "warning_needs_response"):
            raise ApiError(f"This dispute takes no more evidence: it is {dispute['status']}.")
        dispute["evidence"] |= given.get("evidence", {})
        details = dispute["evidence_details"]
        details["has_evidence"] = any(dispute["evidence"][name] for name in _EVIDENCE)
        if given.get("submit", True):
            details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
            dispute["status"] = dispute["status"].replace("needs_response", "under_review")
            books.agenda.plan(books.moment + JUDGED_AFTER, "dispute judged", dispute["id"])
    if "metadata" in given:
        dispute["metadata"] = merged(dispute["metadata"], given["metadata"])
    books.save(dispute)
    if dispute != before:
        emit(books, call.owner, "charge.dispute.updated", dispute, before)
    return dispute


@due("dispute judged")
def _judge(books: Books, id: str) -> None:
    dispute = books.get("dispute", id)
    if not _is_closed(dispute):
        _close(books, dispute, won=dispute["evidence"]["uncategorized_text"] == WINNING)


def close(call: Call) -> Json:
    """Give up: the dispute is lost."""
    dispute = retrieve(call)
    if _is_closed(dispute):
        raise ApiError(f"This dispute is already closed: it is {dispute['status']}.")
    _close(call.books, dispute, won=False)
    return dispute


def retrieve(call: Call) -> Json:
    """One dispute."""
    return call.books.find(call.owner, "dispute", call.path["id"], param="dispute")


def listing(call: Call) -> Json:
    """Disputes, newest first; of one charge or PaymentIntent."""
    given = call.given
    field = next((name for name in ("charge", "payment_intent") if name in given), "")

    def means(dispute: Json) -> bool:
        return all(dispute[name] == given[name] for name in ("charge", "payment_intent") if name in given)

    return page(call, "dispute", field, given.get(field), where=means)


def retrieve_warning(call: Call) -> Json:
    """One early fraud warning."""
    return call.books.find(call.owner, "radar.early_fraud_warning", call.path["id"])


def list_warnings(call: Call) -> Json:
    """Early fraud warnings, newest first; of one charge or PaymentIntent."""
    given = call.given

    def means(warning: Json) -> bool:
        return all(warning[name] == given[name] for name in ("charge", "payment_intent") if name in given)

    field = "charge" if "charge" in given else ""
    return page(call, "radar.early_fraud_warning", field, given.get(field), where=means)


UPDATE: Final[Fields] = {
    "evidence": Group({name: Text(empty=True, longest=150_000) for name in _EVIDENCE}),
    "metadata": Metadata(),
    "submit": Flag(),
}

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/disputes",
        listing,
        {**PAGING, "charge": Text(), "created": Period(), "payment_intent": Text()},
        shows="dispute",
    ),
    Endpoint("GET", "/v1/disputes/{id}", retrieve, shows="dispute"),
    Endpoint(
        "GET",
        "/v1/radar/early_fraud_warnings",
        list_warnings,
        {**PAGING, "charge": Text(), "created": Period(), "payment_intent": Text()},
        shows="radar.early_fraud_warning",
    ),
    Endpoint("GET", "/v1/radar/early_fraud_warnings/{id}", retrieve_warning, shows="radar.early_fraud_warning"),
    Endpoint("POST", "/v1/disputes/{id}", update, UPDATE, shows="dispute"),
    Endpoint("POST", "/v1/disputes/{id}/close", close, shows="dispute"),
]
