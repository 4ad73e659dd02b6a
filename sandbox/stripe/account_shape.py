"""The parts of an account object that are the same for every account, or follow from its type."""

from typing import Final

from sandbox.store import Json

# The controller that each old account type stands for.
_TYPES: Final = {
    "express": ("application_express", "application", "stripe", "express"),
    "custom": ("application_custom", "application", "application", "none"),
    "standard": ("account", "stripe", "stripe", "full"),
}


def controller_of(given: Json) -> tuple[str, Json]:
    """The account type and the controller, from either of the two that a request may give."""
    if "controller" in given:
        wish = given["controller"]
        dashboard = wish.get("stripe_dashboard", {}).get("type", "full")
        fees = wish.get("fees", {}).get("payer", "account")
        losses = wish.get("losses", {}).get("payments", "stripe")
        collection = wish.get("requirement_collection", "stripe")
        kind = "none"
    else:
        kind = given.get("type", "standard")
        fees, losses, collection, dashboard = _TYPES[kind]
    return kind, {
        "type": "application",
        "is_controller": True,
        "fees": {"payer": fees},
        "losses": {"payments": losses},
        "requirement_collection": collection,
        "stripe_dashboard": {"type": dashboard},
    }


def nothing_due() -> Json:
    """Requirements of which none is open."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }


def default_settings() -> Json:
    """The settings of a new account: paid out daily unless it is told otherwise."""
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
