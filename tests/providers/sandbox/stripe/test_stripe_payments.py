"""Money coming in at the pretend Stripe: sessions, the pay page, fees, waiting times, refunds, disputes."""

from datetime import timedelta
from typing import Any

import pytest
import stripe

from tests.providers.sandbox.stripe.stripe_world import START, Running


def session_of(sandbox: Running, session: Any) -> Any:
    """The session as it stands now."""
    return sandbox.api.v1.checkout.sessions.retrieve(session.id)


def test_a_session_carries_what_it_was_given_and_has_no_intent_yet(sandbox: Running) -> None:
    session = sandbox.checkout(5_000, client_reference_id="deposit-1", metadata={"org": "7"})
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 5_000)
    assert (session.client_reference_id, session.metadata.to_dict()) == ("deposit-1", {"org": "7"})
    assert session.payment_intent is None


def test_the_pay_page_shows_the_amount_and_every_way_to_pay(sandbox: Running) -> None:
    page = sandbox.http.get(sandbox.checkout(123_456).url)
    assert "USD 1,234.56" in page.text
    for button in ("pay-card", "pay-bank", "pay-decline", "pay-cancel"):
        assert f'id="{button}"' in page.text


def test_the_pay_page_escapes_what_it_was_given(sandbox: Running) -> None:
    item: Any = {
        "price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "<script>"}}, "quantity": 1,
    }  # fmt: skip
    assert "<script>" not in sandbox.http.get(sandbox.checkout(line_items=[item]).url).text


def test_paying_by_card_returns_to_the_house_with_the_session_filled_in(sandbox: Running) -> None:
    session = sandbox.checkout()
    answer = sandbox.pay(session)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"http://house.test/done?session={session.id}")


def test_a_card_payment_completes_the_session_as_paid(sandbox: Running) -> None:
    session = sandbox.checkout(payment_intent_data={"metadata": {"deposit": "1"}, "transfer_group": "g"})
    sandbox.pay(session)
    paid = session_of(sandbox, session)
    intent = sandbox.api.v1.payment_intents.retrieve(paid.payment_intent)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert (intent.status, intent.amount_received, intent.transfer_group) == ("succeeded", 50_000, "g")
    assert intent.metadata.to_dict() == {"deposit": "1"}


@pytest.mark.parametrize(("amount", "fee"), [(50_000, 1_480), (1_000, 59), (1_050, 60), (50, 31)])
def test_the_fee_is_29_per_mille_half_up_and_30_cents(sandbox: Running, amount: int, fee: int) -> None:
    charge = sandbox.api.v1.charges.retrieve(sandbox.deposit(amount), {"expand": ["balance_transaction"]})
    booked = charge.balance_transaction
    assert (booked.amount, booked.fee, booked.net) == (amount, fee, amount - fee)
    assert [(part.type, part.amount) for part in booked.fee_details] == [("stripe_fee", fee)]


def test_card_money_is_pending_until_the_second_midnight(sandbox: Running) -> None:
    sandbox.pay(sandbox.checkout(50_000))
    assert (sandbox.available(), sandbox.pending()) == (0, 50_000 - 1_480)
    booked = sandbox.api.v1.balance_transactions.list().data[0]
    assert booked.available_on == int((START.replace(hour=0) + timedelta(days=2)).timestamp())
    sandbox.advance(hours=38, minutes=59)  # Monday 09:00 + 38:59 = Tuesday 23:59
    assert sandbox.available() == 0
    sandbox.advance(minutes=1)
    assert (sandbox.available(), sandbox.pending()) == (50_000 - 1_480, 0)


def test_the_card_that_bypasses_pending_is_available_at_once(sandbox: Running) -> None:
    sandbox.pay(sandbox.checkout(10_000), card="0077")
    assert sandbox.available() == 10_000 - 320


def test_a_declined_card_leaves_the_session_open_and_says_why(sandbox: Running) -> None:
    session = sandbox.checkout()
    answer = sandbox.pay(session, method="decline")
    assert 'id="pay-error"' in answer.text
    assert session_of(sandbox, session).status == "open"
    sandbox.pay(session)
    assert session_of(sandbox, session).payment_status == "paid"


def test_a_declined_attempt_and_the_next_one_share_the_intent(sandbox: Running) -> None:
    session = sandbox.checkout()
    sandbox.pay(session, method="decline")
    sandbox.pay(session)
    assert [charge.status for charge in sandbox.api.v1.charges.list().data] == ["succeeded", "failed"]
    assert len(sandbox.api.v1.payment_intents.list().data) == 1


def test_cancel_goes_back_without_closing_the_session(sandbox: Running) -> None:
    session = sandbox.checkout()
    assert sandbox.pay(session, method="cancel").headers["Location"] == "http://house.test/back"
    assert session_of(sandbox, session).status == "open"


def test_a_session_cannot_be_paid_twice(sandbox: Running) -> None:
    session = sandbox.checkout()
    sandbox.pay(session)
    assert sandbox.pay(session).status_code == 410
    assert len(sandbox.api.v1.charges.list().data) == 1


def test_a_bank_debit_completes_unpaid_and_is_paid_three_business_days_later(sandbox: Running) -> None:
    session = sandbox.checkout(100_000)
    sandbox.pay(session, method="bank")
    waiting = session_of(sandbox, session)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert sandbox.api.v1.payment_intents.retrieve(waiting.payment_intent).status == "processing"
    assert (sandbox.available(), sandbox.pending()) == (0, 0)
    sandbox.advance(days=3)
    assert session_of(sandbox, session).payment_status == "paid"
    assert sandbox.pending() == 100_000 - 500  # 0.8 % would be 800, at most 500 is taken


def test_a_bank_debit_can_bounce(sandbox: Running) -> None:
    session = sandbox.checkout()
    sandbox.pay(session, method="bank_bounces")
    sandbox.advance(days=3)
    assert session_of(sandbox, session).payment_status == "unpaid"
    sandbox.settle()
    assert "checkout.session.async_payment_failed" in sandbox.listener.types()
    assert sandbox.pending() == 0


def test_a_session_expires_after_a_day_and_takes_no_payment_then(sandbox: Running) -> None:
    session = sandbox.checkout()
    sandbox.advance(hours=24)
    assert session_of(sandbox, session).status == "expired"
    assert sandbox.pay(session).status_code == 410


def test_a_session_can_be_expired_by_the_platform_once(sandbox: Running) -> None:
    session = sandbox.checkout()
    assert sandbox.api.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="open"):
        sandbox.api.v1.checkout.sessions.expire(session.id)


def test_a_session_makes_a_customer_when_it_is_told_to(sandbox: Running) -> None:
    session = sandbox.checkout(customer_creation="always", customer_email="payer@example.com")
    sandbox.pay(session)
    paid = session_of(sandbox, session)
    assert sandbox.api.v1.customers.retrieve(paid.customer).email == "payer@example.com"


def test_what_is_in_the_basket_can_be_listed_and_expanded(sandbox: Running) -> None:
    session = sandbox.checkout(700)
    assert sandbox.api.v1.checkout.sessions.line_items.list(session.id).data[0].amount_total == 700
    expanded = sandbox.api.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert expanded.line_items.data[0].price.unit_amount == 700


def test_an_amount_below_the_minimum_is_too_small(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.checkout(49)
    assert refusal.value.code == "amount_too_small"


def test_an_intent_can_be_canceled_until_it_is_paid(sandbox: Running) -> None:
    intent = sandbox.api.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    assert sandbox.api.v1.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.api.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


def test_a_refund_takes_the_amount_and_leaves_the_fee(sandbox: Running) -> None:
    charge = sandbox.deposit(10_000)
    sandbox.deposit(10_000)
    refund = sandbox.api.v1.refunds.create({"charge": charge, "amount": 4_000})
    assert refund.status == "succeeded"
    assert sandbox.available() == 2 * (10_000 - 320) - 4_000
    assert sandbox.api.v1.charges.retrieve(charge).amount_refunded == 4_000


def test_not_more_than_the_charge_can_be_refunded(sandbox: Running) -> None:
    charge = sandbox.deposit(10_000)
    sandbox.deposit(10_000)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        sandbox.api.v1.refunds.create({"charge": charge, "amount": 10_001})
    sandbox.api.v1.refunds.create({"charge": charge})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.api.v1.refunds.create({"charge": charge})
    assert refusal.value.code == "charge_already_refunded"


def test_a_refund_waits_for_money_when_none_is_available(sandbox: Running) -> None:
    sandbox.pay(sandbox.checkout(10_000))
    charge = sandbox.api.v1.charges.list().data[0]
    refund = sandbox.api.v1.refunds.create({"charge": charge.id, "amount": 5_000})
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    sandbox.advance(days=2)
    assert sandbox.api.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert sandbox.available() == 10_000 - 320 - 5_000


def test_a_refund_can_fail_after_it_succeeded_and_the_money_is_back(sandbox: Running) -> None:
    sandbox.deposit(20_000)
    sandbox.pay(sandbox.checkout(10_000), card="5126")
    charge = sandbox.api.v1.charges.list().data[0]
    before = sandbox.available()
    refund = sandbox.api.v1.refunds.create({"charge": charge.id})
    assert (refund.status, sandbox.available()) == ("succeeded", before - 10_000)
    sandbox.advance(days=2)
    failed = sandbox.api.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_balance_transaction.amount) == ("failed", 10_000)
    assert sandbox.api.v1.charges.retrieve(charge.id).amount_refunded == 0


def test_a_refund_can_be_pending_first(sandbox: Running) -> None:
    sandbox.deposit(20_000)
    sandbox.pay(sandbox.checkout(10_000), card="7726")
    charge = sandbox.api.v1.charges.list().data[0]
    refund = sandbox.api.v1.refunds.create({"payment_intent": charge.payment_intent})
    assert refund.status == "pending"
    sandbox.advance(days=1)
    assert sandbox.api.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_dispute_takes_the_amount_and_a_fee_from_the_platform(sandbox: Running) -> None:
    charge = sandbox.deposit(10_000)
    dispute = sandbox.post("/control/stripe/disputes", {"charge": charge})
    assert dispute["status"] == "needs_response"
    assert sandbox.available() == 10_000 - 320 - 10_000 - 1_500
    kept = sandbox.api.v1.disputes.retrieve(dispute["id"])
    assert [(part.amount, part.fee, part.net) for part in kept.balance_transactions] == [(-10_000, 1_500, -11_500)]


def test_a_dispute_won_gives_the_amount_back_but_not_the_fee(sandbox: Running) -> None:
    dispute = sandbox.post("/control/stripe/disputes", {"charge": sandbox.deposit(10_000)})
    sandbox.post(f"/control/stripe/disputes/{dispute['id']}/close", {"won": True})
    kept = sandbox.api.v1.disputes.retrieve(dispute["id"])
    assert (kept.status, len(kept.balance_transactions)) == ("won", 2)
    assert sandbox.available() == 10_000 - 320 - 1_500


def test_a_dispute_lost_keeps_the_money(sandbox: Running) -> None:
    dispute = sandbox.post("/control/stripe/disputes", {"charge": sandbox.deposit(10_000)})
    assert sandbox.api.v1.disputes.close(dispute["id"]).status == "lost"
    assert sandbox.available() == -320 - 1_500


def test_the_right_evidence_wins_two_days_after_it_was_submitted(sandbox: Running) -> None:
    dispute = sandbox.post("/control/stripe/disputes", {"charge": sandbox.deposit(10_000)})
    submitted = sandbox.api.v1.disputes.update(
        dispute["id"], {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True}
    )
    assert submitted.status == "under_review"
    sandbox.advance(days=2)
    assert sandbox.api.v1.disputes.retrieve(dispute["id"]).status == "won"


def test_an_inquiry_moves_no_money(sandbox: Running) -> None:
    dispute = sandbox.post("/control/stripe/disputes", {"charge": sandbox.deposit(10_000), "inquiry": True})
    assert dispute["status"] == "warning_needs_response"
    assert sandbox.available() == 10_000 - 320
    sandbox.post(f"/control/stripe/disputes/{dispute['id']}/close", {"won": False})
    assert sandbox.api.v1.disputes.retrieve(dispute["id"]).status == "warning_closed"


def test_the_card_that_is_disputed_is_disputed_by_itself(sandbox: Running) -> None:
    sandbox.pay(sandbox.checkout(10_000), card="0259")
    assert [dispute.reason for dispute in sandbox.api.v1.disputes.list().data] == ["fraudulent"]


def test_a_disputed_charge_cannot_be_refunded_or_disputed_again(sandbox: Running) -> None:
    charge = sandbox.deposit(10_000)
    sandbox.post("/control/stripe/disputes", {"charge": charge})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.api.v1.refunds.create({"charge": charge})
    assert refusal.value.code == "charge_disputed"
    assert sandbox.http.post("/control/stripe/disputes", json={"charge": charge}).status_code == 400


def test_a_payment_whose_dispute_was_won_can_be_refunded(sandbox: Running) -> None:
    charge = sandbox.deposit(10_000)
    dispute = sandbox.post("/control/stripe/disputes", {"charge": charge})
    sandbox.post(f"/control/stripe/disputes/{dispute['id']}/close", {"won": True})
    sandbox.advance(days=3)
    assert sandbox.api.v1.refunds.create({"charge": charge, "amount": 1_000}).amount == 1_000


def test_a_warning_of_fraud_can_be_read_again_and_is_listed(sandbox: Running) -> None:
    charge = sandbox.deposit(10_000)
    warning = sandbox.post("/control/stripe/fraud-warnings", {"charge": charge})
    kept = sandbox.api.v1.radar.early_fraud_warnings.retrieve(warning["id"])
    assert (kept.charge, kept.actionable) == (charge, True)
    listed = sandbox.api.v1.radar.early_fraud_warnings.list({"created": {"gte": warning["created"]}, "charge": charge})
    assert [one.id for one in listed.data] == [warning["id"]]
