"""Idempotency keys of the pretend Stripe, rule by rule."""

import json
import socket
import threading
import time
from typing import Any

import pytest
import stripe

from tests.providers.sandbox.stripe.stripe_world import Running

CUSTOMER = "/v1/customers"


def keyed(key: str, **more: Any) -> Any:
    """Options with an idempotency key."""
    return {"idempotency_key": key, **more}


def header(refusal: stripe.StripeError, name: str) -> str | None:
    """A header of a refusal."""
    return (refusal.headers or {}).get(name)


def error_of(refusal: stripe.StripeError) -> Any:
    """The error object in a refusal's body; its code is nowhere else for 409 and the like."""
    return json.loads(refusal.http_body or "")["error"]


def test_the_same_key_gives_the_first_answer_again_and_says_so(sandbox: Running) -> None:
    first = sandbox.api.v1.customers.create({"email": "a@example.com"}, keyed("k"))
    second = sandbox.api.v1.customers.create({"email": "a@example.com"}, keyed("k"))
    assert second.id == first.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"


def test_a_first_answer_is_not_marked_as_replayed(sandbox: Running) -> None:
    first = sandbox.api.v1.customers.create({"email": "a@example.com"}, keyed("k"))
    assert "Idempotent-Replayed" not in first.last_response.headers


def test_a_transfer_sent_twice_with_one_key_moves_the_money_once(sandbox: Running) -> None:
    sandbox.deposit(10_000)  # 10,000 - 320 fee = 9,680
    account = sandbox.creator()
    for _ in range(2):
        sandbox.api.v1.transfers.create({"amount": 1_000, "currency": "usd", "destination": account}, keyed("t"))
    assert sandbox.available() == 9_680 - 1_000
    assert sandbox.available(account) == 1_000


def test_a_business_refusal_sticks_to_its_key_after_the_cause_is_gone(sandbox: Running) -> None:
    account = sandbox.creator()
    order: Any = {"amount": 1_000, "currency": "usd", "destination": account}
    with pytest.raises(stripe.InvalidRequestError, match="insufficient"):
        sandbox.api.v1.transfers.create(order, keyed("t:a1"))
    sandbox.deposit(10_000)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.api.v1.transfers.create(order, keyed("t:a1"))
    assert refusal.value.code == "balance_insufficient"
    assert header(refusal.value, "Idempotent-Replayed") == "true"
    assert sandbox.api.v1.transfers.create(order, keyed("t:a2")).amount == 1_000


def test_a_declined_card_is_declined_again_without_another_charge(sandbox: Running) -> None:
    order: Any = {
        "amount": 1_000, "currency": "usd", "payment_method": "pm_card_visa_chargeDeclined", "confirm": True,
    }  # fmt: skip
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            sandbox.api.v1.payment_intents.create(order, keyed("p"))
        assert refusal.value.http_status == 402
    assert len(sandbox.api.v1.charges.list().data) == 1


def test_other_parameters_under_a_used_key_are_an_idempotency_error(sandbox: Running) -> None:
    sandbox.api.v1.customers.create({"email": "a@example.com"}, keyed("k"))
    with pytest.raises(stripe.IdempotencyError) as refusal:
        sandbox.api.v1.customers.create({"email": "b@example.com"}, keyed("k"))
    assert (refusal.value.http_status, error_of(refusal.value)["type"]) == (400, "idempotency_error")


def test_another_endpoint_under_a_used_key_is_an_idempotency_error(sandbox: Running) -> None:
    sandbox.api.v1.customers.create({}, keyed("k"))
    with pytest.raises(stripe.IdempotencyError):
        sandbox.api.v1.accounts.create({}, keyed("k"))


def test_an_idempotency_error_leaves_the_first_answer_in_place(sandbox: Running) -> None:
    first = sandbox.api.v1.customers.create({"email": "a@example.com"}, keyed("k"))
    with pytest.raises(stripe.IdempotencyError):
        sandbox.api.v1.customers.create({"email": "b@example.com"}, keyed("k"))
    assert sandbox.api.v1.customers.create({"email": "a@example.com"}, keyed("k")).id == first.id


def test_the_order_of_the_parameters_does_not_matter(sandbox: Running) -> None:
    first = sandbox.raw("POST", CUSTOMER, {"email": "a@example.com", "name": "A"}, **{"Idempotency-Key": "k"})
    second = sandbox.raw("POST", CUSTOMER, {"name": "A", "email": "a@example.com"}, **{"Idempotency-Key": "k"})
    assert first.json() == second.json()


def test_a_key_whose_first_request_still_runs_is_in_use(sandbox: Running) -> None:
    body = b"email=a%40example.com"
    head = (
        f"POST /stripe{CUSTOMER} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {sandbox.config.stripe_api_key}\r\n"
        f"Idempotency-Key: k\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))) as slow:
        slow.sendall(head.encode())  # the first request has arrived, its body not yet
        time.sleep(0.3)
        with pytest.raises(stripe.APIError) as refusal:
            sandbox.api.v1.customers.create({"email": "a@example.com"}, keyed("k"))
        slow.sendall(body)
        assert slow.recv(65_536).startswith(b"HTTP/1.1 200")
    assert (refusal.value.http_status, error_of(refusal.value)["code"]) == (409, "idempotency_key_in_use")
    assert header(refusal.value, "Stripe-Should-Retry") == "true"


def test_many_at_once_with_one_key_make_one_object(sandbox: Running) -> None:
    statuses: list[int] = []

    def create() -> None:
        answer = sandbox.raw("POST", CUSTOMER, {"email": "a@example.com"}, **{"Idempotency-Key": "k"})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}
    assert len(sandbox.api.v1.customers.list().data) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"amount": "ten", "currency": "usd", "destination": "acct_x"},
        {"amount": "10"},
        {"amount": "10", "nonsense": "1"},
    ],
    ids=["not an integer", "missing", "unknown"],
)
def test_what_validation_refuses_does_not_use_the_key_up(sandbox: Running, body: dict[str, str]) -> None:
    sandbox.deposit()
    account = sandbox.creator()
    assert sandbox.raw("POST", "/v1/transfers", body, **{"Idempotency-Key": "k"}).status_code == 400
    sent = sandbox.api.v1.transfers.create({"amount": 10, "currency": "usd", "destination": account}, keyed("k"))
    assert sent.amount == 10


def test_a_wrong_key_of_the_api_does_not_use_the_idempotency_key_up(sandbox: Running) -> None:
    with pytest.raises(stripe.AuthenticationError):
        sandbox.client_with_key("sk_test_wrong").v1.customers.create({}, keyed("k"))
    assert "Idempotent-Replayed" not in sandbox.api.v1.customers.create({}, keyed("k")).last_response.headers


@pytest.mark.parametrize(("kind", "status"), [("rate_limit_429", 429), ("conflict_409", 409), ("error_500", 500)])
def test_a_fault_before_execution_does_not_use_the_key_up(sandbox: Running, kind: str, status: int) -> None:
    sandbox.fault(kind, method="POST", path_prefix=CUSTOMER)
    with pytest.raises(stripe.StripeError) as refusal:
        sandbox.api.v1.customers.create({}, keyed("k"))
    assert refusal.value.http_status == status
    assert "Idempotent-Replayed" not in sandbox.api.v1.customers.create({}, keyed("k")).last_response.headers


def test_an_answer_lost_after_the_effect_is_found_under_its_key(sandbox: Running) -> None:
    sandbox.fault("drop_after_effect", method="POST", path_prefix=CUSTOMER)
    with pytest.raises(stripe.APIConnectionError):
        sandbox.api.v1.customers.create({}, keyed("k"))
    found = sandbox.api.v1.customers.create({}, keyed("k"))
    assert found.last_response.headers["Idempotent-Replayed"] == "true"
    assert [customer.id for customer in sandbox.api.v1.customers.list().data] == [found.id]


def test_a_key_is_kept_for_24_hours_and_then_executes_anew(sandbox: Running) -> None:
    first = sandbox.api.v1.customers.create({}, keyed("k"))
    sandbox.advance(hours=23, minutes=59)
    assert sandbox.api.v1.customers.create({}, keyed("k")).id == first.id
    sandbox.advance(minutes=1)
    assert sandbox.api.v1.customers.create({}, keyed("k")).id != first.id


def test_a_key_of_another_account_is_another_key(sandbox: Running) -> None:
    one, two = sandbox.creator(), sandbox.creator()
    first = sandbox.api.v1.customers.create({}, keyed("k", stripe_account=one))
    second = sandbox.api.v1.customers.create({}, keyed("k", stripe_account=two))
    assert first.id != second.id


def test_a_key_has_at_most_255_characters(sandbox: Running) -> None:
    assert sandbox.api.v1.customers.create({}, keyed("k" * 255)).id
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        sandbox.api.v1.customers.create({}, keyed("k" * 256))


def test_reading_and_deleting_ignore_keys(sandbox: Running) -> None:
    customer = sandbox.api.v1.customers.create({}, keyed("k"))
    headers = {"Idempotency-Key": "k"}
    assert sandbox.raw("GET", f"{CUSTOMER}/{customer.id}", **headers).json()["id"] == customer.id
    assert sandbox.raw("DELETE", f"{CUSTOMER}/{customer.id}", **headers).json()["deleted"] is True
