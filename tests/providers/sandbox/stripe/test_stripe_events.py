"""News from the pretend Stripe: events, signed webhooks, their faults, and a world that survives a kill."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe

from tests.providers.sandbox.stripe.stripe_world import Listener, Running, assert_shape, free_port

SECRETS = {"/platform": "whsec_sandbox", "/connect": "whsec_sandbox_connect"}


def wait_until(true: Callable[[], bool], *, seconds: float = 5) -> None:
    """Wait so long at most."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def test_a_webhook_arrives_by_itself_and_its_signature_is_good(sandbox: Running, listener: Listener) -> None:
    sandbox.pay(sandbox.checkout())
    wait_until(lambda: "checkout.session.completed" in listener.types())
    for path, body, signature in listener.heard:
        assert stripe.Webhook.construct_event(body, signature, SECRETS[path]).livemode is False


def test_each_endpoint_has_its_own_secret(sandbox: Running, listener: Listener) -> None:
    sandbox.creator()
    sandbox.settle()
    path, body, signature = listener.heard[0]
    assert path == "/connect"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, SECRETS["/platform"])


def test_news_of_connected_accounts_goes_to_the_connect_endpoint_and_names_the_account(
    sandbox: Running, listener: Listener
) -> None:
    account = sandbox.creator()
    sandbox.settle()
    assert {event["account"] for event in listener.events("/connect")} == {account}
    assert {"account.updated", "capability.updated", "account.external_account.created"} <= set(
        listener.types("/connect")
    )
    assert listener.types("/platform") == []


def test_every_event_has_the_published_shape(sandbox: Running, listener: Listener) -> None:
    charge = sandbox.deposit(100_000)
    account = sandbox.creator("000111111116")
    given: Any = {"amount": 1_000, "currency": "usd", "destination": account}
    sent = sandbox.api.v1.transfers.create(given)
    sandbox.api.v1.transfers.reversals.create(sent.id, {"amount": 100})
    sandbox.api.v1.payouts.create({"amount": 900, "currency": "usd"}, {"stripe_account": account})
    sandbox.api.v1.refunds.create({"charge": charge, "amount": 100})
    sandbox.pay(sandbox.checkout(), method="bank")
    sandbox.pay(sandbox.checkout(), method="decline")
    sandbox.post("/control/stripe/disputes", {"charge": charge})
    sandbox.post("/control/stripe/fraud-warnings", {"charge": charge})
    sandbox.advance(days=5)
    sandbox.settle()
    for event in [*listener.events("/platform"), *listener.events("/connect")]:
        assert_shape(event)
        assert event["api_version"] == "2026-10-28.endive"
    assert {
        "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.expired",
        "payment_intent.created", "payment_intent.processing", "payment_intent.succeeded",
        "payment_intent.payment_failed", "payment_intent.canceled", "charge.succeeded", "charge.failed",
        "charge.refunded", "refund.created", "charge.dispute.created", "charge.dispute.funds_withdrawn",
        "radar.early_fraud_warning.created", "transfer.created", "transfer.reversed", "balance.available",
    } <= set(listener.types("/platform"))  # fmt: skip
    assert {
        "payout.created", "payout.updated", "payout.paid", "payout.failed", "account.external_account.updated",
    } <= set(listener.types("/connect"))  # fmt: skip


def test_an_event_names_the_request_that_caused_it(sandbox: Running) -> None:
    sandbox.api.v1.customers.create({}, {"idempotency_key": "k"})
    event = sandbox.api.v1.events.list().data[0]
    assert (event.type, event.request.idempotency_key) == ("customer.created", "k")


def test_an_event_that_happened_by_itself_names_no_request_and_its_own_time(sandbox: Running) -> None:
    sandbox.pay(sandbox.checkout())
    sandbox.advance(days=9)
    event = sandbox.api.v1.events.list({"type": "balance.available"}).data[0]
    booked = sandbox.api.v1.balance_transactions.list().data[0]
    assert (event.request.id, event.created) == (None, booked.available_on)


def test_an_update_tells_the_previous_values(sandbox: Running) -> None:
    customer = sandbox.api.v1.customers.create({"name": "Old"})
    sandbox.api.v1.customers.update(customer.id, {"name": "New"})
    event = sandbox.api.v1.events.list({"type": "customer.updated"}).data[0]
    assert event.data.previous_attributes.to_dict() == {"name": "Old"}


def test_events_are_found_by_type_wildcard_and_account(sandbox: Running) -> None:
    account = sandbox.creator()
    sandbox.api.v1.customers.create({})
    assert [event.type for event in sandbox.api.v1.events.list({"type": "customer.*"}).data] == ["customer.created"]
    assert [event.type for event in sandbox.api.v1.events.list({"types": ["payout.paid"]}).data] == []
    connected = sandbox.api.v1.events.list({"limit": 100}, {"stripe_account": account}).data
    assert "account.updated" in {event.type for event in connected}


def test_events_are_kept_for_30_days(sandbox: Running) -> None:
    sandbox.api.v1.customers.create({})
    sandbox.advance(days=30)
    last = sandbox.api.v1.customers.create({})
    listed = sandbox.api.v1.events.list().data
    assert [event.data.object["id"] for event in listed] == [last.id]


def test_a_refused_webhook_is_tried_again_until_it_is_taken(sandbox: Running, listener: Listener) -> None:
    listener.status = 500
    sandbox.api.v1.customers.create({})
    tried = sandbox.settle()
    assert (tried["delivered"], tried["failed"] >= 1) == (0, True)
    event = sandbox.api.v1.events.list().data[0]
    assert event.pending_webhooks == 1
    listener.status = 200
    wait_until(lambda: sandbox.api.v1.events.retrieve(event.id).pending_webhooks == 0)
    assert {told["id"] for told in listener.events()} == {event.id}


def test_settle_counts_what_was_taken(sandbox: Running) -> None:
    sandbox.fault("webhook_late", path_prefix="customer.created", seconds=60)
    sandbox.api.v1.customers.create({})
    assert sandbox.settle() == {"delivered": 0, "failed": 0}
    sandbox.advance(seconds=60)
    assert sandbox.settle()["delivered"] <= 1  # the background may have been faster
    wait_until(lambda: sandbox.listener.types() == ["customer.created"])


def test_a_late_webhook_comes_after_later_news(sandbox: Running, listener: Listener) -> None:
    sandbox.fault("webhook_late", path_prefix="customer.created", seconds=60)
    customer = sandbox.api.v1.customers.create({"name": "Old"})
    sandbox.api.v1.customers.update(customer.id, {"name": "New"})
    sandbox.settle()
    sandbox.advance(seconds=60)
    sandbox.settle()
    wait_until(lambda: len(listener.heard) == 2)
    assert listener.types() == ["customer.updated", "customer.created"]


def test_a_webhook_can_come_twice(sandbox: Running, listener: Listener) -> None:
    sandbox.fault("webhook_twice", path_prefix="customer.created")
    sandbox.api.v1.customers.create({})
    sandbox.settle()
    first, second = listener.events()
    assert first == second


def test_a_world_started_again_is_the_same_world(start: Callable[[], Running]) -> None:
    first = start()
    first.pay(first.checkout(50_000))
    account = first.creator()
    first.deposit(10_000)
    first.api.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account}, {"idempotency_key": "t"}
    )
    sent = first.api.v1.payouts.create({"amount": 400, "currency": "usd"}, {"stripe_account": account})
    before = (first.available(), first.pending(), first.available(account))
    first.stop()

    again = start()
    assert (again.available(), again.pending(), again.available(account)) == before
    repeated = again.api.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account}, {"idempotency_key": "t"}
    )
    assert repeated.last_response.headers["Idempotent-Replayed"] == "true"
    again.advance(days=2)
    assert again.pending() == 0
    assert again.api.v1.payouts.retrieve(sent.id, options={"stripe_account": account}).status == "paid"


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "SANDBOX_PORT": str(port), "SANDBOX_STATE_DIR": str(tmp_path)}
    headers = {"Idempotency-Key": "k", "Authorization": "Bearer sk_test_sandbox"}
    answers = []
    for _ in range(2):
        with (
            subprocess.Popen([sys.executable, "-m", "sandbox"], env=environment) as process,
            httpx2.Client(base_url=f"http://127.0.0.1:{port}") as http,
        ):
            wait_until(partial(reachable, http), seconds=20)
            answers.append(http.post("/stripe/v1/customers", data={"email": "a@example.com"}, headers=headers))
            process.kill()
    first, second = answers
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replayed"] == "true"


def reachable(http: httpx2.Client) -> bool:
    """Whether the sandbox answers."""
    try:
        return bool(http.get("/control/health").is_success)
    except httpx2.HTTPError:
        return False


def test_webhooks_that_were_not_taken_survive_a_restart(start: Callable[[], Running], listener: Listener) -> None:
    listener.status = 500
    first = start()
    first.api.v1.customers.create({})
    first.settle()
    first.stop()
    listener.status = 200
    listener.heard.clear()
    start()
    wait_until(lambda: listener.types() == ["customer.created"])


def test_the_official_client_was_shown_every_kind_of_object(sandbox: Running) -> None:
    """Each answer in these tests is checked against its published shape; here is one of every kind."""
    api, charge = sandbox.api.v1, sandbox.deposit(100_000)
    account = sandbox.creator()
    options: Any = {"stripe_account": account}
    sent = api.transfers.create({"amount": 1_000, "currency": "usd", "destination": account})
    api.transfers.reversals.create(sent.id, {"amount": 100})
    payout = api.payouts.create({"amount": 900, "currency": "usd"}, options)
    api.payouts.retrieve(payout.id, {"expand": ["destination", "balance_transaction"]}, options)
    api.refunds.create({"charge": charge, "amount": 100, "expand": ["charge", "balance_transaction"]})
    dispute = sandbox.post("/control/stripe/disputes", {"charge": charge})
    api.disputes.retrieve(dispute["id"], {"expand": ["charge"]})
    session = sandbox.checkout()
    api.checkout.sessions.line_items.list(session.id)
    api.customers.create({"email": "a@example.com", "address": {"city": "Berlin"}})
    api.accounts.retrieve(account)
    api.accounts.login_links.create(account)
    api.accounts.capabilities.retrieve(account, "transfers")
    bank = api.accounts.external_accounts.list(account).data[0]
    api.accounts.external_accounts.retrieve(account, bank.id)
    api.charges.retrieve(charge, {"expand": ["refunds", "balance_transaction.source"]})
    api.transfers.list({"expand": ["data.destination", "data.destination_payment.balance_transaction"]})
    transaction = api.balance_transactions.list().data[0]
    api.balance_transactions.retrieve(transaction.id)
    api.balance_settings.retrieve()
    api.balance.retrieve()
    event = api.events.list().data[0]
    api.events.retrieve(event.id)
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.retrieve("cus_missing")
    assert sandbox.client.seen >= {
        "account", "account_link", "balance", "balance_settings", "balance_transaction", "bank_account", "capability",
        "charge", "checkout.session", "customer", "dispute", "error", "event", "list", "login_link", "payment_intent",
        "payout", "refund", "transfer", "transfer_reversal",
    }  # fmt: skip
