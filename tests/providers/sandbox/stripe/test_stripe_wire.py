"""The pretend Stripe on the wire: authentication, parameters, errors, lists, expansion."""

import json
from typing import Any

import pytest
import stripe

from tests.providers.sandbox.stripe.stripe_world import Running, assert_shape


def error_of(answer: Any, status: int) -> Any:
    """The error object of an answer with this status."""
    assert answer.status_code == status
    assert_shape(answer.json())
    return answer.json()["error"]


def test_a_request_without_a_key_is_told_to_bring_one(sandbox: Running) -> None:
    answer = sandbox.http.get("/stripe/v1/balance")
    assert error_of(answer, 401)["type"] == "invalid_request_error"


def test_a_wrong_key_is_an_authentication_error_that_hides_the_key(sandbox: Running) -> None:
    with pytest.raises(stripe.AuthenticationError) as refusal:
        sandbox.client_with_key("sk_test_wrong_and_secret_1234").v1.balance.retrieve()
    assert "wrong_and_secret" not in str(refusal.value)


def test_an_account_that_is_not_connected_is_a_permission_error(sandbox: Running) -> None:
    with pytest.raises(stripe.PermissionError) as refusal:
        sandbox.api.v1.balance.retrieve(options={"stripe_account": "acct_0000000000000000"})
    assert json.loads(refusal.value.http_body or "")["error"]["code"] == "account_invalid"


@pytest.mark.parametrize(
    ("path", "body", "code", "param"),
    [
        ("/v1/transfers", {"amount": "5", "currency": "usd"}, "parameter_missing", "destination"),
        ("/v1/customers", {"nonsense": "1"}, "parameter_unknown", "nonsense"),
        ("/v1/customers", {"address[planet]": "x"}, "parameter_unknown", "address[planet]"),
        ("/v1/payouts", {"amount": "1.5", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ("/v1/payouts", {"amount": "0", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ("/v1/payouts", {"amount": "5", "currency": "xyz"}, None, "currency"),
        ("/v1/payouts", {"amount": "5", "currency": "usd", "method": "pigeon"}, None, "method"),
        (
            "/v1/transfers",
            {"amount": "5", "currency": "usd", "destination": ""},
            "parameter_invalid_empty",
            "destination",
        ),
        ("/v1/customers", {"metadata": "text"}, None, "metadata"),
        ("/v1/customers", {"metadata[k]": "v" * 501}, None, "metadata"),
        ("/v1/customers", {"address": "text"}, None, "address"),
        ("/v1/customers", {"preferred_locales": "en"}, None, "preferred_locales"),
        (
            "/v1/balance_settings",
            {"payments[debit_negative_balances]": "maybe"},
            None,
            "payments[debit_negative_balances]",
        ),
    ],
)
def test_a_wrong_parameter_is_named(
    sandbox: Running, path: str, body: dict[str, str], code: str | None, param: str
) -> None:
    error = error_of(sandbox.raw("POST", path, body), 400)
    assert (error["type"], error.get("code"), error["param"]) == ("invalid_request_error", code, param)


@pytest.mark.parametrize("path", ["/v1/checkout/sessions", "/v1/payment_intents"])
def test_the_parameter_that_was_removed_is_unknown(sandbox: Running, path: str) -> None:
    error = error_of(sandbox.raw("POST", path, {"payment_method_types[0]": "card"}), 400)
    assert (error["code"], error["param"]) == ("parameter_unknown", "payment_method_types")


def test_an_unknown_object_is_a_404_with_resource_missing(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.api.v1.transfers.retrieve("tr_missing")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_an_unknown_url_is_a_404(sandbox: Running) -> None:
    assert error_of(sandbox.raw("GET", "/v1/nonsense"), 404)["message"].startswith("Unrecognized request URL")


def test_metadata_is_merged_and_a_key_with_an_empty_value_goes(sandbox: Running) -> None:
    customer = sandbox.api.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    changed = sandbox.api.v1.customers.update(customer.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}


def test_a_list_shows_ten_newest_first_and_that_there_is_more(sandbox: Running) -> None:
    made = [sandbox.api.v1.customers.create({}).id for _ in range(11)]
    listed = sandbox.api.v1.customers.list()
    assert [customer.id for customer in listed.data] == made[:0:-1]
    assert listed.has_more is True


def test_paging_forward_meets_every_object_once(sandbox: Running) -> None:
    made = [sandbox.api.v1.customers.create({}).id for _ in range(7)]
    met = [customer.id for customer in sandbox.api.v1.customers.list({"limit": 3}).auto_paging_iter()]
    assert met == made[::-1]


def test_paging_backward_gives_the_page_before_an_object(sandbox: Running) -> None:
    made = [sandbox.api.v1.customers.create({}).id for _ in range(5)]
    page = sandbox.api.v1.customers.list({"ending_before": made[0], "limit": 2})
    assert [customer.id for customer in page.data] == [made[2], made[1]]


@pytest.mark.parametrize("limit", ["0", "101"])
def test_a_limit_is_between_1_and_100(sandbox: Running, limit: str) -> None:
    assert error_of(sandbox.raw("GET", f"/v1/customers?limit={limit}"), 400)["param"] == "limit"


def test_a_list_can_be_bounded_by_time(sandbox: Running) -> None:
    early = sandbox.api.v1.customers.create({})
    sandbox.advance(hours=1)
    late = sandbox.api.v1.customers.create({})
    found = sandbox.api.v1.customers.list({"created": {"gt": early.created, "lte": late.created}})
    assert [customer.id for customer in found.data] == [late.id]


def test_expansion_follows_a_path_and_changes_nothing_kept(sandbox: Running) -> None:
    charge = sandbox.deposit(10_000)
    intent = sandbox.api.v1.payment_intents.list({"expand": ["data.latest_charge.balance_transaction"]}).data[0]
    assert intent.latest_charge.balance_transaction.net == 10_000 - 320
    assert isinstance(sandbox.api.v1.charges.retrieve(charge).balance_transaction, str)


def test_what_cannot_be_expanded_is_refused_before_anything_happens(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        sandbox.api.v1.customers.create({"expand": ["nonsense"]})
    assert sandbox.api.v1.customers.list().data == []


def test_every_answer_names_its_request(sandbox: Running) -> None:
    answer = sandbox.raw("GET", "/v1/balance", **{"Stripe-Version": "2026-10-28.endive"})
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
