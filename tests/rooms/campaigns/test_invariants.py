"""What must hold of money in, and that each check notices rows or entries that do not fit the others."""

from collections.abc import Callable

import pytest
from django.db import connection

from cliphaven.campaigns.models import Deposit, DisputeMovement, Refund, RefundRequest
from cliphaven.campaigns.operations import refunds
from cliphaven.campaigns.queries import accounts, invariants
from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, EntryKind
from tests.people import MONDAY, a_user, adas_organisation
from tests.rooms.campaigns.conftest import Sponsor
from tests.rooms.campaigns.test_disputes import PAID, _spend_elsewhere, a_draft, closed, disputed
from tests.rooms.campaigns.test_refunds import ask, send

pytestmark = pytest.mark.django_db

GOES_BACK = "no more goes back than was paid in"
REFUNDS = "refunds are in the books, and no others"
CAME_BACK = "refunds that came back are in the books, and no others"
WAITING = "money going back is what refunds wait for"
DISPUTED = "disputed money is in the books, and no other"
ASKED = "refund requests are carried out as they were asked"
WALKED = "refunds walk only listed steps"


def broken() -> dict[str, str]:
    """The first failure of each check that does not hold."""
    return {check.name: check.failures[0] for check in invariants.checks() if check.failures}


def everything_that_happens(sponsor: Sponsor) -> None:
    """A refund that got there, one that came back, one that waits; a dispute that drained a campaign and was won."""
    sponsor.paid(PAID, card="5126")
    sponsor.world.advance(days=3)
    ask(sponsor, 40_00, key="comes-back")
    send(sponsor)
    sponsor.world.advance(days=3)
    refunds.sweep(now=sponsor.world.now())
    sponsor.paid(50_00)
    ask(sponsor, 50_00, key="gets-there")
    send(sponsor)
    deposit = sponsor.paid(PAID)
    _spend_elsewhere(a_draft(sponsor, 190_00), 150_00)
    closed(sponsor, disputed(sponsor, deposit), won=True)
    sponsor.paid(20_00)
    ask(sponsor, 5_00, key="waits")


@own_transaction
def planted(kind: EntryKind, name: str, debit: Account, credit: Account, amount_minor: int) -> None:
    """An entry that no row of ours knows."""
    leg = ledger.Leg(debit=debit, credit=credit, amount_minor=amount_minor)
    ledger.record([ledger.Entry(kind=kind, external_id=name, legs=(leg,), occurred_at=MONDAY, cause="test")])


def forged(statement: str) -> None:
    """What the owner of the tables can do after taking the guards away."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table campaigns_refund disable trigger user")
        cursor.execute(statement)


def wallet_account() -> Account:
    return accounts.wallet(organisation_id=adas_organisation().id, currency="USD")


def refunding_account() -> Account:
    return accounts.refunding(organisation_id=adas_organisation().id, currency="USD")


def test_whatever_happens_all_of_it_holds_and_something_was_looked_at(sponsor):
    everything_that_happens(sponsor)
    found = {check.name: check for check in invariants.checks()}

    assert broken() == {}
    assert {name: found[name].looked_at for name in (GOES_BACK, REFUNDS, CAME_BACK, WAITING, DISPUTED)} == {
        GOES_BACK: 2,  # of the one that came back nothing counts
        REFUNDS: 2,
        CAME_BACK: 1,
        WAITING: 1,
        DISPUTED: 2,
    }


PLANTED: dict[str, tuple[str, Callable[[], object]]] = {
    "a payment that brought less than goes back": (
        GOES_BACK,
        lambda: Deposit.objects.filter(refunds__state="succeeded").update(received_minor=49_99),
    ),
    "a refund of another amount": (REFUNDS, lambda: Refund.objects.filter(state="succeeded").update(amount_minor=1)),
    "a refund of another name": (REFUNDS, lambda: Refund.objects.filter(state="succeeded").update(stripe_id="re_x")),
    "a refund that no row knows": (
        REFUNDS,
        lambda: planted(EntryKind.REFUND, "re_x", refunding_account(), accounts.cash("USD"), 1_00),
    ),
    "a refund that the books do not have": (
        REFUNDS,
        lambda: Refund.objects.filter(state="requested").update(booked_at=MONDAY),
    ),
    "a return of another amount": (CAME_BACK, lambda: Refund.objects.filter(state="failed").update(amount_minor=1)),
    "a return from where its money never was": (
        CAME_BACK,
        lambda: Refund.objects.filter(state="failed").update(booked_at=None),
    ),
    "a return that no row knows": (
        CAME_BACK,
        lambda: planted(EntryKind.REFUND_FAILED, "re_x", accounts.cash("USD"), wallet_account(), 1_00),
    ),
    "money that waits for no refund": (
        WAITING,
        lambda: planted(EntryKind.REFUND_REQUEST, "refund:99999", wallet_account(), refunding_account(), 1_00),
    ),
    "a refund that waits without money": (
        WAITING,
        lambda: Refund.objects.filter(state="succeeded").update(booked_at=None),
    ),
    "a request whose refunds come to something else": (ASKED, lambda: RefundRequest.objects.update(amount_minor=1)),
    "a request that took no money out of the wallet": (
        ASKED,
        lambda: RefundRequest.objects.create(
            organisation=adas_organisation(),
            requested_by=a_user("Ada"),
            amount_minor=1_00,
            currency="USD",
            request_key="lost",
            keys_begin_with="ch:test",
            requested_at=MONDAY,
        ),
    ),
    "a step that there is not": (
        WALKED,
        lambda: forged("update campaigns_refund set steps = 'released succeeded' where state = 'succeeded'"),
    ),
    "a refund that is where no step led": (
        WALKED,
        lambda: forged("update campaigns_refund set state = 'canceled' where state = 'succeeded'"),
    ),
    "a chargeback that drained otherwise": (
        DISPUTED,
        lambda: DisputeMovement.objects.filter(amount_minor__lt=0).update(drained_minor=1),
    ),
    "a chargeback that left another debt": (
        DISPUTED,
        lambda: DisputeMovement.objects.filter(amount_minor__lt=0).update(owed_minor=1),
    ),
    "won money that settled another debt": (
        DISPUTED,
        lambda: DisputeMovement.objects.filter(amount_minor__gt=0).update(owed_minor=1),
    ),
    "won money that settled another loss": (
        DISPUTED,
        lambda: DisputeMovement.objects.filter(amount_minor__gt=0).update(losses_minor=1),
    ),
    "a chargeback of another amount": (
        DISPUTED,
        lambda: DisputeMovement.objects.filter(amount_minor__lt=0).update(amount_minor=-1),
    ),
    "a chargeback of another name": (
        DISPUTED,
        lambda: DisputeMovement.objects.filter(amount_minor__lt=0).update(balance_transaction_id="txn_x"),
    ),
    "a chargeback that no row knows": (
        DISPUTED,
        lambda: planted(EntryKind.CHARGEBACK, "dp_x:txn_x", wallet_account(), accounts.cash("USD"), 1_00),
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_does_not_fit_is_told(sponsor, what):
    everything_that_happens(sponsor)
    check, plant = PLANTED[what]
    plant()

    assert check in broken()


def test_rows_one_by_one_are_the_newest(sponsor):
    sponsor.paid(PAID)
    for number in range(3):
        ask(sponsor, 10_00, key=f"form-{number}")
        send(sponsor)
    [found] = [check for check in invariants.checks(rows_max=2) if check.name == REFUNDS]

    assert (found.looked_at, found.failures) == (2, ())
