"""Who can be paid: read ahead of a payday, planned from what is fresh, and asked once more right before a transfer."""

import os
from datetime import timedelta
from typing import Any

import pytest

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.ledger.chart import AccountKind
from cliphaven.payouts.models import Batch, BatchState, ConnectedAccount, Transfer
from cliphaven.payouts.operations import batches, gates, transfers
from cliphaven.payouts.rules import next_payday
from tests.rooms.payouts.conftest import Payday, account_of, balance

pytestmark = pytest.mark.django_db
ACCOUNTS = "v1/accounts"


def loses_its_capability(payday: Payday, account: ConnectedAccount) -> None:
    """Stripe lets the account receive nothing any more, and no webhook says so."""
    payday.world.http.post(
        f"{payday.world.url}/stripe/v1/accounts/{account.stripe_id}/capabilities/transfers",
        data={"requested": "false"},
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    ).raise_for_status()


def to_sunday(payday: Payday, *, hours_before: float) -> None:
    """Some hours before the next payday."""
    wait = next_payday(payday.now) - timedelta(hours=hours_before) - payday.now
    payday.advance(seconds=wait.total_seconds())


def test_from_sunday_evening_on_accounts_are_read_once(payday: Payday):
    ben = payday.creator()
    payday.owe(ben, 20_00)
    to_sunday(payday, hours_before=12.1)
    assert gates.read_ahead(now=payday.now) == 0

    to_sunday(payday, hours_before=11.9)

    assert gates.read_ahead(now=payday.now) == 1
    assert account_of(ben).checked_at == payday.now
    assert gates.read_ahead(now=payday.now) == 0


def test_who_is_owed_too_little_is_not_read(payday: Payday):
    payday.owe(payday.creator(), 5_00)
    to_sunday(payday, hours_before=1)

    assert gates.read_ahead(now=payday.now) == 0


def test_no_more_than_some_are_read_at_a_time(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gates, "READ_AHEAD_MAX", 2)
    for name in ("Ben", "Eve", "Finn"):
        payday.owe(payday.creator(name), 20_00)
    to_sunday(payday, hours_before=1)

    assert [gates.read_ahead(now=payday.now) for _ in range(3)] == [2, 1, 0]


def test_an_account_that_cannot_be_read_ahead_keeps_nobody(payday: Payday):
    for name in ("Ben", "Eve"):
        payday.owe(payday.creator(name), 20_00)
    to_sunday(payday, hours_before=1)
    payday.world.fault("stripe", "error_500", method="GET", path_prefix=ACCOUNTS, times=3)

    assert gates.read_ahead(now=payday.now) == 1
    assert gates.read_ahead(now=payday.now) == 1


def test_what_was_read_ahead_is_believed_where_there_are_too_many_to_ask(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gates, "READ_AT_ONCE_MAX", 0)
    payday.owe(payday.creator(), 20_00)
    to_sunday(payday, hours_before=1)
    gates.read_ahead(now=payday.now)
    payday.advance(hours=2)
    payday.world.fault("stripe", "error_500", method="GET", path_prefix=ACCOUNTS, times=3)

    assert Transfer.objects.filter(batch=payday.plan()).count() == 1


def test_what_was_said_too_long_ago_is_asked_anew_however_many_there_are(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gates, "READ_AT_ONCE_MAX", 0)
    payday.owe(payday.creator(), 20_00)
    payday.advance(days=7)
    payday.world.fault("stripe", "error_500", method="GET", path_prefix=ACCOUNTS, times=3)

    with pytest.raises(ProviderFailed):
        batches.plan_weekly_batch(now=payday.now)


def later_at_the_gate(payday: Payday) -> Transfer:
    """A transfer that is about to go, eleven minutes after its account was read for the batch."""
    transfer = payday.planned_transfer()
    payday.advance(minutes=11)
    return transfer


def test_the_account_is_read_again_right_before_its_transfer(payday: Payday):
    transfer = later_at_the_gate(payday)

    assert payday.send(transfer).state == "sent"
    assert account_of(transfer.creator).checked_at == payday.now


def test_an_account_read_just_now_is_not_read_again(payday: Payday):
    transfer = payday.planned_transfer()
    payday.advance(minutes=9)
    payday.world.fault("stripe", "error_500", method="GET", path_prefix=ACCOUNTS)

    assert payday.send(transfer).state == "sent"


def test_who_cannot_be_paid_any_more_is_turned_away_and_owed_again(payday: Payday):
    transfer = later_at_the_gate(payday)
    loses_its_capability(payday, account_of(transfer.creator))

    payday.send(transfer)

    assert (transfer.state, transfer.failure_code, transfer.first_sent_at) == ("released", "account_not_usable", None)
    assert payday.at_stripe(transfer) == []
    assert balance(AccountKind.CREATOR_PAYABLE, transfer.creator_id) == transfer.amount_minor


def test_an_account_that_cannot_be_asked_about_waits(payday: Payday):
    transfer = later_at_the_gate(payday)
    payday.world.fault("stripe", "error_500", method="GET", path_prefix=ACCOUNTS, times=3)

    assert payday.send(transfer).state == "reserved"
    assert payday.now < transfer.due_at <= payday.now + timedelta(minutes=1)
    assert transfers.sweep(now=payday.now) == 0
    payday.advance(minutes=2)

    assert payday.send(transfer).state == "sent"


def test_a_key_that_stripe_refuses_at_the_gate_stops_the_batch(payday: Payday, settings: Any):
    transfer = later_at_the_gate(payday)
    settings.STRIPE_API_KEY = "sk_test_wrong"

    assert payday.send(transfer).state == "reserved"
    assert Batch.objects.get().state == BatchState.STOPPED


def test_what_was_told_to_stripe_before_is_looked_for_whatever_the_account_may_do(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix="v1/transfers")
    payday.send(transfer)
    payday.advance(minutes=11)
    ConnectedAccount.objects.update(payouts_enabled=False, checked_at=payday.now)

    assert payday.send(transfer).state == "sent"
