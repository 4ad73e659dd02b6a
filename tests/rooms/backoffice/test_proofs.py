"""The invariants, asked by the clock: each breaks when its rule is broken, and staff hear of it once."""

from datetime import timedelta

import pytest
from django.db import connection

from cliphaven.backoffice.models import ProofRun, ReconciliationRun
from cliphaven.backoffice.operations import proofs as operations
from cliphaven.backoffice.operations import reconciliation
from cliphaven.backoffice.queries import proofs
from cliphaven.backoffice.queries.proofs import AFFORDABLE, EVERYTHING, Limits
from cliphaven.campaigns.models import Campaign, Deposit
from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.notifications.models import Message
from cliphaven.payouts.models import BankPayout, Transfer
from tests.people import MONDAY, a_campaign, adas_organisation, deposited, dot
from tests.rooms.backoffice.paid import paid_creator
from tests.rooms.payouts.conftest import CLOSED_BANK, Payday

# Larger books are proved by their sums and a sample.
AS_IF_LARGE = Limits(legs_max=0, rows_max=5_000, chains_max=25)


def broken(payday: Payday, *, limits: Limits = EVERYTHING) -> dict[str, str]:
    """The broken invariants and the first sentence of each."""
    return {check.name: check.failures[0] for check in proofs.checks(now=payday.now, limits=limits) if check.failures}


@own_transaction
def recorded(kind: EntryKind, external_id: str, debit: Account, credit: Account, amount_minor: int) -> None:
    leg = ledger.Leg(debit=debit, credit=credit, amount_minor=amount_minor)
    entry = ledger.Entry(kind=kind, external_id=external_id, legs=(leg,), occurred_at=MONDAY, cause="x", reason="x")
    ledger.record([entry])


def account(kind: AccountKind, owner_id: int | None = None) -> Account:
    return Account(kind=kind, owner_id=owner_id, currency="USD")


@pytest.mark.django_db
@pytest.mark.parametrize("limits", [EVERYTHING, AFFORDABLE, AS_IF_LARGE])
def test_a_house_in_business_breaks_nothing(own_payday: Payday, limits: Limits):
    payout = paid_creator(own_payday)
    assert broken(own_payday, limits=limits) == {}
    own_payday.advance(days=3)
    own_payday.settle(payout)
    assert broken(own_payday, limits=limits) == {}


@pytest.mark.django_db
def test_a_payout_that_came_back_breaks_nothing(own_payday: Payday):
    payout = paid_creator(own_payday, bank=CLOSED_BANK)
    own_payday.advance(days=2, hours=1)
    own_payday.settle(payout)
    own_payday.advance(days=2)
    own_payday.settle(payout)

    assert BankPayout.objects.get(id=payout.id).state == "returned"
    assert broken(own_payday) == {}


@pytest.mark.django_db
def test_everything_was_looked_at(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=3)
    own_payday.settle(payout)
    reconciliation.reconcile(now=own_payday.now)

    empty = [check.name for check in proofs.checks(now=own_payday.now) if not check.looked_at]
    assert "reserved money is what open transfers hold" in empty  # nothing is reserved any more
    assert not {
        "sent transfers are in the books, and no others",
        "payouts in banks are in the books, and no others",
        "nobody is sent more than they earned",
        "payouts are at most what was sent",
        "each payment is credited once",
        "the books agree with Stripe",
        "statements add up to balances",
    } & set(empty)


@pytest.mark.django_db
def test_a_transfer_in_the_books_without_a_row_is_told(own_payday: Payday):
    payout = paid_creator(own_payday)
    connected = account(AccountKind.STRIPE_CONNECTED, payout.creator_id)
    recorded(EntryKind.TRANSFER, "tr_stranger", connected, account(AccountKind.STRIPE_BALANCE), 1)

    assert broken(own_payday) == {
        "sent transfers are in the books, and no others": "the books have 2 such entries for 1 rows"
    }


@pytest.mark.django_db
def test_a_row_that_says_another_amount_than_the_books_is_told(own_payday: Payday):
    paid_creator(own_payday)
    Transfer.objects.update(amount_minor=17_99)
    found = broken(own_payday)

    transfer = Transfer.objects.get()
    assert found["sent transfers are in the books, and no others"] == f"{transfer.stripe_id} is not what the books say"
    assert found["money in transit is what no bank has"].endswith("the books have $18.00, our rows $17.99")
    assert "payouts are at most what was sent" in found


@pytest.mark.django_db
def test_money_set_aside_for_no_transfer_is_told(own_payday: Payday):
    payout = paid_creator(own_payday)
    whose = payout.creator_id
    recorded(
        EntryKind.TRANSFER_REVERSAL,
        "trr_stranger",
        account(AccountKind.CREATOR_IN_TRANSIT, whose),
        account(AccountKind.CREATOR_RESERVED, whose),
        1_00,
    )
    found = broken(own_payday)

    assert found["reserved money is what open transfers hold"] == (
        f"creator {whose}: the books have $1.00, our rows $0.00"
    )
    assert "transfers taken back are in the books, and no others" in found


@pytest.mark.django_db
def test_a_payout_that_the_books_do_not_have_is_told(own_payday: Payday):
    payout = paid_creator(own_payday)
    BankPayout.objects.filter(id=payout.id).update(state="paid", paid_at=own_payday.now)

    assert broken(own_payday)["payouts in banks are in the books, and no others"] == (
        f"{payout.stripe_id} is not what the books say"
    )


@pytest.mark.django_db
def test_a_payment_that_no_wallet_got_is_told(own_payday: Payday):
    paid_creator(own_payday)
    Deposit.objects.update(payment_intent_id="pi_elsewhere")

    assert "the payment pi_elsewhere is not in the books" in broken(own_payday)["each payment is credited once"]


@pytest.mark.django_db
def test_a_closed_campaign_with_money_left_is_told(own_payday: Payday):
    campaign = a_campaign(budget_minor=5_00)
    Campaign.objects.filter(id=campaign.id).update(state="closed")

    assert broken(own_payday) == {
        "closed campaigns have nothing left": f"campaign {campaign.id} is closed and still has $5.00"
    }


@pytest.mark.django_db
@pytest.mark.parametrize("limits", [EVERYTHING, AS_IF_LARGE])
def test_a_negative_balance_at_stripe_has_its_own_alarm(own_payday: Payday, limits: Limits):
    organisation = adas_organisation()
    deposited(organisation, 10_00)
    wallet = account(AccountKind.SPONSOR_WALLET, organisation.id)
    recorded(EntryKind.CHARGEBACK, "dp_1:txn_1", wallet, account(AccountKind.STRIPE_BALANCE), 10_00)
    recorded(
        EntryKind.PROCESSING_FEE,
        "txn_1",
        account(AccountKind.PLATFORM_PROCESSING),
        account(AccountKind.STRIPE_BALANCE),
        15_00,
    )
    found = broken(own_payday, limits=limits)

    assert list(found) == ["our balance at Stripe is not negative"]
    assert "stripe:balance is -$15.00" in found["our balance at Stripe is not negative"]


@pytest.mark.django_db
def test_large_books_too_say_when_an_account_is_below_zero(own_payday: Payday):
    a_campaign(budget_minor=5_00)
    with connection.cursor() as cursor:  # what the tables' owner can do after taking the guards away
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table ledger_leg disable trigger user")
        cursor.execute("update ledger_leg set amount = amount + 100 where kind = 3")
    found = broken(own_payday, limits=AS_IF_LARGE)

    assert "no guarded account is below zero" in found


@pytest.mark.django_db
def test_a_payout_that_is_on_its_way_for_more_than_a_week_is_told(own_payday: Payday):
    paid_creator(own_payday)
    own_payday.advance(days=7)
    assert "nothing is on its way for more than seven days" not in broken(own_payday)
    own_payday.advance(hours=1)
    assert "no bank for 7 days" in broken(own_payday)["nothing is on its way for more than seven days"]


@pytest.mark.django_db
def test_a_reconciliation_that_found_something_breaks_the_proof(own_payday: Payday):
    own_payday.world.post("/control/stripe/balance-transactions", {"type": "moon_dust", "amount": 1, "currency": "usd"})
    reconciliation.reconcile(now=own_payday.now)

    assert broken(own_payday)["the books agree with Stripe"].startswith("1 things did not tie")


@pytest.mark.django_db
def test_a_reconciliation_that_does_not_get_through_breaks_the_proof(own_payday: Payday):
    reconciliation.reconcile(now=own_payday.now)
    own_payday.advance(hours=36)
    assert broken(own_payday) == {}
    own_payday.advance(minutes=1)
    ReconciliationRun.objects.create(state="silent", with_import=True, began_at=own_payday.now)

    assert "does not get through" in broken(own_payday)["the books agree with Stripe"]


@pytest.mark.django_db
def test_what_was_asked_is_kept_and_mailed_once_for_each_new_failure(
    own_payday: Payday, caplog: pytest.LogCaptureFixture
):
    dot()
    campaign = a_campaign(budget_minor=5_00)
    assert operations.prove(now=own_payday.now) == []
    Campaign.objects.filter(id=campaign.id).update(state="closed")
    own_payday.advance(minutes=15)
    assert operations.prove(now=own_payday.now) == ["closed campaigns have nothing left"]
    own_payday.advance(minutes=15)
    operations.prove(now=own_payday.now)

    [mail] = Message.objects.filter(user=dot())
    assert mail.subject == "Broken: closed campaigns have nothing left"
    assert caplog.text.count("broken: closed campaigns have nothing left") == 2
    last = proofs.last_proof()
    assert last is not None
    assert last.ran_at == own_payday.now
    assert [check.name for check in last.checks if check.failures] == ["closed campaigns have nothing left"]


@pytest.mark.django_db
def test_what_broke_is_mailed_again_after_it_was_whole(own_payday: Payday):
    dot()
    campaign = a_campaign(budget_minor=5_00)
    for state in ("closed", "active", "closed"):
        Campaign.objects.filter(id=campaign.id).update(state=state)
        own_payday.advance(minutes=15)
        operations.prove(now=own_payday.now)

    assert Message.objects.filter(user=dot()).count() == 2


@pytest.mark.django_db
def test_old_answers_are_let_go(own_payday: Payday):
    operations.prove(now=own_payday.now - timedelta(days=31))
    operations.prove(now=own_payday.now)

    assert ProofRun.objects.count() == 1
