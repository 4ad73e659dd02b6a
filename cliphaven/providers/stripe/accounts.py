"""Connected accounts: where creators are paid to."""

from collections.abc import Iterable
from typing import Final

from cliphaven.providers.stripe.client import READ_RETRIES, Json, asked
from cliphaven.providers.stripe.facts import BankAccountFacts, ConnectedAccountFacts

NOT_WORKING: Final = frozenset({"errored", "verification_failed"})


def create_connected_account(*, creator_id: int, email: str, idempotency_key: str) -> str:
    """Open an account for a creator; answers its id. The same key gives the same account. Raises ProviderFailed.

    Its payout schedule is manual: left automatic, Stripe would sweep the money to the bank before our own payout.
    """
    return asked(
        lambda client: client.v1.accounts.create(
            {
                "type": "express",
                "email": email,
                "capabilities": {"transfers": {"requested": True}},
                "settings": {"payouts": {"schedule": {"interval": "manual"}}},
                "metadata": {"creator": str(creator_id)},
            },
            {"idempotency_key": idempotency_key, "max_network_retries": READ_RETRIES},
        ),
        lambda account: str(account["id"]),
    )


def onboarding_link(*, stripe_id: str, return_url: str, refresh_url: str) -> str:
    """The address of Stripe's set-up pages: good once, for minutes, never to be kept. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.account_links.create(
            {
                "account": stripe_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            },
            {"max_network_retries": READ_RETRIES},
        ),
        lambda link: str(link["url"]),
    )


def dashboard_link(*, stripe_id: str) -> str:
    """The address of the creator's own pages at Stripe, where a bank account is changed. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.accounts.login_links.create(stripe_id, {}, {"max_network_retries": READ_RETRIES}),
        lambda link: str(link["url"]),
    )


def connected_account(stripe_id: str) -> ConnectedAccountFacts:
    """What the account may do now. Raises ProviderFailed, definite when the account has left the platform."""
    return asked(
        lambda client: client.v1.accounts.retrieve(stripe_id, {}, {"max_network_retries": READ_RETRIES}), _account_facts
    )


def _account_facts(account: Json) -> ConnectedAccountFacts:
    requirements = account.get("requirements") or {}
    missing = [*(requirements.get("past_due") or []), *(requirements.get("currently_due") or [])]
    banks = _bank_accounts((account.get("external_accounts") or {}).get("data") or [])
    return ConnectedAccountFacts(
        stripe_id=account["id"],
        details_submitted=bool(account.get("details_submitted")),
        transfers_active=(account.get("capabilities") or {}).get("transfers") == "active",
        payouts_enabled=bool(account["payouts_enabled"]) and any(bank.works for bank in banks),
        missing=tuple(dict.fromkeys(missing)),
        bank_accounts=banks,
    )


def _bank_accounts(listed: Iterable[Json]) -> tuple[BankAccountFacts, ...]:
    """The bank account of each currency: its default, or the first in Stripe's list where none is marked."""
    chosen: dict[str, Json] = {}
    for bank in listed:
        currency = str(bank["currency"]).upper()
        if currency not in chosen or (_is_default(bank) and not _is_default(chosen[currency])):
            chosen[currency] = bank
    return tuple(
        BankAccountFacts(
            stripe_id=bank["id"],
            currency=currency,
            name=" ".join(filter(None, (bank.get("bank_name") or bank.get("brand"), _ending(bank)))),
            works=bank.get("status") not in NOT_WORKING,
            fingerprint=str(bank.get("fingerprint") or ""),
        )
        for currency, bank in sorted(chosen.items())
    )


def _is_default(bank: Json) -> bool:
    return bool(bank.get("default_for_currency"))


def _ending(bank: Json) -> str:
    return f"ending {bank['last4']}" if bank.get("last4") else ""
