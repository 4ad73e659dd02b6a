"""The invariants, asked by the clock: each breaks when its rule is broken, and staff hear of it once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.backoffice.models import ProofRun, ReconciliationRun, ToldBalance
from cliphaven.backoffice.operations import proofs as operations
from cliphaven.backoffice.operations import reconciliation
from cliphaven.backoffice.queries import invariants, proofs
from cliphaven.backoffice.queries.invariants import AFFORDABLE
from cliphaven.campaigns.models import Campaign, Deposit
from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.ledger.queries import EVERYTHING, Limits
from cliphaven.notifications.models import Message
from cliphaven.payouts.models import BankPayout, Transfer
from tests.people import MONDAY, a_campaign, adas_organisation, deposited, dot
from tests.rooms.backoffice.paid import paid_creator
from tests.rooms.payouts.conftest import CLOSED_BANK, Payday

# Larger books are proved by their sums and a sample.
AS_IF_LARGE = Limits(legs_max=0, rows_max=5_000, chains_max=25)


def broken(payday: Payday, *, limits: Limits = EVERYTHING) -> dict[str, str]:
    """The broken invariants and the first sentence of each."""
    return {check.name: check.failures[0] for check in invariants.ask(now=payday.now, limits=limits) if check.failures}


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
    reconciliation.reconcile(now=own_payday.now)
    assert broken(own_payday, limits=limits) == {}


@pytest.mark.django_db
def test_a_payout_that_came_back_breaks_nothing(own_payday: Payday):
    payout = paid_creator(own_payday, bank=CLOSED_BANK)
    own_payday.advance(days=2, hours=1)
    own_payday.settle(payout)
    own_payday.advance(days=2)
    own_payday.settle(payout)

    assert BankPayout.objects.get(id=payout.id).state == "returned"
    reconciliation.reconcile(now=own_payday.now)
    assert broken(own_payday) == {}


@pytest.mark.django_db
def test_a_job_that_nobody_does_is_found(own_payday: Payday):
    with transaction.atomic():
        jobs.defer("house.retry_stalled_jobs")
    assert broken(own_payday) == {}
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_events set at = now() - interval '61 minutes'")

    [(name, sentence)] = broken(own_payday).items()

    assert name == "every job is done, waits its time, runs, or is shown as given up"
    assert "(house.retry_stalled_jobs) has waited since " in sentence


@pytest.mark.django_db
def test_everything_was_looked_at(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=3)
    own_payday.settle(payout)
    reconciliation.reconcile(now=own_payday.now)

    empty = [check.name for check in invariants.ask(now=own_payday.now) if not check.looked_at]
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
    deposited(adas_organisation(), 10_00)
    recorded(
        EntryKind.PROCESSING_FEE,
        "txn_1",
        account(AccountKind.PLATFORM_PROCESSING),
        account(AccountKind.STRIPE_BALANCE),
        25_00,
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
def test_money_that_was_sent_and_for_which_no_payout_was_opened_is_told_after_a_week(own_payday: Payday):
    paid_creator(own_payday)
    BankPayout.objects.all().delete()
    Transfer.objects.update(part=None)
    own_payday.advance(days=7, hours=1)

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
    assert mail.subject == "Broken: I5 closed campaigns have nothing left"
    assert caplog.text.count("broken: I5 closed campaigns have nothing left") == 2
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


@pytest.mark.usefixtures("committed")
def test_what_cannot_be_asked_is_told_and_silences_nothing_else(caplog: pytest.LogCaptureFixture):
    dot()
    campaign = a_campaign(budget_minor=5_00)
    Campaign.objects.filter(id=campaign.id).update(state="closed")
    with connection.cursor() as cursor:  # what a release that was taken back, or a restored dump, leaves behind
        cursor.execute("alter table earnings_earningact rename column note to notes")

    found = operations.prove(now=MONDAY)

    assert found == ["closed campaigns have nothing left", "no secret is written down"]
    assert Message.objects.filter(user=dot()).count() == len(found)
    last = proofs.last_proof()
    assert last is not None
    [said] = last.broken[-1].failures
    assert said.startswith("it could not be asked: ProgrammingError: column ")
    assert "not all invariants can be asked of one moment" in caplog.text


@pytest.mark.django_db
def test_an_answer_is_late_after_an_hour(own_payday: Payday):
    operations.prove(now=own_payday.now)
    last = proofs.last_proof()

    assert last is not None
    assert not last.is_late(now=own_payday.now + timedelta(hours=1))
    assert last.is_late(now=own_payday.now + timedelta(hours=1, seconds=1))


@pytest.mark.django_db
def test_old_answers_are_let_go(own_payday: Payday):
    operations.prove(now=own_payday.now - timedelta(days=31))
    operations.prove(now=own_payday.now)

    assert ProofRun.objects.count() == 1


# What a quarter of an hour is too short for.


def asked(payday: Payday, limits: Limits) -> set[str]:
    """The names of the invariants that a run showed afterwards."""
    operations.prove(now=payday.now, limits=limits)
    last = proofs.last_proof()
    assert last is not None
    return {check.name for check in last.checks}


@pytest.mark.django_db
def test_what_only_a_full_proof_asks_stays_in_the_list(own_payday: Payday):
    paid_creator(own_payday)
    everything = asked(own_payday, EVERYTHING)
    own_payday.advance(minutes=15)

    assert "movements declared" in everything
    assert everything == asked(own_payday, AS_IF_LARGE)


@pytest.mark.django_db
def test_what_only_a_full_proof_finds_is_mailed_once_and_shown_until_the_next_one(own_payday: Payday):
    dot()
    a_campaign(budget_minor=5_00)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table ledger_leg disable trigger user")
        cursor.execute("update ledger_leg set cause = ' ' where kind = 3")
    name = "external ids and causes are of the declared shape"
    shown = []
    for limits in (EVERYTHING, AS_IF_LARGE, EVERYTHING, AS_IF_LARGE):
        own_payday.advance(minutes=15)
        operations.prove(now=own_payday.now, limits=limits)
        last = proofs.last_proof()
        assert last is not None
        shown.append([check.name for check in last.broken])

    assert shown == [[name]] * 4
    assert list(Message.objects.filter(user=dot()).values_list("subject", flat=True)) == [f"Broken: I2 {name}"]


@pytest.mark.django_db
def test_a_full_proof_is_missed_after_36_hours(own_payday: Payday):
    operations.prove(now=own_payday.now)
    own_payday.advance(hours=36)
    assert broken(own_payday, limits=AFFORDABLE) == {}
    own_payday.advance(minutes=1)
    assert "no full proof since" in broken(own_payday, limits=AFFORDABLE)["everything was proved within 36 hours"]

    operations.prove(now=own_payday.now, limits=EVERYTHING)
    assert broken(own_payday, limits=AFFORDABLE) == {}
    own_payday.advance(hours=36, minutes=1)
    assert "last full proof was" in broken(own_payday, limits=AFFORDABLE)["everything was proved within 36 hours"]


@pytest.mark.django_db
def test_the_size_of_the_books_is_counted_and_not_guessed_from_the_newest_leg(own_payday: Payday):
    wallet = account(AccountKind.SPONSOR_WALLET, adas_organisation().id)
    refunding = account(AccountKind.SPONSOR_REFUNDING, adas_organisation().id)
    deposited(adas_organisation(), 10_00, payment="pi_1")
    for _ in range(2):  # each uses up an id
        with pytest.raises(ledger.BalanceWouldBeNegative):
            recorded(EntryKind.REFUND_REQUEST, "refund:1", wallet, refunding, 10_01)
    deposited(adas_organisation(), 10_00, payment="pi_2")

    small = invariants.ask(now=own_payday.now, limits=Limits(legs_max=2))
    assert "movements declared" in {check.name for check in small}


@pytest.mark.django_db
def test_the_nightly_job_proves_everything(own_payday: Payday):
    from cliphaven.foundation import jobs  # noqa: PLC0415

    jobs.defer("backoffice.prove_everything")
    jobs.run_here("backoffice.prove_everything")

    assert ProofRun.objects.get().is_full


@pytest.mark.django_db
@pytest.mark.parametrize("limits", [EVERYTHING, AFFORDABLE])
def test_legs_that_were_once_counted_and_are_gone_are_told(own_payday: Payday, limits: Limits):
    a_campaign(budget_minor=5_00)
    operations.prove(now=own_payday.now)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table ledger_leg disable trigger user")
        cursor.execute("delete from ledger_leg where kind = 3")

    assert broken(own_payday, limits=limits)["no leg is ever lost"] == "the books have 1 legs, and once had 2"


# Stripe was never asked.


@pytest.mark.django_db
@pytest.mark.parametrize("limits", [EVERYTHING, AS_IF_LARGE])
def test_money_that_was_never_held_against_stripe_breaks_the_proof(own_payday: Payday, limits: Limits):
    deposited(adas_organisation(), 10_00)
    own_payday.advance(hours=35)
    assert broken(own_payday, limits=limits) == {}
    own_payday.advance(hours=2)

    assert "Stripe was never asked" in broken(own_payday, limits=limits)["the books agree with Stripe"]


@pytest.mark.django_db
def test_runs_that_never_got_through_break_the_proof_without_any_money(own_payday: Payday):
    ReconciliationRun.objects.create(state="silent", with_import=True, began_at=own_payday.now)
    own_payday.advance(hours=36)
    assert broken(own_payday) == {}
    own_payday.advance(minutes=1)

    assert "Stripe was never asked" in broken(own_payday)["the books agree with Stripe"]


@pytest.mark.django_db
def test_a_run_that_does_not_ask_stripe_proves_nothing_about_it(own_payday: Payday):
    paid_creator(own_payday)
    reconciliation.reconcile(now=own_payday.now)
    own_payday.advance(hours=37)
    reconciliation.reconcile(now=own_payday.now, with_import=False)

    assert "Stripe was last asked at" in broken(own_payday)["the books agree with Stripe"]


# Closed time.


def closed_and_told(payday: Payday) -> None:
    a_campaign(budget_minor=5_00)
    payday.advance(days=1)
    ledger.close_day(now=payday.now)
    operations.prove(now=payday.now)


@pytest.mark.django_db
def test_balances_of_closed_time_are_told_at_its_end_and_within_its_last_day_once(own_payday: Payday):
    closed_and_told(own_payday)
    through = books.closed_through()
    told = set(ToldBalance.objects.values_list("account", "held_at", "balance_minor"))
    operations.prove(now=own_payday.now)

    assert ToldBalance.objects.count() == 2 * 3  # stripe:balance, a wallet, a budget
    assert ("stripe:balance", through, 5_00) in told
    assert len({moment for _, moment, _ in told}) == 2
    [check] = [check for check in invariants.ask(now=own_payday.now) if check.name == TOLD]
    assert (check.looked_at, check.failures) == (6, ())


TOLD = "balances of closed time stay as told"


@pytest.mark.django_db
@pytest.mark.parametrize("limits", [EVERYTHING, AS_IF_LARGE])
def test_an_answer_about_closed_time_that_is_another_now_is_told(own_payday: Payday, limits: Limits):
    closed_and_told(own_payday)
    with connection.cursor() as cursor:
        cursor.execute("update ledger_bucket set debits = array[600::bigint] where debits = array[500::bigint]")

    assert "$6.00 by the books of now" in broken(own_payday, limits=limits)[TOLD]


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update {} set balance_minor = 1", "delete from {}", "truncate {}"])
def test_what_was_told_stays(own_payday: Payday, act: str):
    closed_and_told(own_payday)

    with pytest.raises(DatabaseError, match="stays told"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format("backoffice_toldbalance"))


@pytest.mark.django_db
@pytest.mark.parametrize("limits", [EVERYTHING, AS_IF_LARGE])
def test_books_that_are_closed_ahead_of_time_are_told(own_payday: Payday, limits: Limits):
    deposited(adas_organisation(), 10_00)
    ahead = own_payday.now + timedelta(hours=1)
    ledger.close_books(through=ahead, actor="somebody", now=ahead)

    assert "which is still to come" in broken(own_payday, limits=limits)["closed time is over"]
    own_payday.advance(hours=1)
    assert broken(own_payday, limits=limits) == {}
