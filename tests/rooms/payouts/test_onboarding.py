"""Setting up payouts: one account a creator, read again whenever it matters, careful with new bank accounts."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.fraud.models import Trait
from cliphaven.fraud.queries import links
from cliphaven.identity.models import User
from cliphaven.notifications.models import Message
from cliphaven.payouts import queries
from cliphaven.payouts.models import BankPayout, ConnectedAccount, FormerAccount, Transfer
from cliphaven.payouts.operations import onboarding
from cliphaven.payouts.queries import mirrors
from cliphaven.providers import stripe
from tests.people import a_user, ben
from tests.rooms.payouts.conftest import BACK, GOOD_BANK, Payday, account_of, bank_of

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

    assert (account.is_usable, bank_of(ben()).name, state()) == (True, "STRIPE TEST BANK ending 6789", "ready")
    assert "/express/" in start(payday)


def test_people_who_are_paid_to_one_bank_account_are_bound_and_its_fingerprint_is_kept_nowhere(payday: Payday):
    payday.creator()
    payday.creator("Gus")

    assert links.linked_people(ben().id) == {a_user("Gus").id: ["payout_account"]}
    assert {len(bytes(trait.digest)) for trait in Trait.objects.all()} == {32}


def test_somebody_elses_account_is_left_alone(payday: Payday):
    onboarding.refresh(stripe_id="acct_stranger", now=payday.now)

    assert ConnectedAccount.objects.count() == 0


def test_an_account_that_left_cannot_be_paid(payday: Payday):
    payday.creator()
    ConnectedAccount.objects.update(stripe_id="acct_left")

    onboarding.refresh(stripe_id="acct_left", now=payday.now)

    assert not account_of(ben()).is_usable
    told = queries.onboarding_of(creator_id=ben().id)
    assert (told.state, list(told.missing)) == (
        "restricted",
        ["A new set-up: your account with Stripe is no longer connected to us"],
    )


def test_stripe_not_answering_changes_nothing(payday: Payday, settings: Any):
    before = account_of(payday.creator())
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(ProviderFailed):
        onboarding.refresh(stripe_id=str(before.stripe_id), now=payday.now + timedelta(hours=1))

    assert account_of(ben()).checked_at == before.checked_at


def test_the_first_bank_account_is_no_reason_to_warn(payday: Payday):
    assert bank_of(payday.creator()).changed_at is None
    assert [message.subject for message in Message.objects.all()] == ["Your payouts are set up"]


def test_another_bank_account_is_told_to_the_creator_and_remembered(payday: Payday):
    payday.creator()
    payday.change_bank(ben())

    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)

    assert bank_of(ben()).changed_at == payday.now
    assert Message.objects.filter(user=ben()).last().subject == "Your payouts go to another bank account"


def with_bank(facts: stripe.ConnectedAccountFacts, stripe_id: str) -> stripe.ConnectedAccountFacts:
    return replace(facts, bank_accounts=(replace(facts.bank_accounts[0], stripe_id=stripe_id),))


def test_every_change_there_and_back_is_told_and_held_anew(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    account = account_of(payday.creator())
    read, banks = stripe.connected_account, ["ba_b", bank_of(ben()).stripe_id, "ba_b"]
    for number, bank in enumerate(banks, start=1):
        now = payday.now + timedelta(days=number)
        with monkeypatch.context() as changed:
            changed.setattr(stripe, "connected_account", lambda id_, bank=bank: with_bank(read(id_), bank))
            onboarding.refresh_creator(creator_id=account.creator_id, now=now)
            onboarding.refresh_creator(creator_id=account.creator_id, now=now + timedelta(hours=1))

        assert Message.objects.filter(user=account.creator, subject__contains="another").count() == number
        assert bank_of(ben()).changed_at == now


def test_every_currency_has_a_bank_account_of_its_own_wherever_it_stands_in_the_list(payday: Payday):
    dollars = bank_of(payday.creator()).stripe_id
    payday.add_bank(ben(), currency="EUR")
    payday.change_bank(ben())  # the one for euros is the older now

    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)

    assert {bank_of(ben(), "EUR").works, bank_of(ben(), "USD").works} == {True}
    assert len({dollars, bank_of(ben(), "USD").stripe_id, bank_of(ben(), "EUR").stripe_id}) == 3


def test_a_bank_account_for_one_more_currency_is_told_and_held_like_another_one(payday: Payday):
    payday.creator()
    payday.add_bank(ben(), currency="EUR")

    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)

    assert (bank_of(ben(), "EUR").changed_at, bank_of(ben(), "USD").changed_at) == (payday.now, None)
    assert "for payouts in EUR was changed" in Message.objects.filter(user=ben()).last().text


def test_a_bank_account_that_stripe_has_no_more_is_not_paid(payday: Payday):
    account = account_of(payday.creator())
    payday.add_bank(ben(), currency="EUR")
    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)
    euros = bank_of(ben(), "EUR").stripe_id
    payday.world.http.delete(
        f"{payday.world.url}/stripe/v1/accounts/{account.stripe_id}/external_accounts/{euros}",
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    ).raise_for_status()

    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)

    assert (account_of(ben()).bank_for("EUR"), account_of(ben()).is_usable) == (None, True)


def test_who_never_began_has_not_started(payday: Payday):
    assert queries.onboarding_of(creator_id=a_user("Nova").id).state == "not_started"


def leaves(payday: Payday, stripe_id: str | None) -> None:
    """The account is closed, and Stripe lets nobody of us in any more."""
    payday.world.http.delete(
        f"{payday.world.url}/stripe/v1/accounts/{stripe_id}",
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    ).raise_for_status()


def is_set_up_again(payday: Payday) -> None:
    """Ben presses the button, and gives Stripe a bank account."""
    payday.world.http.post(start(payday), data={"action": "complete", "bank_number": GOOD_BANK})
    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)


def test_a_creator_whose_account_left_gets_another_one_and_is_paid_there(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    payday.settle(payout)
    former = payout.connected_account
    leaves(payday, former)
    onboarding.refresh(stripe_id=former, now=payday.now)
    assert state() == "restricted"

    assert "/onboard/" in start(payday)
    assert state() == "incomplete"
    is_set_up_again(payday)

    account = account_of(ben())
    assert (account.is_usable, account.stripe_id != former, state()) == (True, True, "ready")
    assert mirrors.owners() == {former: ben().id, str(account.stripe_id): ben().id}
    assert Message.objects.filter(user=ben(), subject="Your payouts go to another bank account").count() == 1
    payday.platform_receives(60_00)
    payday.owe(ben(), 30_00)
    payday.advance(days=7)
    transfer = Transfer.objects.get(batch=payday.plan())
    assert (payday.send(transfer).state, transfer.destination) == ("sent", account.stripe_id)
    following = payday.pay_out(BankPayout.objects.get(batch=transfer.batch))
    assert (following.state, following.connected_account) == ("pending", account.stripe_id)
    payday.advance(days=5)
    assert payday.settle(following).state == "paid"


def test_the_bank_account_of_the_next_account_is_held_like_a_changed_one(payday: Payday):
    payday.creator()
    leaves(payday, account_of(ben()).stripe_id)

    is_set_up_again(payday)

    assert bank_of(ben()).changed_at == payday.now


def test_accounts_that_leave_one_after_the_other_all_stay_known(payday: Payday):
    payday.creator()
    had = []
    for _ in range(2):
        had.append(account_of(ben()).stripe_id)
        leaves(payday, had[-1])
        start(payday)

    assert [account.stripe_id for account in FormerAccount.objects.order_by("id")] == had
    assert account_of(ben()).stripe_id not in had


def test_where_all_accounts_seem_to_have_left_it_is_our_key_and_nobody_gets_another_one(payday: Payday):
    payday.creator("Nova")
    payday.creator()
    for account in ConnectedAccount.objects.all():
        leaves(payday, account.stripe_id)

    with pytest.raises(ProviderFailed):
        start(payday)

    assert FormerAccount.objects.count() == 0


def test_an_account_that_is_only_silent_is_kept(payday: Payday):
    kept = account_of(payday.creator()).stripe_id
    payday.world.fault("stripe", "error_500", method="GET", path_prefix="v1/accounts", times=3)

    with pytest.raises(ProviderFailed):
        start(payday)

    assert (account_of(ben()).stripe_id, FormerAccount.objects.count()) == (kept, 0)


def test_another_address_after_a_lost_answer_is_no_dead_end(payday: Payday):
    creator = ben()
    payday.world.fault("stripe", "drop_after_effect", path_prefix="v1/accounts", times=3)
    with pytest.raises(ProviderFailed):
        start(payday)
    User.objects.filter(id=creator.id).update(email="ben@another.example")

    # Under the same key Stripe would refuse it for a day.
    assert "/onboard/" in onboarding.start(creator_id=creator.id, return_url=BACK, refresh_url=BACK, now=payday.now)
