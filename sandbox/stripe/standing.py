"""What a connected account may do: capabilities, payouts, requirements, worked out from what was done to it.

An account is `submitted` when onboarding was completed. It can receive transfers from then on; it can be paid out when
it also has a bank account that works.
"""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.account_shape import nothing_due
from sandbox.stripe.books import Books, list_object
from sandbox.stripe.events import copied, emit

ONBOARDING: Final = [
    "business_profile.product_description",
    "individual.address.city",
    "individual.address.line1",
    "individual.address.postal_code",
    "individual.dob.day",
    "individual.dob.month",
    "individual.dob.year",
    "individual.email",
    "individual.first_name",
    "individual.last_name",
    "tos_acceptance.date",
    "tos_acceptance.ip",
]
BANK: Final = "external_account"
_TOLD: Final = ("capabilities", "charges_enabled", "details_submitted", "payouts_enabled", "requirements")


def bank_accounts_of(books: Books, account: str) -> list[Json]:
    """The account's bank accounts, oldest first."""
    return [books.get("bank_account", id) for id in books.ids(account, "bank_account")]


def kept_in(books: Books, account: Json, currency: str) -> str:
    """The currency that money in `currency` arrives in: itself if a bank account takes it, else the account's own."""
    has_bank = any(bank["currency"] == currency for bank in bank_accounts_of(books, account["id"]))
    return currency if has_bank else str(account["default_currency"])


def apply(books: Books, account: Json) -> None:
    """Work out the standing anew, in the object itself, without telling anybody."""
    hidden = books.hidden("account", account["id"])
    banks = bank_accounts_of(books, account["id"])
    bank_works = any(bank["status"] not in ("errored", "verification_failed") for bank in banks)
    rejected, submitted = hidden["rejected"], hidden["submitted"]
    active = submitted and rejected is None
    account["capabilities"] = {
        name: "active" if active else "inactive" for name, requested in hidden["capabilities"].items() if requested
    }
    account["details_submitted"] = submitted
    account["charges_enabled"] = bool(active and account["capabilities"])
    account["payouts_enabled"] = active and bank_works
    due = [*([] if submitted else ONBOARDING), *([] if bank_works else [BANK])]
    errors = [
        {"code": "invalid_value_other", "reason": "The bank account could not be paid to.", "requirement": BANK}
        for bank in banks
        if bank["status"] == "errored" and not bank_works
    ]
    account["requirements"] = {
        **nothing_due(),
        "currently_due": due,
        "disabled_reason": rejected or ("requirements.past_due" if due else None),
        "errors": errors[:1],
        "eventually_due": list(due),
        "past_due": list(due),
    }
    url = f"/v1/accounts/{account['id']}/external_accounts"
    account["external_accounts"] = list_object(url, [copied(bank) for bank in banks])


def review(books: Books, account: Json) -> None:
    """Work out the standing anew, keep it, and tell what changed of it."""
    before = copied(account)
    apply(books, account)
    books.save(account)
    for name, status in account["capabilities"].items():
        if before["capabilities"].get(name) != status:
            emit(
                books,
                account["id"],
                "capability.updated",
                capability(books, account, name),
                {"status": before["capabilities"].get(name, "unrequested")},
            )
    changed = {name: before[name] for name in _TOLD if before[name] != account[name]}
    if changed or before["external_accounts"]["data"] != account["external_accounts"]["data"]:
        emit(books, account["id"], "account.updated", account, changed)


def capability(books: Books, account: Json, name: str) -> Json:
    """One capability as its own object."""
    hidden = books.hidden("account", account["id"])
    requested = bool(hidden["capabilities"].get(name))
    due = [] if hidden["submitted"] else list(ONBOARDING)
    return {
        "id": name,
        "object": "capability",
        "account": account["id"],
        "future_requirements": nothing_due(),
        "requested": requested,
        "requested_at": account["created"] if requested else None,
        "requirements": {**nothing_due(), "currently_due": due, "past_due": due, "eventually_due": due},
        "status": account["capabilities"].get(name, "unrequested"),
    }
