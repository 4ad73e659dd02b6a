"""Connected accounts (v1): created by the platform, onboarded by their owner, closed or rejected by the platform."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.account_shape import controller_of, default_settings, nothing_due
from sandbox.stripe.balance import balance_of
from sandbox.stripe.books import Books, list_object, new_id
from sandbox.stripe.currencies import currency_of
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError, missing, no_such
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Currency, Fields, Flag, Group, Integer, Items, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.standing import apply, capability, review

CAPABILITIES: Final = ("card_payments", "transfers", "us_bank_account_ach_payments")
INTERVALS: Final = ("daily", "manual", "weekly", "monthly")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
_REQUESTED = Group({"requested": Flag()})
_SCHEDULE = Group(
    {
        "interval": Text(choices=INTERVALS),
        "delay_days": Text(),
        "weekly_anchor": Text(choices=WEEKDAYS),
        "weekly_payout_days": Items(Text(choices=WEEKDAYS)),
        "monthly_anchor": Integer(lowest=1, highest=31),
        "monthly_payout_days": Items(Integer(lowest=1, highest=31)),
    }
)
_CONTROLLER = Group(
    {
        "fees": Group({"payer": Text(choices=("account", "application"))}),
        "losses": Group({"payments": Text(choices=("application", "stripe"))}),
        "requirement_collection": Text(choices=("application", "stripe")),
        "stripe_dashboard": Group({"type": Text(choices=("express", "full", "none"))}),
    }
)
UPDATE: Final[Fields] = {
    "business_profile": Group(
        {"mcc": Text(empty=True), "name": Text(), "product_description": Text(), "url": Text(), "support_email": Text()}
    ),
    "business_type": Text(choices=("individual", "company", "non_profit", "government_entity")),
    "capabilities": Group(dict.fromkeys(CAPABILITIES, _REQUESTED)),
    "default_currency": Currency(),
    "email": Text(),
    "metadata": Metadata(),
    "settings": Group({"payouts": Group({"schedule": _SCHEDULE, "statement_descriptor": Text()})}),
    "tos_acceptance": Group({"service_agreement": Text(choices=("full", "recipient"))}),
}
CREATE: Final[Fields] = {
    **UPDATE,
    "controller": _CONTROLLER,
    "country": Text(),
    "type": Text(choices=("express", "custom", "standard")),
}


def is_connected(books: Books, id: str) -> bool:
    """Whether the platform has access to such a connected account."""
    return books.has(books.platform, "account", id) and not books.hidden("account", id)["deauthorized"]


def find_account(books: Books, id: str, param: str = "account", status: int = 404) -> Json:
    """A connected account that a client names. Raises ApiError."""
    if not books.has(books.platform, "account", id):
        raise no_such("account", id, param, status)
    if not is_connected(books, id):
        raise ApiError(
            f"The account {id} is not connected to this platform. Application access may have been revoked.",
            code="account_invalid",
            param=param,
            status=403,
        )
    return books.get("account", id)


def only_platform(call: Call) -> None:
    """Refuse what an account cannot do in the name of a connected one. Raises ApiError."""
    if call.owner != call.books.platform:
        raise ApiError("Only Stripe Connect platforms can work with other accounts.", code="platform_account_required")


def create(call: Call) -> Json:
    """A new connected account; it can do nothing until its owner has completed onboarding."""
    given, books = call.given, call.books
    only_platform(call)
    if "type" in given and "controller" in given:
        raise ApiError("You may not provide the `type` and `controller` parameters at the same time.", param="type")
    country = given.get("country", "US").upper()
    currency = currency_of(country)
    if currency is None:
        raise ApiError(f"Country '{country}' is unknown, or not supported for connected accounts.", param="country")
    kind, controller = controller_of(given)
    account: Json = {
        "id": new_id("acct", 16),
        "object": "account",
        "business_profile": {
            "mcc": None,
            "name": None,
            "product_description": None,
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
            **given.get("business_profile", {}),
        },
        "business_type": given.get("business_type"),
        "capabilities": {},
        "charges_enabled": False,
        "controller": controller,
        "country": country,
        "created": books.moment,
        "default_currency": given.get("default_currency", currency),
        "details_submitted": False,
        "email": given.get("email"),
        "external_accounts": {},
        "future_requirements": nothing_due(),
        "metadata": merged({}, given.get("metadata", {})),
        "payouts_enabled": False,
        "requirements": {},
        "settings": default_settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": kind,
    }
    if given.get("tos_acceptance"):
        account["tos_acceptance"]["service_agreement"] = given["tos_acceptance"]["service_agreement"]
    _change_payout_settings(account, given)
    hidden = {"capabilities": _requested(given), "submitted": False, "rejected": None, "deauthorized": False}
    books.add(books.platform, account, hidden)
    apply(books, account)
    return books.save(account)


def _requested(given: Json) -> dict[str, bool]:
    return {name: bool(wish.get("requested")) for name, wish in given.get("capabilities", {}).items()}


def _change_payout_settings(account: Json, given: Json) -> None:
    wish = given.get("settings", {}).get("payouts", {})
    payouts = account["settings"]["payouts"]
    if "statement_descriptor" in wish:
        payouts["statement_descriptor"] = wish["statement_descriptor"]
    schedule = wish.get("schedule", {})
    if "interval" in schedule:
        set_schedule(account, schedule)


def set_schedule(account: Json, schedule: Json) -> None:
    """Change when the account's money is paid out by itself; "manual" is never."""
    kept = {"delay_days": account["settings"]["payouts"]["schedule"]["delay_days"], "interval": schedule["interval"]}
    if schedule["interval"] == "weekly":
        days = schedule.get("weekly_payout_days") or [schedule.get("weekly_anchor")]
        if days == [None]:
            raise missing("settings[payouts][schedule][weekly_anchor]")
        kept |= {"weekly_anchor": days[0], "weekly_payout_days": days}
    if schedule["interval"] == "monthly":
        dates = schedule.get("monthly_payout_days") or [schedule.get("monthly_anchor")]
        if dates == [None]:
            raise missing("settings[payouts][schedule][monthly_anchor]")
        kept |= {"monthly_anchor": dates[0], "monthly_payout_days": dates}
    account["settings"]["payouts"]["schedule"] = kept


def retrieve(call: Call) -> Json:
    """One connected account."""
    return find_account(call.books, call.path["id"])


def retrieve_own(call: Call) -> Json:
    """The account the request acts on."""
    if call.owner != call.books.platform:
        return find_account(call.books, call.owner)
    return {
        "id": call.books.platform,
        "object": "account",
        "business_profile": {"name": "Platform", "url": None},
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": "platform@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": default_settings(),
        "type": "standard",
    }


def update(call: Call) -> Json:
    """Change what the platform may change of a connected account."""
    account, given = find_account(call.books, call.path["id"]), call.given
    before = copied(account)
    for name in ("business_type", "default_currency", "email"):
        if name in given:
            account[name] = given[name]
    account["business_profile"] |= given.get("business_profile", {})
    if "metadata" in given:
        account["metadata"] = merged(account["metadata"], given["metadata"])
    _change_payout_settings(account, given)
    call.books.hidden("account", account["id"])["capabilities"] |= _requested(given)
    call.books.save(account)
    changed = {name: before[name] for name in before if account[name] != before[name]}
    if changed:
        emit(call.books, account["id"], "account.updated", account, changed)
    review(call.books, account)
    return account


def delete(call: Call) -> Json:
    """Close a connected account whose balance is zero."""
    account = find_account(call.books, call.path["id"])
    balance = balance_of(call.books, account["id"])
    if any(line["amount"] for line in [*balance["available"], *balance["pending"]]):
        raise ApiError("This account cannot be deleted: its balance is not zero.")
    deauthorize_account(call.books, account)
    return {"id": account["id"], "object": "account", "deleted": True}


def reject(call: Call) -> Json:
    """Reject a connected account: no transfers to it, no payouts from it."""
    account = find_account(call.books, call.path["id"])
    call.books.hidden("account", account["id"])["rejected"] = f"rejected.{call.given['reason']}"
    call.books.save(account)
    review(call.books, account)
    return account


def deauthorize_account(books: Books, account: Json) -> None:
    """The owner takes the platform's access away; the platform hears of it once."""
    books.hidden("account", account["id"])["deauthorized"] = True
    books.save(account)
    application = {"id": f"ca_{books.platform[5:]}", "object": "application", "name": "Platform"}
    emit(books, account["id"], "account.application.deauthorized", application)


def listing(call: Call) -> Json:
    """The connected accounts, newest first."""
    return page(call, "account", where=lambda account: is_connected(call.books, account["id"]))


def list_capabilities(call: Call) -> Json:
    """The capabilities that were asked for."""
    account = find_account(call.books, call.path["id"])
    return list_object(call.url, [capability(call.books, account, name) for name in account["capabilities"]])


def retrieve_capability(call: Call) -> Json:
    """One capability."""
    return capability(call.books, find_account(call.books, call.path["id"]), call.path["name"])


def update_capability(call: Call) -> Json:
    """Ask for a capability, or give it up."""
    account, name = find_account(call.books, call.path["id"]), call.path["name"]
    if name not in CAPABILITIES:
        raise no_such("capability", name, "capability")
    call.books.hidden("account", account["id"])["capabilities"][name] = call.given["requested"]
    call.books.save(account)
    review(call.books, account)
    return capability(call.books, account, name)


ENDPOINTS = [
    Endpoint("GET", "/v1/account", retrieve_own),
    Endpoint("GET", "/v1/accounts", listing, {**PAGING, "created": Period()}),
    Endpoint("POST", "/v1/accounts", create, CREATE),
    Endpoint("GET", "/v1/accounts/{id}", retrieve),
    Endpoint("POST", "/v1/accounts/{id}", update, UPDATE),
    Endpoint("DELETE", "/v1/accounts/{id}", delete),
    Endpoint(
        "POST",
        "/v1/accounts/{id}/reject",
        reject,
        {"reason": Text(required=True, choices=("fraud", "other", "terms_of_service"))},
    ),
    Endpoint("GET", "/v1/accounts/{id}/capabilities", list_capabilities),
    Endpoint("GET", "/v1/accounts/{id}/capabilities/{name}", retrieve_capability),
    Endpoint("POST", "/v1/accounts/{id}/capabilities/{name}", update_capability, {"requested": Flag(required=True)}),
]
