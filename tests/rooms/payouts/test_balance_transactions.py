"""What Stripe says moved, brought in page by page: all of it, once, whoever is broken off or runs at the same time."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.payouts.models import BalanceTransaction, BalanceTransactionImport
from cliphaven.payouts.operations import balance_transactions
from cliphaven.providers import stripe
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY
from tests.rooms.payouts.conftest import Payday
from tests.world import SandboxWorld, free_port

PLATFORM = ""


@pytest.fixture
def own_world(tmp_path: Path, settings: Any) -> Iterator[SandboxWorld]:
    """A pretend Stripe that serves this test alone."""
    with SandboxWorld(tmp_path, site_port=free_port()) as world:
        settings.STRIPE_API_BASE = f"{world.url}/stripe"
        settings.KEY_PREFIX = f"ch:test-{uuid.uuid4().hex[:12]}"
        world.post("/control/clock", {"set": MONDAY.isoformat()})
        yield world


def moves(world: SandboxWorld, count: int, **order: Any) -> None:
    """So many movements of one cent each, an hour apart."""
    for _ in range(count):
        world.post("/control/stripe/balance-transactions", {"type": "topup", "amount": 1, "currency": "usd", **order})
        world.advance(hours=1)


def bring_in(world: SandboxWorld, stripe_account: str = PLATFORM) -> bool:
    return balance_transactions.bring_in(stripe_account=stripe_account, now=world.now())


def here() -> int:
    return BalanceTransaction.objects.count()


@pytest.mark.django_db
def test_everything_comes_in_over_several_pages(own_world: SandboxWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cliphaven.providers.stripe.balance_transactions.PAGE_SIZE", 3)
    moves(own_world, 8)

    assert bring_in(own_world)
    assert here() == 8
    moves(own_world, 7)
    assert bring_in(own_world)
    assert here() == 8 + 7


@pytest.mark.django_db
def test_bringing_in_again_changes_nothing(own_world: SandboxWorld):
    moves(own_world, 3)
    bring_in(own_world)
    before = list(BalanceTransaction.objects.order_by("id").values())

    assert bring_in(own_world)
    assert list(BalanceTransaction.objects.order_by("id").values()) == before


@pytest.mark.django_db
def test_a_balance_on_which_nothing_ever_moved_is_complete(own_world: SandboxWorld):
    assert bring_in(own_world)
    moves(own_world, 1)
    assert bring_in(own_world)
    assert here() == 1


@pytest.mark.django_db
def test_who_is_broken_off_goes_on_where_the_last_page_was_kept(
    own_world: SandboxWorld, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cliphaven.providers.stripe.balance_transactions.PAGE_SIZE", 2)
    monkeypatch.setattr(balance_transactions, "PAGES_MAX", 2)
    moves(own_world, 9)

    assert not bring_in(own_world)
    assert here() == 2 * 2
    moves(own_world, 1)  # while nobody looks
    monkeypatch.setattr(balance_transactions, "PAGES_MAX", 5_000)
    assert bring_in(own_world)
    assert here() == 9 + 1


@pytest.mark.django_db
def test_a_silent_stripe_loses_no_page_that_was_kept(own_world: SandboxWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cliphaven.providers.stripe.balance_transactions.PAGE_SIZE", 2)
    monkeypatch.setattr("cliphaven.providers.stripe.balance_transactions.READ_RETRIES", 0)
    moves(own_world, 4)

    def fail_from_now_on(_: int) -> None:
        own_world.fault("stripe", "error_500", method="GET", path_prefix="v1/balance_transactions", times=1)

    with pytest.raises(ProviderFailed):
        balance_transactions.bring_in(stripe_account=PLATFORM, now=own_world.now(), tell=fail_from_now_on)
    assert here() == 2
    assert BalanceTransactionImport.objects.get().complete_until is None
    assert bring_in(own_world)
    assert here() == 4


@pytest.mark.django_db
def test_two_balances_do_not_mix(own_world: SandboxWorld):
    payday = Payday(own_world)
    stripe_id = str(payday.creator().connected_account.stripe_id)
    moves(own_world, 2)
    moves(own_world, 1, account=stripe_id, amount=-5)

    bring_in(own_world)
    bring_in(own_world, stripe_id)

    found = BalanceTransaction.objects.order_by("id").values_list("stripe_account", "net_minor")
    assert list(found) == [("", 1), ("", 1), (stripe_id, -5)]


@pytest.mark.django_db
def test_the_words_of_stripe_are_kept_and_a_type_that_nobody_knows_is_no_error(own_world: SandboxWorld):
    own_world.post(
        "/control/stripe/balance-transactions",
        {"type": "moon_dust", "amount": -700, "currency": "jpy", "fee": 30, "category": "lunar"},
    )
    bring_in(own_world)

    row = BalanceTransaction.objects.get()
    assert (row.type, row.reporting_category, row.currency) == ("moon_dust", "lunar", "JPY")
    assert (row.amount_minor, row.fee_minor, row.net_minor, row.created_at) == (-700, 30, -730, MONDAY)


@pytest.mark.django_db
def test_a_source_is_known_by_the_name_that_the_house_gives_it(own_world: SandboxWorld):
    payday = Payday(own_world)
    payday.platform_receives(100_00)
    stripe_id = str(payday.creator().connected_account.stripe_id)
    sent = stripe.send_transfer(
        amount_minor=40_00,
        currency="USD",
        destination=stripe_id,
        transfer_group="g",
        metadata={},
        idempotency_key=f"t:{uuid.uuid4()}",
    )
    bring_in(own_world)
    bring_in(own_world, stripe_id)

    kinds = ["type", "amount_minor", "refers_to"]
    charge, transfer, payment = BalanceTransaction.objects.order_by("id").values_list(*kinds)[:3]
    # Brought in newest first: the transfer before the charge that paid for it.
    assert charge == ("transfer", -40_00, sent.stripe_id)
    assert transfer[:2] == ("charge", 100_00)
    assert transfer[2].startswith("pi_")
    assert payment == ("payment", 40_00, sent.stripe_id)


def test_two_who_bring_in_at_once_do_no_harm(committed: str, own_world: SandboxWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cliphaven.providers.stripe.balance_transactions.PAGE_SIZE", 2)
    moves(own_world, 7)

    answers = at_once(lambda _: str(bring_in(own_world)), workers=4)

    assert answers == {"True": 4}
    assert here() == 7


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update payouts_balancetransaction set amount_minor = amount_minor, type = 'x'",
        "delete from payouts_balancetransaction",
        "truncate payouts_balancetransaction cascade",
    ],
)
def test_what_stripe_said_cannot_be_changed(own_world: SandboxWorld, statement: str):
    moves(own_world, 1)
    bring_in(own_world)

    with pytest.raises(DatabaseError, match="is kept as it was said"), transaction.atomic():
        connection.cursor().execute(statement)
