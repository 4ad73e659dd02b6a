"""The books held against Stripe, to the cent: what ties, what time explains, and a line for everything else."""

import os
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.backoffice.models import Offset, ReconciliationLine, ReconciliationRun, Tie
from cliphaven.backoffice.operations import reconciliation
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import BalanceTransaction, ConnectedAccount
from cliphaven.payouts.operations import onboarding
from cliphaven.providers import stripe
from tests.concurrency.test_one_budget import at_once
from tests.people import a_user, adas_organisation
from tests.rooms.backoffice.paid import paid_creator, pay_in
from tests.rooms.payouts.conftest import BACK, CLOSED_BANK, GOOD_BANK, RECIPIENT, REFUSING_BANK, Payday, net

NET = net(20_00)


def reconciled(payday: Payday, **options: bool) -> ReconciliationRun:
    return ReconciliationRun.objects.get(id=reconciliation.reconcile(now=payday.now, **options))


def lines(run: ReconciliationRun) -> list[tuple[str, str, str, int]]:
    rows = run.lines.order_by("account", "finding", "difference_minor")
    return list(rows.values_list("account", "finding", "what", "difference_minor"))


def adds_up(run: ReconciliationRun) -> bool:
    """Whether the lines of each balance are its difference, to the cent."""
    told: dict[tuple[str, str], int] = {}
    for line in run.lines.all():
        told[line.account, line.currency] = told.get((line.account, line.currency), 0) + line.difference_minor
    differences = {
        (figure["account"], figure["currency"]): figure["books_minor"] - figure["stripe_minor"]
        for figure in run.figures
    }
    return {key: amount for key, amount in told.items() if amount} == {
        key: amount for key, amount in differences.items() if amount
    }


def stripe_moves(payday: Payday, amount_minor: int, **order: object) -> str:
    """Stripe moves money for a reason of its own; answers the balance transaction's id."""
    answer = payday.world.post(
        "/control/stripe/balance-transactions", {"type": "topup", "currency": "usd", "amount": amount_minor, **order}
    )
    return str(answer["id"])


def sent_by_hand(destination: str, amount_minor: int) -> str:
    return stripe.send_transfer(
        amount_minor=amount_minor,
        currency="USD",
        destination=destination,
        transfer_group="by-hand",
        metadata={},
        idempotency_key=f"by-hand:{uuid.uuid4()}",
    ).stripe_id


@own_transaction
def book(payday: Payday, kind: EntryKind, external_id: str, amount_minor: int) -> None:
    """A deposit or an adjustment that the books have, whatever Stripe knows of it."""
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=adas_organisation().id, currency="USD")
    other = wallet if kind is EntryKind.DEPOSIT else Account(kind=AccountKind.PLATFORM_ADJUSTMENTS, currency="USD")
    leg = ledger.Leg(debit=cash, credit=other, amount_minor=amount_minor)
    ledger.record(
        [ledger.Entry(kind=kind, external_id=external_id, legs=(leg,), occurred_at=payday.now, cause="by hand")]
    )


@own_transaction
def book_transfer(payday: Payday, stripe_id: str, *, creator_id: int, amount_minor: int, is_back: bool = False) -> None:
    """The mirrors' side of a transfer, or of what takes it back."""
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
    connected = Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=creator_id, currency="USD")
    debit, credit = (cash, connected) if is_back else (connected, cash)
    leg = ledger.Leg(debit=debit, credit=credit, amount_minor=amount_minor)
    kind = EntryKind.TRANSFER_REVERSAL if is_back else EntryKind.TRANSFER
    entry = ledger.Entry(kind=kind, external_id=stripe_id, legs=(leg,), occurred_at=payday.now, cause="by hand")
    ledger.record([entry])


@pytest.mark.django_db
def test_every_movement_of_a_creator_who_is_being_paid_ties_but_the_payout_in_flight(own_payday: Payday):
    payout = paid_creator(own_payday)
    run = reconciled(own_payday)

    # the payment, its fee, the transfer on two balances
    assert (run.state, run.new_ties) == ("agreed", 4)
    assert lines(run) == [(f"stripe:connected:{payout.creator_id}", "in_flight", "payout", NET)]
    assert adds_up(run)


@pytest.mark.django_db
def test_when_the_payout_has_arrived_everything_ties(own_payday: Payday):
    payout = paid_creator(own_payday)
    reconciled(own_payday)
    own_payday.advance(days=3)
    own_payday.settle(payout)
    run = reconciled(own_payday)

    assert (run.state, run.new_ties, lines(run)) == ("agreed", 1, [])
    assert [figure["books_minor"] - figure["stripe_minor"] for figure in run.figures] == [0]


@pytest.mark.django_db
def test_a_payout_that_should_have_arrived_long_ago_is_a_difference(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=4)  # arrives on Wednesday, and it is Friday
    run = reconciled(own_payday)

    assert run.state == "differing"
    assert lines(run) == [(f"stripe:connected:{payout.creator_id}", "missing_in_books", "payout", NET)]
    assert adds_up(run)


@pytest.mark.django_db
def test_a_payout_refused_on_the_way_is_its_own_return_and_needs_no_entry(own_payday: Payday):
    payout = paid_creator(own_payday, bank=REFUSING_BANK)
    own_payday.advance(days=3)
    own_payday.settle(payout)
    run = reconciled(own_payday)

    assert (run.state, lines(run)) == ("agreed", [])
    assert Tie.objects.filter(returned_by__isnull=False).count() == 2


@pytest.mark.django_db
def test_a_payout_that_came_back_after_it_was_paid_ties_in_both_directions(own_payday: Payday):
    payout = paid_creator(own_payday, bank=CLOSED_BANK)
    own_payday.advance(days=2, hours=1)
    own_payday.settle(payout)
    own_payday.advance(days=2)
    own_payday.settle(payout)
    run = reconciled(own_payday)

    assert (run.state, lines(run)) == ("agreed", [])
    kinds = Tie.objects.filter(external_id=payout.stripe_id).values_list("entry_kind", flat=True)
    assert sorted(kinds) == [EntryKind.BANK_PAYOUT, EntryKind.BANK_PAYOUT_RETURNED]


@pytest.mark.django_db
def test_a_payment_behind_our_back_is_missing_with_its_fee_and_both_add_up(own_payday: Payday):
    own_payday.platform_receives(50_00)
    own_payday.advance(hours=1)
    run = reconciled(own_payday)

    fee = BalanceTransaction.objects.get().fee_minor
    assert lines(run) == [
        ("stripe:balance", "missing_in_books", "charge", -50_00),
        ("stripe:balance", "missing_in_books", "fee of charge", fee),
    ]
    assert adds_up(run)


@pytest.mark.django_db
def test_a_transfer_by_hand_is_missing_on_both_balances(own_payday: Payday):
    payout = paid_creator(own_payday)
    sent_by_hand(payout.connected_account, 3_00)
    own_payday.advance(hours=1)
    run = reconciled(own_payday)

    assert lines(run) == [
        ("stripe:balance", "missing_in_books", "transfer", 3_00),
        (f"stripe:connected:{payout.creator_id}", "in_flight", "payout", NET),
        (f"stripe:connected:{payout.creator_id}", "missing_in_books", "payment", -3_00),
    ]
    assert adds_up(run)


@pytest.mark.django_db
def test_a_transfer_by_hand_that_was_reversed_by_hand_is_settled(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=4)
    own_payday.settle(payout)
    own_payday.taken_back_at_stripe(sent_by_hand(payout.connected_account, 3_00))
    own_payday.advance(hours=1)
    assert {line[1] for line in lines(reconciled(own_payday))} == {"too_new"}
    own_payday.advance(days=1)
    run = reconciled(own_payday)

    assert (run.state, lines(run)) == ("agreed", [])


@pytest.mark.django_db
def test_what_was_let_go_as_given_back_and_is_booked_days_later_comes_out_at_nothing(own_payday: Payday):
    # Told by the simulator: an answer was lost, somebody took the transfer back, and nobody was there for a week.
    payout = paid_creator(own_payday)
    own_payday.advance(days=4)
    own_payday.settle(payout)
    sent = sent_by_hand(payout.connected_account, 3_00)
    back = own_payday.taken_back_at_stripe(sent)
    own_payday.advance(days=1)
    assert reconciled(own_payday).state == "agreed"

    own_payday.advance(days=7)
    book_transfer(own_payday, sent, creator_id=payout.creator_id, amount_minor=3_00)
    halfway = reconciled(own_payday)
    assert [line[1] for line in lines(halfway)] == ["missing_at_stripe"] * 2
    book_transfer(own_payday, back, creator_id=payout.creator_id, amount_minor=3_00, is_back=True)
    run = reconciled(own_payday)

    assert (run.state, lines(run)) == ("agreed", [])
    assert reconciled(own_payday).state == "agreed"


@pytest.mark.django_db
def test_an_entry_that_stripe_does_not_have_is_missing_there(own_payday: Payday):
    pay_in(own_payday)
    book(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid", 7_00)
    run = reconciled(own_payday)

    assert lines(run) == [("stripe:balance", "missing_at_stripe", "deposit", 7_00)]
    assert adds_up(run)


@pytest.mark.django_db
def test_faults_of_all_kinds_at_once_add_up_to_the_difference_of_each_balance(own_payday: Payday):
    payout = paid_creator(own_payday)
    mirror = f"stripe:connected:{payout.creator_id}"
    sent_by_hand(payout.connected_account, 3_00)
    own_payday.platform_receives(50_00)
    book(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid", 7_00)
    stripe_moves(own_payday, -4_00, type="moon_dust")
    stripe_moves(own_payday, 11_00, type="reserve_release", fee=1)
    stripe_moves(own_payday, -90, account=payout.connected_account, type="stripe_fee")
    stripe_moves(own_payday, 800, currency="jpy")
    own_payday.advance(hours=1)
    run = reconciled(own_payday)

    assert adds_up(run)
    assert run.findings == {
        "in_flight": 1,
        "missing_in_books": 2 + 2 + 1 + 1 + 1,  # by hand on two balances, a payment and its fee, release, its fee, yen
        "missing_at_stripe": 1,
        "unclassified": 2,
    }
    assert {line[0] for line in lines(run)} == {"stripe:balance", mirror}


@pytest.mark.django_db
def test_a_kind_that_nobody_knows_alarms_and_crashes_nothing(own_payday: Payday, caplog: pytest.LogCaptureFixture):
    stripe_moves(own_payday, -4_00, type="moon_dust")
    run = reconciled(own_payday)

    assert (run.state, lines(run)) == ("differing", [("stripe:balance", "unclassified", "moon_dust", 4_00)])
    assert "unclassified on stripe:balance: 400 USD moon_dust" in caplog.text


@pytest.mark.django_db
def test_what_happened_within_the_hour_is_no_difference_yet(own_payday: Payday):
    own_payday.platform_receives(50_00)
    run = reconciled(own_payday)

    assert run.state == "agreed"
    assert {finding for _, finding, _, _ in lines(run)} == {"too_new"}
    assert adds_up(run)


@pytest.mark.django_db
def test_converted_money_is_told_loudly_on_both_sides(own_payday: Payday):
    own_payday.platform_receives(50_00)
    opened = own_payday.world.http.post(
        f"{own_payday.world.url}/stripe/v1/accounts",
        data={"type": "express", "country": "DE", "capabilities[transfers][requested]": "true", **RECIPIENT},
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    )
    creator = a_user("Ben")
    ConnectedAccount.objects.create(creator=creator, stripe_id=opened.json()["id"], created_at=own_payday.now)
    link = onboarding.start(creator_id=creator.id, return_url=BACK, refresh_url=BACK, now=own_payday.now)
    own_payday.world.http.post(link, data={"action": "complete", "bank_number": GOOD_BANK})
    stripe_id = sent_by_hand(opened.json()["id"], 10_00)
    book_transfer(own_payday, stripe_id, creator_id=creator.id, amount_minor=10_00)
    run = reconciled(own_payday)

    mirror = f"stripe:connected:{creator.id}"
    euros = BalanceTransaction.objects.get(currency="EUR").net_minor
    converted = run.lines.filter(finding="converted").order_by("currency")
    assert list(converted.values_list("account", "currency", "difference_minor")) == [
        (mirror, "EUR", -euros),
        (mirror, "USD", 10_00),
    ]
    assert run.state == "differing"
    assert adds_up(run)


@pytest.mark.django_db
def test_a_second_run_ties_nothing_twice_and_finds_the_same(own_payday: Payday):
    payout = paid_creator(own_payday)
    sent_by_hand(payout.connected_account, 3_00)
    own_payday.advance(hours=1)
    first, second = reconciled(own_payday), reconciled(own_payday)

    assert (first.new_ties, second.new_ties) == (4, 0)
    assert (lines(first), first.figures) == (lines(second), second.figures)


@pytest.mark.django_db
def test_the_books_are_read_from_where_everything_ties_once_a_day_has_passed(own_payday: Payday):
    pay_in(own_payday)
    first = reconciled(own_payday)
    own_payday.advance(days=1)
    second = reconciled(own_payday)
    own_payday.advance(days=1)
    book(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid", 7_00)
    third = reconciled(own_payday)

    assert (first.legs_from, second.legs_from) == (0, first.legs_through)
    # What does not tie holds the place.
    assert third.legs_from == second.legs_through
    assert lines(third) == [("stripe:balance", "missing_at_stripe", "deposit", 7_00)]
    own_payday.advance(days=1)
    assert lines(reconciled(own_payday)) == lines(third)


@pytest.mark.django_db
def test_without_the_import_only_what_is_here_is_looked_at(own_payday: Payday):
    pay_in(own_payday)
    reconciled(own_payday)
    own_payday.platform_receives(50_00)
    own_payday.advance(hours=1)

    assert reconciled(own_payday, with_import=False).state == "agreed"
    assert reconciled(own_payday).state == "differing"


@pytest.mark.django_db
def test_what_was_booked_since_the_last_import_is_no_difference(own_payday: Payday):
    pay_in(own_payday)
    reconciled(own_payday)
    own_payday.advance(hours=1)
    pay_in(own_payday, 30_00)
    run = reconciled(own_payday, with_import=False)

    assert run.state == "agreed"
    assert {finding for _, finding, _, _ in lines(run)} == {"too_new"}


@pytest.mark.django_db
def test_nothing_brought_in_proves_nothing(own_payday: Payday):
    with pytest.raises(reconciliation.NothingBroughtIn):
        reconciliation.reconcile(now=own_payday.now, with_import=False)


@pytest.mark.django_db
def test_a_silent_stripe_is_kept_as_that(own_payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cliphaven.providers.stripe.balance_transactions.READ_RETRIES", 0)
    own_payday.world.fault("stripe", "error_500", method="GET", path_prefix="v1/balance_transactions")
    with pytest.raises(ProviderFailed):
        reconciliation.reconcile(now=own_payday.now)

    run = ReconciliationRun.objects.get()
    assert (run.state, run.ended_at) == ("silent", own_payday.now)


@pytest.mark.django_db
def test_an_account_that_stripe_no_longer_shows_is_a_line_and_stops_nobody(own_payday: Payday):
    payout = paid_creator(own_payday)
    ConnectedAccount.objects.create(
        creator=a_user("Mallory"), stripe_id="acct_gone", created_at=own_payday.now - timedelta(days=9)
    )
    assert reconciled(own_payday).state == "agreed"  # nothing of it is in the books

    own_payday.world.http.delete(
        f"{own_payday.world.url}/stripe/v1/accounts/{payout.connected_account}",
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    ).raise_for_status()
    run = reconciled(own_payday)
    assert run.state == "differing"
    assert (f"stripe:connected:{payout.creator_id}", "unreadable") in {line[:2] for line in lines(run)}
    assert adds_up(run)


@pytest.mark.django_db
def test_a_correction_that_names_the_movement_settles_it(own_payday: Payday):
    from cliphaven.backoffice.models import Correction  # noqa: PLC0415

    name = stripe_moves(own_payday, 11_00)
    own_payday.advance(hours=1)
    assert reconciled(own_payday).state == "differing"
    correction = Correction.objects.create(
        kind=EntryKind.ADJUSTMENT,
        debit="stripe:balance",
        credit="platform:adjustments",
        amount_minor=11_00,
        currency="USD",
        refers_to=name,
        reason="Our own top-up",
        proposed_by=a_user("Dot", is_staff=True),
        proposed_at=own_payday.now,
    )
    book(own_payday, EntryKind.ADJUSTMENT, f"correction:{correction.id}", 11_00)

    run = reconciled(own_payday)
    assert (run.state, lines(run)) == ("agreed", [])


@pytest.mark.django_db
def test_the_run_says_how_far_it_is(own_payday: Payday):
    payout = paid_creator(own_payday)
    heard: list[tuple[int, int]] = []
    run = ReconciliationRun.objects.get(
        id=reconciliation.reconcile(now=own_payday.now, tell=lambda read, total: heard.append((read, total)))
    )

    assert heard == [(1, 2), (2, 2)]
    assert (run.balances_read, run.balances_total) == (2, 2)
    assert run.movements_read >= BalanceTransaction.objects.count() == 4  # charge, transfer; payment, payout
    assert payout.state == "pending"


def test_two_runs_at_once_find_the_same_and_tie_once(committed: str, own_payday: Payday):
    paid_creator(own_payday)

    answers = at_once(lambda _: reconciled(own_payday).state, workers=2)

    assert answers == {"agreed": 2}
    assert Tie.objects.count() == 4
    assert ReconciliationLine.objects.filter(finding="in_flight").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update backoffice_tie set tied_at = tied_at",
        "delete from backoffice_tie",
        "truncate backoffice_tie",
        "update backoffice_offset set about = ''",
        "delete from backoffice_offset",
        "truncate backoffice_offset",
    ],
)
def test_what_ties_or_comes_out_stays(own_payday: Payday, statement: str):
    pay_in(own_payday)
    reconciled(own_payday)
    Offset.objects.create(entry_kind=1, external_id="pi", account="stripe:balance", offset_at=own_payday.now)
    connection.cursor().execute("set constraints all immediate")

    with pytest.raises(DatabaseError, match="What ties stays tied"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
def test_the_database_lets_no_entry_tie_twice(own_payday: Payday):
    pay_in(own_payday)
    reconciled(own_payday)
    tie = Tie.objects.filter(part="amount").get()
    stripe_moves(own_payday, 1)
    reconciled(own_payday)
    other = BalanceTransaction.objects.get(type="topup")

    with pytest.raises(DatabaseError, match="entry_ties_once"), transaction.atomic():
        Tie.objects.create(
            balance_transaction=other,
            part="amount",
            entry_kind=tie.entry_kind,
            external_id=tie.external_id,
            account=tie.account,
            currency=tie.currency,
            tied_at=own_payday.now,
        )
