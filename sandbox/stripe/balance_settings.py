"""Balance settings: when an account's money is paid out by itself, and how much always stays."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.accounts import INTERVALS, WEEKDAYS, set_schedule
from sandbox.stripe.books import Books
from sandbox.stripe.currencies import CURRENCIES
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Fields, Flag, Group, Integer, Items, Text

_PAYOUTS: Final = Group(
    {
        "minimum_balance_by_currency": Group({currency: Integer(lowest=0) for currency in CURRENCIES}, empty=True),
        "schedule": Group(
            {
                "interval": Text(choices=INTERVALS),
                "monthly_payout_days": Items(Integer(lowest=1, highest=31)),
                "weekly_payout_days": Items(Text(choices=WEEKDAYS)),
            }
        ),
        "statement_descriptor": Text(),
    }
)
UPDATE: Final[Fields] = {
    "payments": Group(
        {
            "debit_negative_balances": Flag(),
            "payouts": _PAYOUTS,
            "settlement_timing": Group({"delay_days_override": Integer(lowest=0, highest=31)}),
        }
    )
}
_KIND: Final = "stripe:payout rules"


def rules_of(books: Books, owner: str) -> Json:
    """The payout rules: `schedule`, `minimum` by currency, `statement_descriptor`. The platform's start as manual."""
    kept = books.store.get(_KIND, owner) or {"minimum": None, "debit_negative_balances": owner != books.platform}
    if owner == books.platform:
        own = books.store.get(_KIND, "platform schedule") or {"delay_days": 2, "interval": "manual"}
        return {**kept, "schedule": own, "statement_descriptor": kept.get("statement_descriptor")}
    payouts = books.get("account", owner)["settings"]["payouts"]
    return {**kept, "schedule": payouts["schedule"], "statement_descriptor": payouts["statement_descriptor"]}


def settings_of(books: Books, owner: str) -> Json:
    """The balance settings as the API shows them."""
    rules = rules_of(books, owner)
    schedule = rules["schedule"]
    shown = {"interval": schedule["interval"]}
    shown |= {name: schedule[name] for name in ("monthly_payout_days", "weekly_payout_days") if name in schedule}
    enabled = owner == books.platform or books.get("account", owner)["payouts_enabled"]
    return {
        "object": "balance_settings",
        "payments": {
            "debit_negative_balances": rules["debit_negative_balances"],
            "payouts": {
                "minimum_balance_by_currency": rules["minimum"],
                "schedule": shown,
                "statement_descriptor": rules["statement_descriptor"],
                "status": "enabled" if enabled else "disabled",
            },
            "settlement_timing": {"delay_days": schedule["delay_days"]},
        },
    }


def retrieve(call: Call) -> Json:
    """The settings of the account."""
    return settings_of(call.books, call.owner)


def update(call: Call) -> Json:
    """Change the settings of the account."""
    books, owner = call.books, call.owner
    before = copied(settings_of(books, owner))
    wish = call.given.get("payments", {})
    payouts = wish.get("payouts", {})
    rules = rules_of(books, owner)
    minimum = payouts.get("minimum_balance_by_currency", rules["minimum"])
    kept = {
        "minimum": minimum or None,
        "debit_negative_balances": wish.get("debit_negative_balances", rules["debit_negative_balances"]),
        "statement_descriptor": payouts.get("statement_descriptor", rules["statement_descriptor"]),
    }
    books.store.put(_KIND, owner, kept)
    _reschedule(books, owner, payouts, wish.get("settlement_timing", {}).get("delay_days_override"))
    after = settings_of(books, owner)
    if after != before:
        emit(books, owner, "balance_settings.updated", after, before)
    return after


def _reschedule(books: Books, owner: str, payouts: Json, delay_days: int | None) -> None:
    schedule = payouts.get("schedule", {})
    account: Json
    if owner == books.platform:
        account = {"settings": {"payouts": {"schedule": dict(rules_of(books, owner)["schedule"])}}}
    else:
        account = books.get("account", owner)
        if "statement_descriptor" in payouts:
            account["settings"]["payouts"]["statement_descriptor"] = payouts["statement_descriptor"]
    if "interval" in schedule:
        set_schedule(account, schedule)
    if delay_days is not None:
        account["settings"]["payouts"]["schedule"]["delay_days"] = delay_days
    if owner == books.platform:
        books.store.put(_KIND, "platform schedule", account["settings"]["payouts"]["schedule"])
    else:
        books.save(account)


ENDPOINTS = [
    Endpoint("GET", "/v1/balance_settings", retrieve),
    Endpoint("POST", "/v1/balance_settings", update, UPDATE),
]
