"""`expand[]`: ids in an answer replaced by the objects they name."""

from typing import Any, Final

from sandbox.store import Json
from sandbox.stripe.books import Books, list_object
from sandbox.stripe.errors import BadParametersError

_ANY: Final = "*"
# What can be expanded, by kind of object, and the kind that it becomes.
EXPANDABLE: Final[dict[str, dict[str, str]]] = {
    "balance_transaction": {"source": _ANY},
    "bank_account": {"account": "account"},
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "payment_intent": "payment_intent",
        "refunds": "refund",
        "source_transfer": "transfer",
        "transfer": "transfer",
    },
    "checkout.session": {"customer": "customer", "line_items": "item", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "payment_intent": {"customer": "customer", "latest_charge": "charge"},
    "payout": {
        "balance_transaction": "balance_transaction",
        "destination": "bank_account",
        "failure_balance_transaction": "balance_transaction",
    },
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
    },
    "transfer": {
        "balance_transaction": "balance_transaction",
        "destination": "account",
        "destination_payment": "charge",
        "source_transaction": "charge",
    },
    "transfer_reversal": {
        "balance_transaction": "balance_transaction",
        "destination_payment_refund": "refund",
        "transfer": "transfer",
    },
}
_KIND_OF: Final = {
    "acct": "account", "ba": "bank_account", "ch": "charge", "cus": "customer", "du": "dispute", "pi": "payment_intent",
    "po": "payout", "py": "charge", "pyr": "refund", "re": "refund", "tr": "transfer", "trr": "transfer_reversal",
    "txn": "balance_transaction", "issfr": "radar.early_fraud_warning",
}  # fmt: skip


def check_paths(kind: str, paths: list[str]) -> None:
    """Refuse a path that cannot be expanded in an answer that shows objects of this kind. Raises BadParametersError."""
    for path in paths:
        place = kind
        for step in path.removeprefix("data.").split("."):
            if step == "data" and place != _ANY:
                continue
            inner = _ANY if place == _ANY else EXPANDABLE.get(place, {}).get(step)
            if inner is None:
                raise BadParametersError(f"This property cannot be expanded ({path}).", param="expand")
            place = inner


def expanded(books: Books, answer: Json, paths: list[str]) -> Json:
    """The answer with every named path expanded; the kept objects stay as they are."""
    for path in paths:
        answer = _along(books, answer, path.split("."))
    return answer


def _along(books: Books, shown: Json, steps: list[str]) -> Json:
    step, rest = steps[0], steps[1:]
    if shown.get("object") == "list":
        return {**shown, "data": [_along(books, item, rest) if rest else item for item in shown["data"]]}
    inner = shown.get(step)
    if step == "line_items":
        inner = inner or _line_items(books, shown)
    elif step == "refunds":
        inner = inner or _refunds(books, shown)
    elif isinstance(inner, str):
        inner = _named(books, inner)
    if rest and isinstance(inner, dict):
        inner = _along(books, inner, rest)
    return {**shown, step: inner}


def _named(books: Books, id: str) -> Any:
    kind = _KIND_OF.get(id.partition("_")[0])
    return id if kind is None else books.get(kind, id)


def _line_items(books: Books, session: Json) -> Json:
    items = books.hidden("checkout.session", session["id"])["line_items"]
    return list_object(f"/v1/checkout/sessions/{session['id']}/line_items", items)


def _refunds(books: Books, charge: Json) -> Json:
    owner = books.owner_of("charge", charge["id"])
    ids = books.ids(owner, "refund", "charge", charge["id"])
    newest = [books.get("refund", id) for id in reversed(ids)]
    return list_object(f"/v1/charges/{charge['id']}/refunds", newest)
