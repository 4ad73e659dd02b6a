"""Money going out at the pretend Stripe: transfers, reversals, payouts, and the balances they leave."""

from typing import Any

import pytest
import stripe

from tests.providers.sandbox.stripe.stripe_world import Running


def transfer(sandbox: Running, account: str, amount: int, **more: Any) -> Any:
    """Send money to a connected account."""
    given: Any = {"amount": amount, "currency": "usd", "destination": account, **more}
    return sandbox.api.v1.transfers.create(given)


def payout(sandbox: Running, account: str, amount: int, **more: Any) -> Any:
    """Send money from a connected account to its bank."""
    given: Any = {"amount": amount, "currency": "usd", **more}
    return sandbox.api.v1.payouts.create(given, {"stripe_account": account})


def payout_now(sandbox: Running, account: str, id: str) -> Any:
    """A payout as it stands now."""
    return sandbox.api.v1.payouts.retrieve(id, options={"stripe_account": account})


def code_of(refusal: pytest.ExceptionInfo[stripe.InvalidRequestError]) -> str | None:
    """The refusal's code."""
    return refusal.value.code


def test_a_transfer_moves_the_money_at_once(sandbox: Running) -> None:
    sandbox.deposit(10_000)
    account = sandbox.creator()
    sent = transfer(sandbox, account, 2_500, transfer_group="batch-1", metadata={"item": "1"})
    assert (sandbox.available(), sandbox.available(account)) == (10_000 - 320 - 2_500, 2_500)
    assert (sent.destination, sent.transfer_group, sent.metadata.to_dict()) == (account, "batch-1", {"item": "1"})


def test_a_transfer_has_a_transaction_on_both_sides(sandbox: Running) -> None:
    sandbox.deposit(10_000)
    account = sandbox.creator()
    sent = transfer(sandbox, account, 2_500)
    ours = sandbox.api.v1.balance_transactions.retrieve(sent.balance_transaction)
    payment = sandbox.api.v1.charges.retrieve(
        sent.destination_payment, {"expand": ["balance_transaction"]}, {"stripe_account": account}
    )
    assert (ours.amount, ours.type, ours.source) == (-2_500, "transfer", sent.id)
    assert (payment.balance_transaction.amount, payment.balance_transaction.type) == (2_500, "payment")
    assert payment.id.startswith("py_")


def test_pending_money_cannot_be_transferred(sandbox: Running) -> None:
    sandbox.pay(sandbox.checkout(50_000))
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        transfer(sandbox, sandbox.creator(), 1)
    assert code_of(refusal) == "balance_insufficient"


def test_a_transfer_of_one_charge_may_come_before_its_money(sandbox: Running) -> None:
    sandbox.pay(sandbox.checkout(50_000))
    charge = sandbox.api.v1.charges.list().data[0]
    account = sandbox.creator()
    sent = transfer(sandbox, account, 50_000, source_transaction=charge.id)
    assert (sandbox.available(account), sandbox.pending(account)) == (0, 50_000)
    assert sent.transfer_group == f"group_{charge.payment_intent}"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        transfer(sandbox, account, 1, source_transaction=charge.id)
    assert code_of(refusal) == "balance_insufficient"
    sandbox.advance(days=2)
    assert sandbox.available(account) == 50_000


def test_an_account_without_the_capability_takes_no_transfer(sandbox: Running) -> None:
    sandbox.deposit()
    account = sandbox.api.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        transfer(sandbox, account.id, 100)
    assert code_of(refusal) == "insufficient_capabilities_for_transfer"


def test_a_connected_account_cannot_transfer(sandbox: Running) -> None:
    account = sandbox.creator()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.api.v1.transfers.create(
            {"amount": 1, "currency": "usd", "destination": account}, {"stripe_account": account}
        )
    assert code_of(refusal) == "platform_account_required"


def test_a_transfer_received_is_not_refunded_by_the_receiver(sandbox: Running) -> None:
    sandbox.deposit()
    account = sandbox.creator()
    sent = transfer(sandbox, account, 100)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.api.v1.refunds.create({"charge": sent.destination_payment}, {"stripe_account": account})
    assert code_of(refusal) == "charge_not_refundable"


def test_an_unknown_destination_is_named(sandbox: Running) -> None:
    sandbox.deposit()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        transfer(sandbox, "acct_missing", 100)
    assert (code_of(refusal), refusal.value.param) == ("resource_missing", "destination")


def test_transfers_are_found_by_group_and_destination(sandbox: Running) -> None:
    sandbox.deposit()
    one, two = sandbox.creator(), sandbox.creator()
    wanted = transfer(sandbox, one, 1, transfer_group="a")
    transfer(sandbox, two, 2, transfer_group="a")
    transfer(sandbox, one, 3, transfer_group="b")
    assert len(sandbox.api.v1.transfers.list({"transfer_group": "a"}).data) == 2
    found = sandbox.api.v1.transfers.list({"transfer_group": "a", "destination": one}).data
    assert [sent.id for sent in found] == [wanted.id]


def test_an_account_abroad_gets_its_own_currency_a_day_later(sandbox: Running) -> None:
    sandbox.deposit(10_000)
    account = sandbox.creator(country="DE")
    sent = transfer(sandbox, account, 1_000)
    payment = sandbox.api.v1.charges.retrieve(
        sent.destination_payment, {"expand": ["balance_transaction"]}, {"stripe_account": account}
    )
    booked = payment.balance_transaction
    assert (booked.amount, booked.currency, booked.exchange_rate) == (864, "eur", 0.864)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        payout(sandbox, account, 864, currency="eur")
    assert code_of(refusal) == "balance_insufficient"
    sandbox.advance(days=1)
    assert payout(sandbox, account, 864, currency="eur").status == "pending"


def test_a_reversal_brings_money_back(sandbox: Running) -> None:
    sandbox.deposit(10_000)
    account = sandbox.creator()
    sent = transfer(sandbox, account, 2_500)
    sandbox.api.v1.transfers.reversals.create(sent.id, {"amount": 1_000})
    assert (sandbox.available(), sandbox.available(account)) == (10_000 - 320 - 1_500, 1_500)
    shown = sandbox.api.v1.transfers.retrieve(sent.id)
    assert (shown.amount_reversed, shown.reversed, len(shown.reversals.data)) == (1_000, False, 1)
    sandbox.api.v1.transfers.reversals.create(sent.id)
    assert sandbox.api.v1.transfers.retrieve(sent.id).reversed is True


def test_a_reversal_needs_the_money_to_be_there(sandbox: Running) -> None:
    sandbox.deposit(10_000)
    account = sandbox.creator()
    sent = transfer(sandbox, account, 2_500)
    payout(sandbox, account, 2_500)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.api.v1.transfers.reversals.create(sent.id)
    assert code_of(refusal) == "balance_insufficient"


def paid_out(sandbox: Running, bank_number: str) -> tuple[str, str]:
    """A payout of 2,500 just made to this bank account; account and payout."""
    sandbox.deposit(10_000)
    account = sandbox.creator(bank_number)
    transfer(sandbox, account, 2_500)
    return account, payout(sandbox, account, 2_500, metadata={"item": "9"}).id


def test_a_payout_travels_from_pending_to_paid(sandbox: Running) -> None:
    account, id = paid_out(sandbox, "000123456789")
    assert payout_now(sandbox, account, id).status == "pending"
    sandbox.advance(hours=1)
    assert payout_now(sandbox, account, id).status == "in_transit"
    sandbox.advance(days=2)  # from Monday 10:00; it arrives on Wednesday at midnight
    paid = payout_now(sandbox, account, id)
    assert (paid.status, paid.automatic, paid.reconciliation_status) == ("paid", False, "not_applicable")
    assert paid.trace_id.status == "supported"
    assert sandbox.available(account) == 0


def test_a_payout_does_not_arrive_on_a_weekend(sandbox: Running) -> None:
    sandbox.advance(days=4)  # Friday 09:00
    account, id = paid_out(sandbox, "000123456789")
    sandbox.advance(days=3)
    assert payout_now(sandbox, account, id).status == "in_transit"
    sandbox.advance(days=1)
    assert payout_now(sandbox, account, id).status == "paid"


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        ("000111111116", "no_account"),
        ("000111111113", "account_closed"),
        ("000222222227", "insufficient_funds"),
        ("000333333335", "debit_not_authorized"),
    ],
)
def test_a_payout_to_a_failing_number_is_paid_and_comes_back_a_day_later(
    sandbox: Running, number: str, failure: str
) -> None:
    account, id = paid_out(sandbox, number)
    sandbox.advance(days=2)
    assert payout_now(sandbox, account, id).status == "paid"
    sandbox.advance(days=1)
    failed = payout_now(sandbox, account, id)
    assert (failed.status, failed.failure_code) == ("failed", failure)
    assert failed.failure_balance_transaction is not None
    assert sandbox.available(account) == 2_500
    assert sandbox.available() == 10_000 - 320 - 2_500


def test_a_payout_in_a_currency_the_bank_refuses_is_never_paid(sandbox: Running) -> None:
    account, id = paid_out(sandbox, "000444444440")
    sandbox.advance(days=2)
    assert payout_now(sandbox, account, id).status == "failed"


def test_a_failed_payout_leaves_the_bank_account_unusable_until_it_is_replaced(sandbox: Running) -> None:
    account, _ = paid_out(sandbox, "000111111116")
    sandbox.advance(days=3)
    shown = sandbox.api.v1.accounts.retrieve(account)
    assert (shown.payouts_enabled, shown.external_accounts.data[0].status) == (False, "errored")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        payout(sandbox, account, 2_500)
    assert code_of(refusal) == "payouts_not_allowed"
    link = sandbox.api.v1.accounts.login_links.create(account)
    sandbox.http.post(link.url, data={"bank_number": "000123456789"})
    assert payout(sandbox, account, 2_500).status == "pending"


def test_a_payout_without_available_money_is_refused(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        payout(sandbox, sandbox.creator(), 1)
    assert code_of(refusal) == "balance_insufficient"


def test_a_payout_without_a_bank_account_is_not_allowed(sandbox: Running) -> None:
    sandbox.deposit()
    account = sandbox.creator(bank_number=None)
    transfer(sandbox, account, 100)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        payout(sandbox, account, 100)
    assert code_of(refusal) == "payouts_not_allowed"


def test_an_instant_payout_is_not_supported(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        payout(sandbox, sandbox.creator(), 1, method="instant")
    assert code_of(refusal) == "instant_payouts_unsupported"


def test_a_payout_can_be_canceled_while_it_is_pending(sandbox: Running) -> None:
    account, id = paid_out(sandbox, "000123456789")
    assert sandbox.api.v1.payouts.cancel(id, options={"stripe_account": account}).status == "canceled"
    assert sandbox.available(account) == 2_500
    sandbox.advance(days=5)
    assert payout_now(sandbox, account, id).status == "canceled"


def test_a_payout_under_way_cannot_be_canceled(sandbox: Running) -> None:
    account, id = paid_out(sandbox, "000123456789")
    sandbox.advance(hours=1)
    with pytest.raises(stripe.InvalidRequestError, match="pending"):
        sandbox.api.v1.payouts.cancel(id, options={"stripe_account": account})


def test_payouts_are_listed_by_status_and_belong_to_their_account(sandbox: Running) -> None:
    account, id = paid_out(sandbox, "000123456789")
    listed = sandbox.api.v1.payouts.list({"status": "pending"}, {"stripe_account": account})
    assert [found.id for found in listed.data] == [id]
    sandbox.advance(hours=1)
    assert sandbox.api.v1.payouts.list({"status": "pending"}, {"stripe_account": account}).data == []
    assert sandbox.api.v1.payouts.list().data == []


def test_an_account_on_a_daily_schedule_is_swept_at_midnight(sandbox: Running) -> None:
    sandbox.deposit(10_000)
    account = sandbox.creator(settings={})
    transfer(sandbox, account, 2_500)
    sandbox.advance(hours=15)  # Tuesday 00:00
    swept = sandbox.api.v1.payouts.list(options={"stripe_account": account}).data[0]
    assert (swept.automatic, swept.amount, swept.metadata.to_dict()) == (True, 2_500, {})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        payout(sandbox, account, 2_500)
    assert code_of(refusal) == "balance_insufficient"
    inside = sandbox.api.v1.balance_transactions.list({"payout": swept.id}, {"stripe_account": account}).data
    assert sorted(booked.type for booked in inside) == ["payment", "payout"]


def test_the_platform_is_on_a_manual_schedule_and_can_be_put_on_another(sandbox: Running) -> None:
    sandbox.deposit(10_000)
    sandbox.advance(days=1)
    assert sandbox.available() == 9_680
    sandbox.api.v1.balance_settings.update(
        {"payments": {"payouts": {"schedule": {"interval": "daily"}, "minimum_balance_by_currency": {"usd": 680}}}}
    )
    sandbox.advance(days=1)
    assert sandbox.available() == 680


def test_every_balance_is_the_sum_of_its_transactions(sandbox: Running) -> None:
    charge = sandbox.deposit(50_000)
    sandbox.pay(sandbox.checkout(20_000))
    account = sandbox.creator()
    sent = transfer(sandbox, account, 3_000)
    sandbox.api.v1.transfers.reversals.create(sent.id, {"amount": 500})
    sandbox.api.v1.refunds.create({"charge": charge, "amount": 700})
    payout(sandbox, account, 1_000)
    for owner in (None, account):
        options: Any = {"stripe_account": owner} if owner else {}
        booked = list(sandbox.api.v1.balance_transactions.list({"limit": 100}, options).auto_paging_iter())
        by_status = {
            status: sum(one.net for one in booked if one.status == status) for status in ("available", "pending")
        }
        assert by_status == {"available": sandbox.available(owner), "pending": sandbox.pending(owner)}
        assert all(one.net == one.amount - one.fee for one in booked)
