"""Deposits against the pretend Stripe: credited once, when it is paid, with what was received."""

import secrets
from typing import Any

import pytest
from django.db import DatabaseError, connection

from cliphaven.campaigns import queries
from cliphaven.campaigns.models import Deposit
from cliphaven.campaigns.operations import wallet
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.identity.models import Organisation
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from cliphaven.providers import stripe
from cliphaven.providers.stripe import deposits as adapter
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_user
from tests.rooms.campaigns.conftest import BACK, balance

AMOUNT = 250_00
FEE = AMOUNT * 29 // 1000 + 30  # 2.9 % and 30 cents


@pytest.mark.django_db
def test_a_card_payment_is_one_deposit_and_its_fee_is_ours(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)
    deposit = sponsor.looks(started)

    assert (deposit.state, deposit.settled_at) == ("paid", sponsor.world.now())
    assert sponsor.free() == AMOUNT
    assert sponsor.kept_by_stripe(started) == FEE
    assert balance(AccountKind.PLATFORM_PROCESSING) == FEE
    assert balance(AccountKind.STRIPE_BALANCE) == AMOUNT - FEE


@pytest.mark.django_db
def test_the_books_name_the_payment(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)
    deposit = sponsor.looks(started)

    account = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=sponsor.organisation.id, currency="USD")
    [line] = books.statement(account)
    assert (line.kind_name, line.external_id) == ("deposit", deposit.payment_intent_id)
    assert line.actor == f"user:{a_user('Ada').id}"


@pytest.mark.django_db
def test_looking_again_books_nothing_again(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)
    first = sponsor.looks(started).settled_at
    sponsor.world.advance(hours=2)

    assert sponsor.looks(started).settled_at == first
    assert (sponsor.free(), balance(AccountKind.PLATFORM_PROCESSING)) == (AMOUNT, FEE)


def test_twenty_looks_at_once_book_one_deposit(committed, sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)

    answers = at_once(lambda _: sponsor.looks(started).state)

    assert answers == {"paid": 20}
    assert (sponsor.free(), balance(AccountKind.PLATFORM_PROCESSING)) == (AMOUNT, FEE)


@pytest.mark.django_db
def test_a_page_that_nobody_paid_on_is_no_money(sponsor):
    assert sponsor.looks(sponsor.opens(AMOUNT)).state == "started"
    assert sponsor.free() == 0


@pytest.mark.django_db
def test_after_a_declined_card_the_page_waits_for_another(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started, "decline")
    assert (sponsor.looks(started).state, sponsor.free()) == ("started", 0)

    sponsor.pays(started)
    assert (sponsor.looks(started).state, sponsor.free()) == ("paid", AMOUNT)


@pytest.mark.django_db
def test_a_page_expires_after_a_day(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.world.advance(hours=25)

    deposit = sponsor.looks(started)
    assert (deposit.state, deposit.settled_at) == ("expired", sponsor.world.now())
    assert sponsor.free() == 0


@pytest.mark.django_db
def test_a_complete_bank_debit_is_not_paid_until_the_money_comes(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started, "bank")
    assert (sponsor.looks(started).state, sponsor.free()) == ("processing", 0)

    sponsor.world.advance(days=6)
    assert (sponsor.looks(started).state, sponsor.free()) == ("paid", AMOUNT)


@pytest.mark.django_db
def test_a_bank_debit_that_bounces_is_failed_and_stays_failed(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started, "bank_bounces")
    assert sponsor.looks(started).state == "processing"

    sponsor.world.advance(days=6)
    assert [sponsor.looks(started).state for _ in range(2)] == ["failed", "failed"]
    assert sponsor.free() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("amount_minor", [0, 1, 499, 100_000_000, 10**14, -500])
def test_an_amount_out_of_bounds_opens_no_page(sponsor, amount_minor):
    with pytest.raises(wallet.DepositRefused):
        sponsor.opens(amount_minor)
    assert Deposit.objects.count() == 0


@pytest.mark.django_db
def test_a_currency_without_books_opens_no_page(sponsor):
    with pytest.raises(wallet.DepositRefused):
        wallet.start_deposit(
            organisation_id=sponsor.organisation.id,
            user_id=a_user("Ada").id,
            amount_minor=AMOUNT,
            currency="XXX",
            return_url=BACK,
            now=MONDAY,
        )


@pytest.mark.django_db
def test_the_row_stands_before_stripe_is_asked(sponsor):
    sponsor.world.fault("stripe", "error_500", path_prefix="v1/checkout", times=9)

    with pytest.raises(ProviderFailed):
        sponsor.opens(AMOUNT)
    deposit = Deposit.objects.get()
    assert (deposit.state, deposit.amount_minor, deposit.checkout_session_id) == ("started", AMOUNT, None)


@pytest.mark.django_db
def test_a_payment_is_found_though_we_forgot_which_page_it_was(sponsor):
    started = sponsor.opens(AMOUNT)
    session_id = Deposit.objects.get().checkout_session_id
    Deposit.objects.update(checkout_session_id=None)  # killed before it was written down
    sponsor.pays(started)

    wallet.settle_deposit(checkout_session_id=session_id, now=sponsor.world.now())
    assert (sponsor.state(started), sponsor.free()) == ("paid", AMOUNT)


@pytest.mark.django_db
def test_a_payment_of_somebody_else_in_the_same_stripe_account_is_not_ours(sponsor):
    ours = sponsor.opens(AMOUNT)
    theirs = stripe.create_checkout(
        deposit_id=ours.deposit_id,  # they number theirs, too
        amount_minor=999_00,
        currency="USD",
        description="Somebody else's shop",
        success_url=BACK,
        cancel_url=BACK,
        idempotency_key=secrets.token_hex(8),
    )
    sponsor.world.http.post(theirs.url, data={"method": "card", "card": "4242"})

    wallet.settle_deposit(checkout_session_id=theirs.session_id, now=sponsor.world.now())
    assert (sponsor.state(ours), sponsor.free()) == ("started", 0)


@pytest.mark.django_db
def test_payments_whose_news_never_came_are_found(sponsor):
    paid, bounced, open_ = sponsor.opens(AMOUNT), sponsor.opens(AMOUNT), sponsor.opens(AMOUNT)
    sponsor.pays(paid)
    sponsor.pays(bounced, "bank_bounces")
    wallet.settle_open_deposits(now=sponsor.world.now())
    assert [sponsor.state(one) for one in (paid, bounced, open_)] == ["paid", "processing", "started"]

    sponsor.world.advance(days=6)
    wallet.settle_open_deposits(now=sponsor.world.now())
    assert [sponsor.state(one) for one in (paid, bounced, open_)] == ["paid", "failed", "expired"]
    assert sponsor.free() == AMOUNT


@pytest.mark.django_db
def test_a_page_that_stripe_does_not_know_keeps_nobody_else_waiting(sponsor):
    lost, paid = sponsor.opens(AMOUNT), sponsor.opens(AMOUNT)
    Deposit.objects.filter(id=lost.deposit_id).update(checkout_session_id="cs_unheard_of")
    sponsor.pays(paid)

    wallet.settle_open_deposits(now=sponsor.world.now())
    assert (sponsor.state(paid), sponsor.free()) == ("paid", AMOUNT)


@pytest.mark.django_db
def test_while_stripe_is_silent_the_round_ends_at_once(sponsor, settings):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(ProviderFailed) as failure:
        wallet.settle_open_deposits(now=sponsor.world.now())
    assert failure.value.outcome is not Outcome.DEFINITE
    assert sponsor.state(started) == "started"


@pytest.mark.django_db
def test_another_organisations_deposit_is_left_alone(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)
    stranger = Organisation.objects.create(name="Eve Ltd", created_at=MONDAY)

    wallet.settle_own_deposit(deposit_id=started.deposit_id, organisation_id=stranger.id, now=sponsor.world.now())
    assert (sponsor.state(started), sponsor.free()) == ("started", 0)


@pytest.mark.django_db
def test_the_wallet_tells_what_is_free_and_what_is_under_way(sponsor):
    paid, waiting = sponsor.opens(AMOUNT), sponsor.opens(80_00)
    sponsor.pays(paid)
    sponsor.looks(paid)

    found = queries.wallet(organisation_id=sponsor.organisation.id, currency="USD")
    assert (found.balance_minor, found.in_campaigns_minor) == (AMOUNT, 0)
    assert [(deposit.id, deposit.state) for deposit in found.deposits] == [
        (waiting.deposit_id, "started"),
        (paid.deposit_id, "paid"),
    ]


def test_the_news_of_a_payment_credit_it_once_however_often_they_come(site, sponsor, run_jobs):
    started = sponsor.opens(AMOUNT)
    sponsor.world.fault("stripe", "webhook_twice")
    sponsor.pays(started)
    sponsor.world.settle()
    run_jobs()

    assert (sponsor.state(started), sponsor.free()) == ("paid", AMOUNT)


def test_the_news_of_a_bank_debit_credit_it_when_the_money_came(site, sponsor, run_jobs):
    good, bad = sponsor.opens(AMOUNT), sponsor.opens(AMOUNT)
    sponsor.pays(good, "bank")
    sponsor.pays(bad, "bank_bounces")
    sponsor.world.settle()
    run_jobs()
    assert [sponsor.state(good), sponsor.state(bad), sponsor.free()] == ["processing", "processing", 0]

    sponsor.world.advance(days=6)
    sponsor.world.settle()
    run_jobs()
    assert [sponsor.state(good), sponsor.state(bad), sponsor.free()] == ["paid", "failed", AMOUNT]


def test_the_schedules_task_finds_a_payment_whose_news_never_came(committed, sponsor, run_jobs):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)
    jobs.defer("campaigns.settle_deposits")
    run_jobs()

    assert (sponsor.state(started), sponsor.free()) == ("paid", AMOUNT)


def a_payment(**changes: Any) -> stripe.Payment:
    """What Stripe tells of a payment that arrived."""
    told: dict[str, Any] = {
        "payment_intent_id": "pi_told",
        "amount_received_minor": AMOUNT,
        "currency": "USD",
        "charge_id": "ch_told",
        "fee_minor": FEE,
        "booked_currency": "USD",
        "balance_transaction_id": "txn_told",
    }
    return stripe.Payment(**{**told, **changes})


@pytest.mark.django_db
def test_what_was_received_is_credited_and_not_what_was_asked_for(sponsor):
    started = sponsor.opens(AMOUNT)
    wallet.take_in(deposit_id=started.deposit_id, payment=a_payment(amount_received_minor=200_00), now=MONDAY)

    deposit = Deposit.objects.get()
    assert (sponsor.free(), deposit.received_minor, deposit.charge_id) == (200_00, 200_00, "ch_told")


@pytest.mark.django_db
@pytest.mark.parametrize("converted", [{"booked_currency": "EUR"}, {"currency": "EUR", "booked_currency": "EUR"}])
def test_a_payment_that_stripe_converted_waits_for_a_person_and_no_fee_is_booked(sponsor, caplog, converted):
    started = sponsor.opens(AMOUNT)
    wallet.take_in(deposit_id=started.deposit_id, payment=a_payment(**converted), now=MONDAY)

    deposit = Deposit.objects.get()
    assert (deposit.state, deposit.settled_at, sponsor.free()) == ("needs_review", None, 0)
    assert "EUR" in deposit.review_reason
    assert "needs a person" in caplog.text
    assert balance(AccountKind.PLATFORM_PROCESSING) == balance(AccountKind.PLATFORM_PROCESSING, currency="EUR") == 0


@pytest.mark.django_db
def test_a_payment_that_waits_for_a_person_is_not_closed_by_other_news(sponsor):
    started = sponsor.opens(AMOUNT)
    wallet.take_in(deposit_id=started.deposit_id, payment=a_payment(booked_currency="EUR"), now=MONDAY)
    sponsor.world.advance(hours=25)

    assert sponsor.looks(started).state == "needs_review"


@pytest.mark.django_db
def test_a_fee_that_stripe_gives_back_is_booked_as_that(sponsor):
    started = sponsor.opens(AMOUNT)
    wallet.take_in(deposit_id=started.deposit_id, payment=a_payment(fee_minor=-7), now=MONDAY)

    assert balance(AccountKind.PLATFORM_PROCESSING) == -7
    assert balance(AccountKind.STRIPE_BALANCE) == AMOUNT + 7


def test_a_payment_that_stripe_has_not_booked_yet_is_asked_for_again():
    intent = {
        "id": "pi_1",
        "status": "succeeded",
        "amount_received": AMOUNT,
        "currency": "usd",
        "latest_charge": {"id": "ch_1", "balance_transaction": None},
    }
    session = {"id": "cs_1", "status": "complete", "payment_status": "paid", "payment_intent": intent}

    with pytest.raises(ProviderFailed) as failure:
        adapter._checkout_facts(session)
    assert (failure.value.outcome, failure.value.code) == (Outcome.NOT_EXECUTED, "not_booked_yet")


@pytest.mark.django_db
def test_a_payment_is_found_by_its_payment_intent_and_by_its_charge(sponsor):
    by_intent, by_charge = sponsor.opens(AMOUNT), sponsor.opens(AMOUNT)
    payments = []
    for started in (by_intent, by_charge):
        sponsor.pays(started)
        session_id = Deposit.objects.get(id=started.deposit_id).checkout_session_id
        payments.append(stripe.checkout(str(session_id)).payment)
    now = sponsor.world.now()

    assert wallet.settle_payment(payment_intent_id=payments[0].payment_intent_id, now=now) == by_intent.deposit_id
    assert wallet.settle_charge(charge_id=payments[1].charge_id, now=now) == by_charge.deposit_id
    assert [sponsor.state(one) for one in (by_intent, by_charge)] == ["paid", "paid"]


@pytest.mark.django_db
def test_each_currency_is_paid_in_its_own_books(sponsor):
    sponsor.paid(12_345, currency="JPY")
    sponsor.paid(AMOUNT, currency="EUR")

    wallets = {
        currency: balance(AccountKind.SPONSOR_WALLET, sponsor.organisation.id, currency=currency)
        for currency in ("USD", "EUR", "JPY")
    }
    assert wallets == {"USD": 0, "EUR": AMOUNT, "JPY": 12_345}


@pytest.mark.django_db
def test_a_page_that_stripe_does_not_know_a_day_later_is_over(sponsor):
    lost = sponsor.opens(AMOUNT)
    Deposit.objects.update(checkout_session_id="cs_unheard_of")
    wallet.settle_open_deposits(now=sponsor.world.now())
    assert sponsor.state(lost) == "started"
    sponsor.world.advance(hours=25)
    wallet.settle_open_deposits(now=sponsor.world.now())

    assert sponsor.state(lost) == "expired"


@pytest.mark.django_db
def test_a_payment_under_way_whose_page_stripe_no_longer_knows_is_for_a_person(sponsor):
    lost = sponsor.opens(AMOUNT)
    Deposit.objects.update(checkout_session_id="cs_unheard_of", state="processing")
    sponsor.world.advance(hours=25)
    wallet.settle_open_deposits(now=sponsor.world.now())

    assert (sponsor.state(lost), "no longer knows" in Deposit.objects.get().review_reason) == ("needs_review", True)


@pytest.mark.django_db
def test_those_that_were_not_asked_about_the_longest_are_asked_about_first(sponsor, monkeypatch):
    monkeypatch.setattr(wallet, "SETTLED_AT_ONCE_MAX", 2)
    waiting = [sponsor.opens(AMOUNT) for _ in range(2)]
    paid = sponsor.opens(AMOUNT)
    sponsor.pays(paid)
    wallet.settle_open_deposits(now=sponsor.world.now())
    assert sponsor.state(paid) == "started"
    sponsor.world.advance(minutes=10)
    wallet.settle_open_deposits(now=sponsor.world.now())

    assert [sponsor.state(one) for one in (*waiting, paid)] == ["started", "started", "paid"]


@pytest.mark.django_db
def test_a_deposit_whose_page_was_never_opened_expires_and_is_paid_if_it_was_after_all(sponsor):
    started = sponsor.opens(AMOUNT)
    session_id = Deposit.objects.get().checkout_session_id
    Deposit.objects.update(checkout_session_id=None)  # killed before it was written down
    sponsor.pays(started)
    sponsor.world.advance(hours=24)
    wallet.settle_open_deposits(now=sponsor.world.now())
    assert sponsor.state(started) == "started"
    sponsor.world.advance(hours=1)
    wallet.settle_open_deposits(now=sponsor.world.now())
    assert (sponsor.state(started), Deposit.objects.get().settled_at) == ("expired", sponsor.world.now())

    wallet.settle_deposit(checkout_session_id=session_id, now=sponsor.world.now())
    assert (sponsor.state(started), sponsor.free()) == ("paid", AMOUNT)


@pytest.mark.django_db
def test_a_page_of_somebody_else_is_not_taken_for_one_that_we_forgot(sponsor):
    ours = sponsor.opens(AMOUNT)
    Deposit.objects.update(checkout_session_id=None)
    theirs = stripe.create_checkout(
        deposit_id=ours.deposit_id,  # they number theirs, too
        amount_minor=999_00,
        currency="USD",
        description="Somebody else's shop",
        success_url=BACK,
        cancel_url=BACK,
        idempotency_key=secrets.token_hex(8),
    )
    sponsor.world.http.post(theirs.url, data={"method": "card", "card": "4242"})
    wallet.settle_deposit(checkout_session_id=theirs.session_id, now=sponsor.world.now())

    assert (sponsor.state(ours), sponsor.free()) == ("started", 0)


@pytest.mark.django_db
def test_a_payment_that_the_books_refuse_is_for_a_person_and_keeps_nobody_else_waiting(sponsor):
    nothing, paid = sponsor.opens(AMOUNT), sponsor.opens(AMOUNT)
    wallet.take_in(deposit_id=nothing.deposit_id, payment=a_payment(amount_received_minor=0), now=MONDAY)
    sponsor.pays(paid)
    wallet.settle_open_deposits(now=sponsor.world.now())

    assert [sponsor.state(one) for one in (nothing, paid)] == ["needs_review", "paid"]
    assert "the books refuse it" in Deposit.objects.get(id=nothing.deposit_id).review_reason


BREAKS = """
create function breaks() returns trigger language plpgsql as $$ begin raise exception 'odd'; end $$;
create trigger odd before update of state on campaigns_deposit
    for each row when (new.state = 'paid' and new.id = {odd}) execute function breaks();
"""


@pytest.mark.django_db
def test_whatever_is_odd_about_a_payment_keeps_nobody_else_waiting_and_is_told_at_the_end(sponsor):
    odd, paid = sponsor.opens(AMOUNT), sponsor.opens(AMOUNT)
    for one in (odd, paid):
        sponsor.pays(one)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(BREAKS.format(odd=odd.deposit_id))
    with pytest.raises(DatabaseError, match="odd"):
        wallet.settle_open_deposits(now=sponsor.world.now())

    assert [sponsor.state(one) for one in (odd, paid)] == ["started", "paid"]
    assert Deposit.objects.get(id=odd.deposit_id).read_at == sponsor.world.now()


@pytest.mark.parametrize(
    ("failure", "is_silence"),
    [
        ({"outcome": Outcome.UNKNOWN, "code": "APIConnectionError"}, True),
        ({"outcome": Outcome.UNKNOWN, "code": "unreadable_answer"}, False),  # somebody did answer
        ({"outcome": Outcome.UNKNOWN, "code": "api_error", "status": 500}, False),
        ({"outcome": Outcome.NOT_EXECUTED, "code": "not_booked_yet"}, False),
    ],
)
def test_only_when_nobody_answers_the_others_would_wait_in_vain(failure, is_silence):
    assert ProviderFailed("Stripe failed", **failure).is_silence is is_silence
