"""Each advice followed to its end: a line, what staff then do about it, and the line is gone for good."""

import os
from datetime import timedelta

import pytest

from cliphaven.backoffice.models import Offset, ReconciliationRun, Tie
from cliphaven.backoffice.operations import corrections, reconciliation
from cliphaven.backoffice.operations.corrections import CorrectionRefused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import User
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import BalanceTransaction, ConnectedAccount
from cliphaven.payouts.operations import onboarding
from tests.people import a_user, dot
from tests.rooms.backoffice.paid import pay_in
from tests.rooms.backoffice.test_reconciliation import (
    book,
    book_transfer,
    lines,
    reconciled,
    sent_by_hand,
    stripe_moves,
)
from tests.rooms.payouts.conftest import BACK, GOOD_BANK, MANUAL, RECIPIENT, Payday

IN = "adjustment:stripe_balance:platform_adjustments"
OUT = "adjustment:platform_adjustments:stripe_balance"
REASON = "As Stripe says that it moved"
CASH = {currency: Account(kind=AccountKind.STRIPE_BALANCE, currency=currency) for currency in ("USD", "EUR")}

pytestmark = pytest.mark.django_db


def eli() -> User:
    return a_user("Eli", is_staff=True)


def corrected(payday: Payday, movement: str, amount_minor: int, *, refers_to: str, currency: str = "USD") -> int:
    """A correction by two people."""
    correction_id = corrections.propose(
        movement=movement,
        owner_id=None,
        amount_minor=amount_minor,
        currency=currency,
        reason=REASON,
        refers_to=refers_to,
        proposed_by_id=dot().id,
        now=payday.now,
    )
    return decided(payday, correction_id)


def correction_reversed(payday: Payday, correction_id: int) -> None:
    asked = {"reason": REASON, "proposed_by_id": dot().id, "now": payday.now}
    decided(payday, corrections.propose_reversal(correction_id=correction_id, **asked))


def entry_reversed(payday: Payday, kind: EntryKind, external_id: str) -> None:
    asked = {"reason": REASON, "proposed_by_id": dot().id, "now": payday.now}
    decided(payday, corrections.propose_entry_reversal(kind=kind, external_id=external_id, **asked))


def decided(payday: Payday, correction_id: int) -> int:
    corrections.book(correction_id=correction_id, decided_by_id=eli().id, now=payday.now)
    return correction_id


def stays_whole(payday: Payday, *, days: int = 3, **options: bool) -> None:
    """Whether the books agree with Stripe on the days after, when less and less of them is read again."""
    for _ in range(days):
        payday.advance(days=1)
        run = reconciled(payday, **options)
        assert (run.state, lines(run)) == ("agreed", [])
        assert [figure["books_minor"] - figure["stripe_minor"] for figure in run.figures] == [0] * len(run.figures)


def missing_at_stripe(payday: Payday) -> None:
    pay_in(payday)
    book(payday, EntryKind.DEPOSIT, "pi_nobody_paid", 7_00)
    payday.advance(hours=1)
    assert lines(reconciled(payday)) == [("stripe:balance", "missing_at_stripe", "deposit", 7_00)]


def test_an_entry_that_stripe_does_not_have_is_reversed_by_two_people_and_gone_for_good(own_payday: Payday):
    missing_at_stripe(own_payday)
    entry_reversed(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid")

    assert reconciled(own_payday).state == "agreed"
    stays_whole(own_payday)
    assert Offset.objects.count() == 2


def test_a_reversal_is_not_read_alone_on_the_days_after(own_payday: Payday):
    """The entry was read with the first run, its reversal with the second; the third begins between them."""
    missing_at_stripe(own_payday)
    own_payday.advance(days=1)
    entry_reversed(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid")
    pay_in(own_payday, 30_00)

    stays_whole(own_payday, days=4)
    last = ReconciliationRun.objects.latest("id")
    assert last.legs_from == last.legs_through


@pytest.mark.parametrize("amount_minor", [-30, 45])
def test_another_amount_is_made_up_by_a_correction_that_names_the_movement(own_payday: Payday, amount_minor: int):
    name = paid_behind_the_wallet(own_payday, booked_minor=50_00 + amount_minor)
    assert lines(reconciled(own_payday)) == [("stripe:balance", "other_amount", "deposit", amount_minor)]

    corrected(own_payday, OUT if amount_minor > 0 else IN, abs(amount_minor), refers_to=name)
    stays_whole(own_payday)


def paid_behind_the_wallet(payday: Payday, *, booked_minor: int) -> str:
    """50.00 paid in of which the books have another amount, and the fee; answers the balance transaction's id."""
    payday.platform_receives(50_00)
    reconciliation.reconcile(now=payday.now)
    payment = BalanceTransaction.objects.get()
    book(payday, EntryKind.DEPOSIT, payment.refers_to, booked_minor)
    book_fee(payday, payment.stripe_id, payment.fee_minor)
    payday.advance(hours=1)
    return payment.stripe_id


@own_transaction
def book_fee(payday: Payday, name: str, amount_minor: int) -> None:
    processing = Account(kind=AccountKind.PLATFORM_PROCESSING, currency="USD")
    leg = ledger.Leg(debit=processing, credit=CASH["USD"], amount_minor=amount_minor)
    fee = ledger.Entry(
        kind=EntryKind.PROCESSING_FEE, external_id=name, legs=(leg,), occurred_at=payday.now, cause="by hand"
    )
    ledger.record([fee])


def test_another_amount_that_was_reversed_is_booked_by_a_correction_of_all_of_it(own_payday: Payday):
    name = paid_behind_the_wallet(own_payday, booked_minor=53_00)
    payment = BalanceTransaction.objects.get()
    reconciled(own_payday)
    entry_reversed(own_payday, EntryKind.DEPOSIT, payment.refers_to)
    assert lines(reconciled(own_payday)) == [("stripe:balance", "missing_in_books", "charge", -50_00)]

    corrected(own_payday, IN, 50_00, refers_to=name)
    stays_whole(own_payday)


def test_a_correction_of_the_wrong_amount_is_reversed_and_made_again(own_payday: Payday):
    name = stripe_moves(own_payday, 11_00)
    wrong = corrected(own_payday, IN, 10_00, refers_to=name)
    own_payday.advance(hours=1)
    assert {line[1] for line in lines(reconciled(own_payday))} == {"missing_in_books", "missing_at_stripe"}

    correction_reversed(own_payday, wrong)
    corrected(own_payday, IN, 11_00, refers_to=name)
    stays_whole(own_payday)


def test_a_correction_that_tied_is_reversed_and_the_right_one_made_for_the_same_movement(own_payday: Payday):
    name = stripe_moves(own_payday, 11_00)
    wrong = corrected(own_payday, IN, 11_00, refers_to=name)
    own_payday.advance(hours=1)
    assert reconciled(own_payday).state == "agreed"
    own_payday.advance(days=2)

    correction_reversed(own_payday, wrong)
    assert lines(reconciled(own_payday)) == [("stripe:balance", "missing_at_stripe", "reversal", -11_00)]
    corrected(own_payday, IN, 11_00, refers_to=name)
    stays_whole(own_payday)


def test_the_reversal_of_what_did_happen_is_answered_by_a_correction_that_names_it(own_payday: Payday):
    pay_in(own_payday)
    reconciled(own_payday)
    deposit = Tie.objects.get(entry_kind=EntryKind.DEPOSIT)
    own_payday.advance(days=2)
    reverse_past_the_pages(own_payday, deposit.external_id)
    [line] = reconciled(own_payday).lines.all()
    assert (line.what, line.stripe_id) == ("reversal", deposit.balance_transaction.stripe_id)

    corrected(own_payday, IN, 200_00, refers_to=line.stripe_id)
    stays_whole(own_payday)


@own_transaction
def reverse_past_the_pages(payday: Payday, external_id: str) -> None:
    ledger.reverse(
        kind=EntryKind.DEPOSIT, external_id=external_id, cause="a shell", actor="shell", reason=REASON, now=payday.now
    )


def test_a_movement_with_a_fee_is_settled_by_a_correction_for_each(own_payday: Payday):
    own_payday.platform_receives(50_00)
    own_payday.advance(hours=1)
    reconciled(own_payday)
    payment = BalanceTransaction.objects.get()

    corrected(own_payday, IN, 50_00, refers_to=payment.stripe_id)
    corrected(own_payday, OUT, payment.fee_minor, refers_to=payment.stripe_id)
    stays_whole(own_payday)


# Converted money.


@pytest.fixture
def ben_abroad(own_payday: Payday) -> str:
    """Ben's connected account, which is kept in euros alone."""
    opened = own_payday.world.http.post(
        f"{own_payday.world.url}/stripe/v1/accounts",
        data={"type": "express", "country": "DE", "capabilities[transfers][requested]": "true", **RECIPIENT, **MANUAL},
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    )
    creator = a_user("Ben")
    ConnectedAccount.objects.create(creator=creator, stripe_id=opened.json()["id"], created_at=own_payday.now)
    link = onboarding.start(creator_id=creator.id, return_url=BACK, refresh_url=BACK, now=own_payday.now)
    own_payday.world.http.post(link, data={"action": "complete", "bank_number": GOOD_BANK})
    return str(opened.json()["id"])


def test_a_converted_transfer_that_is_reversed_at_stripe_drops_out_a_day_later(own_payday: Payday, ben_abroad: str):
    pay_in(own_payday)
    creator_id = a_user("Ben").id
    sent = sent_by_hand(ben_abroad, 10_00)
    book_transfer(own_payday, sent, creator_id=creator_id, amount_minor=10_00)
    own_payday.advance(days=2)
    assert {line[1] for line in lines(reconciled(own_payday))} == {"converted"}

    back = own_payday.taken_back_at_stripe(sent)
    book_transfer(own_payday, back, creator_id=creator_id, amount_minor=10_00, is_back=True)
    own_payday.advance(days=1)
    stays_whole(own_payday)


def test_a_converted_transfer_that_nobody_booked_and_that_came_back_drops_out_too(own_payday: Payday, ben_abroad: str):
    pay_in(own_payday)
    sent = sent_by_hand(ben_abroad, 10_00)
    own_payday.advance(days=2)
    own_payday.taken_back_at_stripe(sent)
    own_payday.advance(hours=1)
    run = reconciled(own_payday)
    assert {line[1] for line in lines(run)} == {"too_new"}

    stays_whole(own_payday)


def test_converted_money_of_ours_is_kept_by_one_correction_in_each_currency(own_payday: Payday):
    name = converted(own_payday, "pi_euros", 54_00)
    book_euros(own_payday, "pi_euros", 50_00)
    own_payday.advance(hours=1)
    run = reconciled(own_payday, with_import=False)
    assert sorted(run.lines.values_list("currency", "finding", "difference_minor", "stripe_id")) == [
        ("EUR", "converted", 50_00, name),
        ("USD", "converted", -54_00, name),
    ]

    corrected(own_payday, IN, 54_00, refers_to=name)
    own_payday.advance(days=1)
    [line] = reconciled(own_payday, with_import=False).lines.all()
    assert (line.currency, line.finding, line.stripe_id) == ("EUR", "converted", name)
    corrected(own_payday, OUT, 50_00, refers_to=name, currency="EUR")
    stays_whole(own_payday, with_import=False)


def converted(payday: Payday, payment: str, amount_minor: int) -> str:
    """As if Stripe had brought a payment into our balance in dollars that was made in euros."""
    return BalanceTransaction.objects.create(
        stripe_id="txn_converted",
        type="charge",
        amount_minor=amount_minor,
        fee_minor=0,
        net_minor=amount_minor,
        currency="USD",
        exchange_rate="1.08",
        source="ch_euros",
        refers_to=payment,
        created_at=payday.now,
        available_on=payday.now.date(),
        imported_at=payday.now,
    ).stripe_id


@own_transaction
def book_euros(payday: Payday, name: str, amount_minor: int) -> None:
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="EUR")
    leg = ledger.Leg(debit=CASH["EUR"], credit=wallet, amount_minor=amount_minor)
    entry = ledger.Entry(kind=EntryKind.DEPOSIT, external_id=name, legs=(leg,), occurred_at=payday.now, cause="by hand")
    ledger.record([entry])


# What came back at Stripe.


def test_what_came_back_at_stripe_may_be_booked_for_a_day_and_then_ties(own_payday: Payday, ben_at_home: str):
    pay_in(own_payday)
    creator_id = a_user("Ben").id
    sent = sent_by_hand(ben_at_home, 3_00)
    back = own_payday.taken_back_at_stripe(sent)
    own_payday.advance(hours=20)
    run = reconciled(own_payday)
    assert (run.state, {line[1] for line in lines(run)}) == ("agreed", {"too_new"})

    # A look-up found the transfer after all.
    book_transfer(own_payday, sent, creator_id=creator_id, amount_minor=3_00)
    book_transfer(own_payday, back, creator_id=creator_id, amount_minor=3_00, is_back=True)
    stays_whole(own_payday)


@pytest.fixture
def ben_at_home(own_payday: Payday) -> str:
    creator = own_payday.creator("Ben")
    return str(ConnectedAccount.objects.get(creator=creator).stripe_id)


# Whose reversal two people may propose.


def test_an_entry_that_ties_is_not_reversed(own_payday: Payday):
    pay_in(own_payday)
    reconciled(own_payday)
    name = Tie.objects.get(entry_kind=EntryKind.DEPOSIT).external_id

    with pytest.raises(CorrectionRefused, match="did not find at Stripe"):
        entry_reversed(own_payday, EntryKind.DEPOSIT, name)


def test_an_entry_is_not_reversed_before_stripe_was_asked_about_it(own_payday: Payday):
    book(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid", 7_00)

    with pytest.raises(CorrectionRefused, match="did not find at Stripe"):
        entry_reversed(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid")


def test_a_reversal_is_proposed_once_and_a_correction_is_reversed_on_its_own_page(own_payday: Payday):
    missing_at_stripe(own_payday)
    asked = {"reason": REASON, "proposed_by_id": dot().id, "now": own_payday.now}
    corrections.propose_entry_reversal(kind=EntryKind.DEPOSIT, external_id="pi_nobody_paid", **asked)

    with pytest.raises(CorrectionRefused, match="proposed already"):
        corrections.propose_entry_reversal(kind=EntryKind.DEPOSIT, external_id="pi_nobody_paid", **asked)
    with pytest.raises(CorrectionRefused, match="correction's page"):
        corrections.propose_entry_reversal(kind=EntryKind.ADJUSTMENT, external_id="correction:1", **asked)


def test_what_turned_up_at_stripe_in_the_meantime_is_not_reversed(own_payday: Payday):
    own_payday.platform_receives(50_00)
    reconciliation.reconcile(now=own_payday.now - timedelta(hours=1))
    payment = BalanceTransaction.objects.get()
    book(own_payday, EntryKind.DEPOSIT, payment.refers_to, 49_00)
    own_payday.advance(hours=1)
    reconciled(own_payday)
    asked = {"reason": REASON, "proposed_by_id": dot().id, "now": own_payday.now}
    waiting = corrections.propose_entry_reversal(kind=EntryKind.DEPOSIT, external_id=payment.refers_to, **asked)
    corrected(own_payday, IN, 1_00, refers_to=payment.stripe_id)
    reconciled(own_payday)

    with pytest.raises(CorrectionRefused, match="did not find at Stripe"):
        decided(own_payday, waiting)
