"""Dollars, euros and yen side by side: one sponsor, one creator, and three sets of books that never touch."""

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.backoffice.models import ReconciliationRun
from cliphaven.backoffice.operations import reconciliation
from cliphaven.campaigns.models import Campaign, Deposit
from cliphaven.campaigns.operations import campaigns, wallet
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.clips import queries as clips
from cliphaven.earnings.queries import overviews
from cliphaven.foundation.errors import Refused
from cliphaven.identity.models import User
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from cliphaven.payouts.models import BankPayout, Skip, SkipReason, Transfer
from cliphaven.payouts.operations import onboarding
from cliphaven.payouts.rules import BankPayoutState
from cliphaven.providers import stripe
from tests.people import a_user, adas_organisation, ben
from tests.rooms.payouts.conftest import CPM_MINOR, Payday, bank_of

PAID_IN = {"USD": 200_00, "EUR": 180_00, "JPY": 30_000}
BUDGET = {"USD": 100_00, "EUR": 90_00, "JPY": 15_000}
GROSS = {"USD": 20_00, "EUR": 30_00, "JPY": 4_321}  # one minor unit a view: 2,000, 3,000 and 4,321 views
CREATOR_GETS = {"USD": 18_00, "EUR": 27_00, "JPY": 3_889}  # less 10 %, which is 432 of the yen
CURRENCIES = tuple(PAID_IN)


def paid_in(payday: Payday, currency: str) -> None:
    """Ada pays into her wallet."""
    started = wallet.start_deposit(
        organisation_id=adas_organisation().id,
        user_id=a_user("Ada").id,
        amount_minor=PAID_IN[currency],
        currency=currency,
        return_url="http://127.0.0.1:1/",
        now=payday.now,
    )
    payday.world.http.post(started.pay_url, data={"method": "card", "card": "0077"})
    session_id = Deposit.objects.get(id=started.deposit_id).checkout_session_id
    wallet.settle_deposit(checkout_session_id=str(session_id), now=payday.now)


def opened(payday: Payday, currency: str) -> Campaign:
    """Ada's campaign in this currency, funded and active."""
    organisation = adas_organisation()
    campaign_id = campaigns.create_campaign(
        organisation_id=organisation.id,
        title=f"Trail shoes, {currency}",
        brief="Show the sole.",
        currency=currency,
        starts_on=payday.now.date(),
        ends_on=None,
        terms=TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=0),
        now=payday.now,
    )
    campaigns.fund_campaign(
        campaign_id=campaign_id,
        organisation_id=organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=BUDGET[currency],
        request_key=f"first-{currency}",
        now=payday.now,
    )
    campaigns.activate_campaign(campaign_id=campaign_id, organisation_id=organisation.id, now=payday.now)
    return Campaign.objects.get(id=campaign_id)


def earned(payday: Payday, creator: User) -> None:
    """Three payments, three campaigns, and what the creator's views are worth in each, cleared."""
    for currency in CURRENCIES:
        paid_in(payday, currency)
        payday.owe(creator, GROSS[currency], campaign=opened(payday, currency))


def creator_with_banks(payday: Payday, *currencies: str) -> User:
    """Ben, with bank accounts for these currencies besides dollars, given days ago."""
    creator = payday.creator()
    for currency in currencies:
        payday.add_bank(creator, currency=currency)
    onboarding.refresh_creator(creator_id=creator.id, now=payday.now)
    payday.advance(days=7)
    return creator


def run_payday(payday: Payday) -> None:
    """This week's batch through both phases, and the days that banks take."""
    batch = payday.plan()
    for transfer in Transfer.objects.filter(batch=batch):
        payday.send(transfer)
    for payout in BankPayout.objects.filter(batch=batch):
        payday.pay_out(payout)
    payday.advance(days=4)
    for payout in BankPayout.objects.filter(batch=batch):
        payday.settle(payout)


def of(kind: AccountKind, currency: str, owner_id: int | None = None) -> int:
    return books.balance(Account(kind=kind, owner_id=owner_id, currency=currency))


def available(connected_account: str) -> dict[str, int]:
    found = stripe.balance(connected_account)
    return {currency: balance.available_minor for currency, balance in found.items() if balance.available_minor}


@pytest.mark.django_db
def test_three_currencies_go_all_the_way_beside_each_other(own_payday: Payday):
    creator = creator_with_banks(own_payday, "EUR", "JPY")
    earned(own_payday, creator)
    run_payday(own_payday)

    paid = {payout.currency: (payout.amount_minor, payout.state) for payout in BankPayout.objects.all()}
    assert paid == {currency: (CREATOR_GETS[currency], BankPayoutState.PAID) for currency in CURRENCIES}
    for currency in CURRENCIES:
        own_fee = GROSS[currency] - CREATOR_GETS[currency]
        stripes_fee = of(AccountKind.PLATFORM_PROCESSING, currency)
        assert of(AccountKind.SPONSOR_WALLET, currency, adas_organisation().id) == PAID_IN[currency] - BUDGET[currency]
        assert of(AccountKind.PLATFORM_FEES, currency) == own_fee
        assert stripes_fee > 0
        assert of(AccountKind.STRIPE_BALANCE, currency) == PAID_IN[currency] - stripes_fee - CREATOR_GETS[currency]
        assert of(AccountKind.STRIPE_CONNECTED, currency, creator.id) == 0
    assert available(Transfer.objects.filter(currency="JPY").get().destination) == {}


@pytest.mark.django_db
def test_each_currencys_books_balance_by_themselves(own_payday: Payday):
    earned(own_payday, creator_with_banks(own_payday, "EUR", "JPY"))
    run_payday(own_payday)

    assert books.trial_balance().difference_minor == dict.fromkeys(CURRENCIES, 0)
    assert [check for check in books.verify() if check.failures] == []
    run = ReconciliationRun.objects.get(id=reconciliation.reconcile(now=own_payday.now))
    assert list(run.lines.values_list("account", "currency", "what")) == []
    assert {figure["currency"] for figure in run.figures} == set(CURRENCIES)


@pytest.mark.django_db
def test_money_of_one_currency_funds_no_campaign_of_another(own_payday: Payday):
    paid_in(own_payday, "USD")

    with pytest.raises(Refused):
        opened(own_payday, "JPY")
    assert of(AccountKind.SPONSOR_WALLET, "USD", adas_organisation().id) == PAID_IN["USD"]


@pytest.mark.django_db
def test_what_has_no_bank_account_waits_until_it_has_one(own_payday: Payday):
    creator = creator_with_banks(own_payday, "JPY")
    earned(own_payday, creator)
    run_payday(own_payday)

    assert {transfer.currency for transfer in Transfer.objects.all()} == {"USD", "JPY"}
    skip = Skip.objects.get()
    assert (skip.currency, skip.amount_minor, skip.reason) == ("EUR", CREATOR_GETS["EUR"], SkipReason.NO_BANK_ACCOUNT)

    own_payday.add_bank(creator, currency="EUR")
    onboarding.refresh_creator(creator_id=creator.id, now=own_payday.now)
    own_payday.advance(days=7)
    run_payday(own_payday)

    assert BankPayout.objects.get(currency="EUR").state == BankPayoutState.PAID
    assert BankPayout.objects.get(currency="EUR").bank_account_id == bank_of(creator, "EUR").stripe_id


@pytest.mark.django_db
def test_a_bank_account_that_goes_before_its_transfer_keeps_the_money_here(own_payday: Payday):
    """Stripe would convert it into the account's own currency, and the books would know nothing of that."""
    creator = creator_with_banks(own_payday, "EUR", "JPY")
    earned(own_payday, creator)
    batch = own_payday.plan()
    bank_of(creator, "EUR").delete()
    transfer = own_payday.send(Transfer.objects.get(batch=batch, currency="EUR"))

    assert (transfer.state, transfer.stripe_id) == ("released", None)
    assert of(AccountKind.CREATOR_PAYABLE, "EUR", creator.id) == CREATOR_GETS["EUR"]


@pytest.mark.django_db
def test_the_pages_show_each_currency_with_its_sign(own_payday: Payday):
    earned(own_payday, creator_with_banks(own_payday, "EUR", "JPY"))
    ada, bens = Client(), Client()
    ada.force_login(a_user("Ada"))
    bens.force_login(ben())

    homes = ada.get(reverse("sponsor_home")).content.decode(), bens.get(reverse("creator_home")).content.decode()
    for left, owed in (("$100.00", "$18.00"), ("€90.00", "€27.00"), ("¥15,000", "¥3,889")):
        assert left in homes[0]
        assert owed in homes[1]
    lines = {
        (clip.currency, clip.earned_minor) for clip in overviews.clip_lines(clips.creator_clips(creator_id=ben().id))
    }
    assert lines == set(CREATOR_GETS.items())


@pytest.mark.django_db
def test_a_wallet_in_yen_is_topped_up_and_shown_in_yen(own_payday: Payday):
    paid_in(own_payday, "JPY")
    ada = Client()
    ada.force_login(a_user("Ada"))

    shown = ada.get(reverse("wallet")).content.decode()
    assert "¥30,000" in shown
    refused = ada.post(reverse("wallet_top_up"), {"currency": "JPY", "amount": "1000.50"})
    assert (refused.status_code, "Write the amount in JPY like 1234" in refused.content.decode()) == (422, True)
    went_on = ada.post(reverse("wallet_top_up"), {"currency": "JPY", "amount": "1000"})
    assert (went_on.status_code, Deposit.objects.latest("id").amount_minor) == (302, 1_000)


@pytest.mark.django_db
def test_a_campaign_is_made_funded_and_closed_in_its_own_currency(own_payday: Payday):
    paid_in(own_payday, "JPY")
    ada = Client()
    ada.force_login(a_user("Ada"))
    draft = {
        "title": "Night train",
        "brief": "Show the window.",
        "currency": "JPY",
        "rate_tiktok": "150",
        "budget": "20000",
        "starts_on": own_payday.now.date().isoformat(),
        "review_hours": "48",
        "hold_days": "7",
    }

    made = ada.post(reverse("campaign_create"), draft, follow=True).content.decode()
    campaign = Campaign.objects.get()
    assert campaign.currency == "JPY"
    assert 'value="20000"' in made
    key = {"request_key": "a-key-of-this-form"}
    funded = ada.post(reverse("campaign_fund", args=[campaign.id]), {"amount": "20000", **key}, follow=True)
    assert "¥20,000 is set aside" in funded.content.decode()
    back = ada.post(reverse("campaign_defund", args=[campaign.id]), {"amount": "5000.5", **key}, follow=True)
    assert "Write the amount in JPY like 1234" in back.content.decode()
