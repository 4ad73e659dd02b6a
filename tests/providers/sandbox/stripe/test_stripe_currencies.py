"""Several currencies at the pretend Stripe: balances, fees, transfers and payouts, each in its own."""

from typing import Any

import pytest
import stripe

from tests.providers.sandbox.stripe.stripe_world import Running

# 2.9 % and 30 US cents, at this world's rates: 86.4 euro cents and 154.6 yen for a dollar.
FEES = {"usd": 29_0 + 30, "eur": 29_0 + 26, "gbp": 29_0 + 23, "jpy": 29_0 + 46}
PAID = 10_000


def paid_in(sandbox: Running, currency: str, amount: int = PAID) -> Any:
    given: Any = {"amount": amount, "currency": currency, "payment_method": "pm_card_bypassPending", "confirm": True}
    return sandbox.api.v1.payment_intents.create(given)


def available(sandbox: Running, account: str | None = None) -> dict[str, int]:
    """What can be spent, by currency; nothing where it is nothing."""
    options: Any = {"stripe_account": account} if account else {}
    found = sandbox.api.v1.balance.retrieve(options=options).available
    return {line.currency: line.amount for line in found if line.amount}


def with_bank(sandbox: Running, currency: str, **details: Any) -> str:
    """A creator with a bank account in dollars and one in this currency, given on their own pages."""
    account = sandbox.creator(**details)
    link = sandbox.api.v1.accounts.login_links.create(account)
    sandbox.http.post(link.url, data={"bank_number": "000123456789", "bank_currency": currency}).raise_for_status()
    return account


def sent(sandbox: Running, account: str, amount: int, currency: str) -> Any:
    return sandbox.api.v1.transfers.create({"amount": amount, "currency": currency, "destination": account})


@pytest.mark.parametrize("currency", FEES)
def test_a_payment_lands_in_its_own_balance_less_a_fee_in_its_currency(sandbox: Running, currency: str) -> None:
    paid_in(sandbox, currency)

    assert available(sandbox) == {currency: PAID - FEES[currency]}


@pytest.mark.parametrize(("currency", "least"), [("usd", 50), ("eur", 50), ("gbp", 30), ("jpy", 50)])
def test_each_currency_has_a_smallest_payment(sandbox: Running, currency: str, least: int) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        paid_in(sandbox, currency, least - 1)
    assert paid_in(sandbox, currency, least).status == "succeeded"


def test_bank_debits_of_the_united_states_are_offered_in_dollars_only(sandbox: Running) -> None:
    assert paid_in(sandbox, "usd").payment_method_types == ["card", "us_bank_account"]
    assert paid_in(sandbox, "jpy").payment_method_types == ["card"]


@pytest.mark.parametrize("currency", ["eur", "gbp", "jpy"])
def test_what_is_transferred_and_paid_out_stays_in_its_currency(sandbox: Running, currency: str) -> None:
    paid_in(sandbox, currency)
    account = with_bank(sandbox, currency)
    sent(sandbox, account, 4_321, currency)

    assert available(sandbox, account) == {currency: 4_321}
    given: Any = {"amount": 4_321, "currency": currency}
    payout = sandbox.api.v1.payouts.create(given, {"stripe_account": account})
    assert (payout.amount, payout.currency, available(sandbox, account)) == (4_321, currency, {})
    assert available(sandbox) == {currency: PAID - FEES[currency] - 4_321}


def test_without_a_bank_account_of_the_currency_a_transfer_is_converted(sandbox: Running) -> None:
    paid_in(sandbox, "eur")
    account = sandbox.creator()
    sent(sandbox, account, 864, "eur")

    assert available(sandbox, account) == {"usd": 1_000}


def test_a_transfer_needs_a_balance_in_its_own_currency(sandbox: Running) -> None:
    paid_in(sandbox, "usd")
    account = with_bank(sandbox, "jpy")

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sent(sandbox, account, 1, "jpy")
    assert refusal.value.code == "balance_insufficient"


def test_a_reversal_takes_back_the_currency_that_arrived(sandbox: Running) -> None:
    paid_in(sandbox, "jpy")
    account = with_bank(sandbox, "jpy")
    transfer = sent(sandbox, account, 4_000, "jpy")
    sandbox.api.v1.transfers.reversals.create(transfer.id, {"amount": 1_500})

    assert available(sandbox, account) == {"jpy": 2_500}
    assert available(sandbox) == {"jpy": PAID - FEES["jpy"] - 2_500}


def test_a_new_bank_account_takes_the_place_of_that_of_its_currency_only(sandbox: Running) -> None:
    account = with_bank(sandbox, "eur")
    before = {bank.currency: bank.id for bank in sandbox.api.v1.accounts.retrieve(account).external_accounts.data}
    link = sandbox.api.v1.accounts.login_links.create(account)
    sandbox.http.post(link.url, data={"bank_number": "000123456789", "bank_currency": "eur"}).raise_for_status()
    after = {bank.currency: bank.id for bank in sandbox.api.v1.accounts.retrieve(account).external_accounts.data}

    assert before.keys() == after.keys() == {"usd", "eur"}
    assert (before["usd"] == after["usd"], before["eur"] == after["eur"]) == (True, False)
