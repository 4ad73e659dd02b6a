"""Our Stripe module against the sandbox over HTTP: facts on success, and on trouble what is known of the effect."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from stripe import WebhookSignature

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers import stripe
from cliphaven.providers.stripe.client import Pace
from tests.world import SandboxWorld

GOOD_BANK, CLOSED_BANK = "000123456789", "000111111113"
INSTANT_CARD = "0077"

pytestmark = pytest.mark.usefixtures("world")


def key(name: str = "key") -> str:
    return f"test:{name}:{uuid.uuid4()}"


def opened_checkout(amount_minor: int = 100_00) -> stripe.Checkout:
    return stripe.create_checkout(
        deposit_id=7,
        amount_minor=amount_minor,
        currency="USD",
        description="Demo wallet",
        success_url="http://127.0.0.1:1/paid",
        cancel_url="http://127.0.0.1:1/canceled",
        idempotency_key=key(),
    )


def platform_receives(amount_minor: int) -> None:
    """Money that the platform can spend at once."""
    httpx2.post(opened_checkout(amount_minor).url, data={"method": "card", "card": INSTANT_CARD})


def account() -> str:
    return stripe.create_connected_account(creator_id=3, email="creator@demo.example", idempotency_key=key())


def onboarded(bank: str = GOOD_BANK) -> str:
    stripe_id = account()
    link = stripe.onboarding_link(
        stripe_id=stripe_id, return_url="http://127.0.0.1:1/back", refresh_url="http://127.0.0.1:1/again"
    )
    httpx2.post(link, data={"action": "complete", "bank_number": bank})
    return stripe_id


def sent(destination: str, amount_minor: int = 10_00, *, group: str = "", key_: str = "") -> stripe.TransferFacts:
    return stripe.send_transfer(
        amount_minor=amount_minor,
        currency="USD",
        destination=destination,
        transfer_group=group or key("group"),
        metadata={"transfer": "12"},
        idempotency_key=key_ or key(),
    )


def paid_out(stripe_id: str, amount_minor: int, *, key_: str = "") -> stripe.PayoutFacts:
    return stripe.send_payout(
        connected_account=stripe_id,
        bank_account_id=stripe.connected_account(stripe_id).bank_accounts[0].stripe_id,
        amount_minor=amount_minor,
        currency="USD",
        metadata={"bank_payout": "4"},
        idempotency_key=key_ or key(),
    )


def failure_of(call: Callable[[], Any]) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        call()
    return caught.value


def test_an_open_checkout_is_not_paid():
    facts = stripe.checkout(opened_checkout().session_id)

    assert (facts.status, facts.payment_status, facts.reference, facts.payment) == ("open", "unpaid", "7", None)


def test_a_paid_checkout_names_the_payment_and_what_stripe_kept():
    opened = opened_checkout(100_00)
    httpx2.post(opened.url, data={"method": "card", "card": "4242"})

    facts = stripe.checkout(opened.session_id)

    assert facts.payment is not None
    assert (facts.payment_status, facts.payment.amount_received_minor, facts.payment.currency) == (
        "paid",
        100_00,
        "USD",
    )
    assert 0 < facts.payment.fee_minor < 100_00
    assert facts.payment.balance_transaction_id.startswith("txn_")


def test_the_same_key_opens_the_same_checkout():
    same = {
        "deposit_id": 8,
        "amount_minor": 50_00,
        "currency": "USD",
        "description": "Demo wallet",
        "success_url": "http://127.0.0.1:1/paid",
        "cancel_url": "http://127.0.0.1:1/canceled",
        "idempotency_key": key(),
    }

    assert stripe.create_checkout(**same) == stripe.create_checkout(**same)


def test_a_new_account_misses_everything_and_pays_nobody():
    facts = stripe.connected_account(account())

    assert (facts.transfers_active, facts.payouts_enabled, facts.details_submitted) == (False, False, False)
    assert "external_account" in facts.missing
    assert facts.bank_accounts == ()


def test_an_onboarded_account_can_be_paid_and_names_its_bank():
    facts = stripe.connected_account(onboarded())

    assert (facts.transfers_active, facts.payouts_enabled, facts.missing) == (True, True, ())
    [bank] = facts.bank_accounts
    assert (bank.currency, bank.works) == ("USD", True)
    assert bank.name.endswith("6789")


def test_an_onboarded_creator_has_pages_at_stripe():
    assert stripe.dashboard_link(stripe_id=onboarded()).startswith("http")


def test_a_transfer_moves_money_to_the_connected_account():
    platform_receives(100_00)
    destination, group = onboarded(), key("group")

    facts = sent(destination, 10_00, group=group)

    assert stripe.transfers_in_group(group) == [facts]
    assert stripe.balance(destination)["USD"].available_minor == 10_00


def test_the_same_key_never_moves_money_twice():
    platform_receives(100_00)
    destination, group, one_key = onboarded(), key("group"), key()

    assert sent(destination, group=group, key_=one_key) == sent(destination, group=group, key_=one_key)
    assert stripe.balance(destination)["USD"].available_minor == 10_00


def test_too_little_on_the_platform_is_a_definite_no():
    failure = failure_of(lambda: sent(onboarded(), 9_000_000_000_00))

    assert (failure.outcome, failure.code, failure.status) == (Outcome.DEFINITE, "balance_insufficient", 400)


def test_a_creator_who_is_not_set_up_is_a_definite_no():
    failure = failure_of(lambda: sent(account(), 1))

    assert (failure.outcome, failure.code) == (Outcome.DEFINITE, "insufficient_capabilities_for_transfer")


def test_a_key_used_for_something_else_is_unknown_and_named():
    platform_receives(100_00)
    destination, group, one_key = onboarded(), key("group"), key()
    sent(destination, 10_00, group=group, key_=one_key)

    failure = failure_of(lambda: sent(destination, 10_01, group=group, key_=one_key))

    assert (failure.outcome, failure.code, failure.status) == (Outcome.UNKNOWN, "idempotency_error", 400)


@pytest.mark.parametrize(
    ("kind", "outcome", "status"),
    [
        ("drop_after_effect", Outcome.UNKNOWN, None),
        ("error_500_with_effect", Outcome.UNKNOWN, 500),
        ("error_500", Outcome.UNKNOWN, 500),
        ("conflict_409", Outcome.NOT_EXECUTED, 409),
        ("rate_limit_429", Outcome.NOT_EXECUTED, 429),
    ],
)
def test_trouble_is_told_by_what_is_known_of_the_effect(
    world: SandboxWorld, kind: str, outcome: str, status: int | None
):
    platform_receives(100_00)
    destination = onboarded()
    world.fault("stripe", kind, path_prefix="v1/transfers")

    failure = failure_of(lambda: sent(destination))

    assert (failure.outcome, failure.status) == (outcome, status)


def test_after_a_lost_answer_the_same_key_tells_what_happened(world: SandboxWorld):
    platform_receives(100_00)
    destination, group, one_key = onboarded(), key("group"), key()
    world.fault("stripe", "drop_after_effect", path_prefix="v1/transfers")
    failure_of(lambda: sent(destination, group=group, key_=one_key))

    again = sent(destination, group=group, key_=one_key)

    assert stripe.transfers_in_group(group) == [again]
    assert stripe.balance(destination)["USD"].available_minor == 10_00


def test_money_is_never_sent_again_by_the_module_itself(world: SandboxWorld):
    platform_receives(100_00)
    destination = onboarded()
    world.fault("stripe", "error_500", path_prefix="v1/transfers", times=2)

    failure_of(lambda: sent(destination))

    assert world.http.get("/control/faults").json()["waiting"][0]["times"] == 1


def test_reading_goes_on_after_one_bad_answer(world: SandboxWorld):
    world.fault("stripe", "error_500", method="GET", path_prefix="v1/balance")

    assert "USD" in stripe.balance()


def test_a_wrong_key_is_our_fault_and_not_executed(settings: Any):
    settings.STRIPE_API_KEY = "sk_test_wrong"

    failure = failure_of(stripe.balance)

    assert (failure.outcome, failure.status) == (Outcome.NOT_EXECUTED, 401)


def test_an_account_that_left_is_a_definite_no_of_its_own():
    failure = failure_of(lambda: stripe.balance("acct_nobody"))

    assert (failure.outcome, failure.code, failure.status) == (Outcome.DEFINITE, "account_invalid", 403)


def test_nobody_there_is_unknown(settings: Any):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    assert failure_of(lambda: sent("acct_1")).outcome == Outcome.UNKNOWN


def test_a_payout_is_pending_and_names_its_bank_account():
    platform_receives(100_00)
    stripe_id = onboarded()
    sent(stripe_id, 10_00)

    facts = paid_out(stripe_id, 10_00)

    assert (facts.status, facts.amount_minor, facts.currency, facts.is_ours) == ("pending", 10_00, "USD", True)
    assert facts.metadata == {"bank_payout": "4"}
    assert stripe.payout(stripe_id=facts.stripe_id, connected_account=stripe_id) == facts
    assert stripe.payouts_of(stripe_id, status="pending") == [facts]


def test_a_payout_before_its_money_is_there_is_named():
    failure = failure_of(lambda: paid_out(onboarded(), 10_00))

    assert (failure.outcome, failure.code) == (Outcome.DEFINITE, "balance_insufficient")


def test_a_payout_that_came_back_says_why(world: SandboxWorld):
    platform_receives(100_00)
    stripe_id = onboarded(CLOSED_BANK)
    sent(stripe_id, 10_00)
    pending = paid_out(stripe_id, 10_00)
    world.advance(days=6)

    facts = stripe.payout(stripe_id=pending.stripe_id, connected_account=stripe_id)

    assert (facts.status, facts.failure_code) == ("failed", "account_closed")
    assert not stripe.connected_account(stripe_id).payouts_enabled


def test_senders_take_turns():
    pace, began = Pace(per_second=100), time.monotonic()

    for _ in range(6):
        pace.wait()

    assert time.monotonic() - began >= 5 / 100


# Letters


def letter(**changes: Any) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payout.paid",
        "livemode": False,
        "account": "acct_1",
        "data": {"object": {"id": "po_1", "object": "payout"}},
    }
    return json.dumps({**event, **changes}).encode()


def signed(payload: bytes, secret: str, *, ago: int = 0) -> str:
    return WebhookSignature.generate_signature_header(payload.decode(), secret, int(time.time()) - ago)


@pytest.fixture
def secret(settings: Any) -> str:
    settings.STRIPE_CONNECT_WEBHOOK_SECRET = "whsec_connect"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_platform"
    return "whsec_connect"


def test_a_genuine_letter_is_read(secret: str):
    event = stripe.verified_event(letter(), signed(letter(), secret), connect=True)

    assert event == stripe.EventFacts(
        event_id="evt_1", event_type="payout.paid", object_id="po_1", connected_account="acct_1", livemode=False
    )


@pytest.mark.parametrize("ago", [299, 0, -299])
def test_five_minutes_either_way_are_tolerated(secret: str, ago: int):
    assert stripe.verified_event(letter(), signed(letter(), secret, ago=ago), connect=True).event_id == "evt_1"


@pytest.mark.parametrize("ago", [302, 86_400, -302, -86_400])
def test_older_or_future_letters_are_refused(secret: str, ago: int):
    with pytest.raises(stripe.EventRefused):
        stripe.verified_event(letter(), signed(letter(), secret, ago=ago), connect=True)


def test_the_other_endpoints_secret_does_not_open_this_one(secret: str):
    with pytest.raises(stripe.EventRefused):
        stripe.verified_event(letter(), signed(letter(), "whsec_platform"), connect=True)


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "v1=ab", "t=x,v1=ab", "t=1,v0=ab", "nonsense", ",,,", "t=1,v1=\xe9", "t=" + "9" * 5000 + ",v1=a"],
)
def test_signatures_that_are_none_are_refused(secret: str, signature: str):
    with pytest.raises(stripe.EventRefused):
        stripe.verified_event(letter(), signature, connect=True)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'"event"',
        b"[" * 100_000,
        letter(object="v2.core.event"),
        letter(id=7),
        letter(id=""),
        letter(id="evt_1\u0000"),
        letter(id="e" * 300),
        letter(type=None),
        letter(livemode="no"),
        letter(data=[]),
        letter(data={"object": "po_1"}),
    ],
    ids=range(15),
)
def test_genuine_nonsense_is_refused(secret: str, payload: bytes):
    with pytest.raises(stripe.EventRefused):
        stripe.verified_event(payload, signed(payload, secret), connect=True)


def test_bytes_that_are_no_text_are_refused(secret: str):
    with pytest.raises(stripe.EventRefused):
        stripe.verified_event(b"\xff\xfe", "t=1,v1=ab", connect=True)
