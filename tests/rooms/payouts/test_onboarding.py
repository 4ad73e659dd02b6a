"""Setting up payouts: one account a creator, read again whenever it matters, careful with new bank accounts."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.notifications.models import Message
from cliphaven.payouts import queries
from cliphaven.payouts.models import ConnectedAccount
from cliphaven.payouts.operations import onboarding
from cliphaven.providers import stripe
from tests.people import a_user, ben
from tests.rooms.payouts.conftest import BACK, Payday, account_of

pytestmark = pytest.mark.django_db


def start(payday: Payday) -> str:
    return onboarding.start(creator_id=ben().id, return_url=BACK, refresh_url=BACK, now=payday.now)


def state() -> str:
    return queries.onboarding_of(creator_id=ben().id).state


def test_a_creator_is_sent_to_the_set_up(payday: Payday):
    assert "/onboard/" in start(payday)
    assert state() == "incomplete"


def test_starting_twice_opens_one_account(payday: Payday):
    start(payday)
    first = account_of(ben()).stripe_id

    start(payday)

    assert account_of(ben()).stripe_id == first


def test_an_account_whose_answer_was_lost_is_found_under_its_key(payday: Payday):
    payday.world.fault("stripe", "drop_after_effect", path_prefix="v1/accounts", times=3)
    with pytest.raises(ProviderFailed):
        start(payday)
    assert ConnectedAccount.objects.get().stripe_id is None

    start(payday)

    assert ConnectedAccount.objects.get().stripe_id is not None


def test_coming_back_proves_nothing_until_stripe_says_so(payday: Payday):
    start(payday)

    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)

    assert not account_of(ben()).is_usable


def test_a_creator_who_is_set_up_is_ready_and_gets_their_own_pages(payday: Payday):
    account = account_of(payday.creator())

    assert (account.is_usable, account.bank_account, state()) == (True, "STRIPE TEST BANK ending 6789", "ready")
    assert "/express/" in start(payday)


def test_somebody_elses_account_is_left_alone(payday: Payday):
    onboarding.refresh(stripe_id="acct_stranger", now=payday.now)

    assert ConnectedAccount.objects.count() == 0


def test_an_account_that_left_cannot_be_paid(payday: Payday):
    payday.creator()
    ConnectedAccount.objects.update(stripe_id="acct_left")

    onboarding.refresh(stripe_id="acct_left", now=payday.now)

    assert not account_of(ben()).is_usable
    assert state() == "restricted"


def test_stripe_not_answering_changes_nothing(payday: Payday, settings: Any):
    before = account_of(payday.creator())
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(ProviderFailed):
        onboarding.refresh(stripe_id=str(before.stripe_id), now=payday.now + timedelta(hours=1))

    assert account_of(ben()).checked_at == before.checked_at


def test_the_first_bank_account_is_no_reason_to_warn(payday: Payday):
    assert account_of(payday.creator()).bank_account_replaced_at is None
    assert Message.objects.count() == 0


def test_another_bank_account_is_told_to_the_creator_and_remembered(payday: Payday):
    payday.creator()
    payday.change_bank(ben())

    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)

    assert account_of(ben()).bank_account_replaced_at == payday.now
    assert Message.objects.get(user=ben()).subject == "Your payouts go to another bank account"


def test_every_change_there_and_back_is_told_and_held_anew(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    account = account_of(payday.creator())
    read, banks = stripe.connected_account, ["ba_b", str(account.bank_account_id), "ba_b"]
    for number, bank in enumerate(banks, start=1):
        now = payday.now + timedelta(days=number)
        with monkeypatch.context() as changed:
            changed.setattr(
                stripe, "connected_account", lambda id_, bank=bank: replace(read(id_), bank_account_id=bank)
            )
            onboarding.refresh_creator(creator_id=account.creator_id, now=now)
            onboarding.refresh_creator(creator_id=account.creator_id, now=now + timedelta(hours=1))

        assert Message.objects.filter(user=account.creator).count() == number
        assert account_of(ben()).bank_account_replaced_at == now


def test_the_bank_account_is_that_of_the_currency_the_money_is_kept_in(payday: Payday):
    account = account_of(payday.creator())
    headers = {"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"}
    address = f"{payday.world.url}/stripe/v1/accounts/{account.stripe_id}/external_accounts"

    def add(country: str, currency: str, **number: str) -> str:
        bank = {"object": "bank_account", "country": country, "currency": currency, **number}
        data = {f"external_account[{name}]": value for name, value in bank.items()} | {"default_for_currency": "true"}
        return str(payday.world.http.post(address, data=data, headers=headers).raise_for_status().json()["id"])

    # So that the one for euros is the first in Stripe's list, and both are defaults of their currency.
    euros = add("DE", "eur", account_number="DE89370400440532013000")
    dollars = add("US", "usd", account_number="000123456789", routing_number="110000000")
    payday.world.http.delete(f"{address}/{account.bank_account_id}", headers=headers).raise_for_status()
    shown = payday.world.http.get(address, headers=headers).json()["data"]
    assert dollars != euros
    assert {bank["id"] for bank in shown} == {euros, dollars}

    onboarding.refresh_creator(creator_id=account.creator_id, now=payday.now)

    assert account_of(ben()).bank_account_id == dollars


def test_who_never_began_has_not_started(payday: Payday):
    assert queries.onboarding_of(creator_id=a_user("Nova").id).state == "not_started"
