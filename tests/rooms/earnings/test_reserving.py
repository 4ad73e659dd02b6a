"""What payouts set aside and give back: always what is left of the accruals, and each of them once."""

import dataclasses
from typing import Any

import pytest
from django.db import transaction

from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.operations import reversing
from cliphaven.identity.models import User
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from tests.people import a_user, ben
from tests.rooms.earnings.earners import LATER, a_plain_campaign, broken, cleared, earned, money_of, reserved, stage_of

pytestmark = pytest.mark.django_db


def account(kind: AccountKind, owner_id: int | None = None) -> Account:
    return Account(kind=kind, owner_id=owner_id, currency="USD")


def moved(kind: EntryKind, name: str, *pairs: tuple[Account, Account], minor: int) -> None:
    """What payouts record when Stripe has moved the money."""
    legs = tuple(ledger.Leg(debit=debit, credit=credit, amount_minor=minor) for debit, credit in pairs)
    ledger.record([ledger.Entry(kind=kind, external_id=name, legs=legs, occurred_at=LATER, cause="test")])


@transaction.atomic
def sent_and_taken_back(minor: int) -> None:
    in_reserve, in_transit = (
        account(AccountKind.CREATOR_RESERVED, ben().id),
        account(AccountKind.CREATOR_IN_TRANSIT, ben().id),
    )
    cash, connected = account(AccountKind.STRIPE_BALANCE), account(AccountKind.STRIPE_CONNECTED, ben().id)
    moved(EntryKind.TRANSFER, "tr_1", (in_reserve, in_transit), (connected, cash), minor=minor)
    moved(EntryKind.TRANSFER_REVERSAL, "trr_1", (in_transit, in_reserve), (cash, connected), minor=minor)
    operations.return_transfer(
        transfer_id=7, creator_id=ben().id, currency="USD", amount_minor=minor, reason="taken back", now=LATER
    )


def test_a_transfer_that_stripe_took_back_makes_its_earnings_payable_again():
    accrual = earned(1_000)
    cleared()
    sent_and_taken_back(reserved())

    assert (stage_of(accrual), money_of()) == ("payable", {"payable": 900})
    assert [part.accrual_ids for part in queries.payable_parts()] == [(accrual.id,)]
    assert broken() == {}


def test_earnings_that_were_clawed_back_and_come_back_belong_to_who_paid_for_them_otherwise():
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    cleared()
    amount = reserved()
    earned(2_000, campaign=campaign, at=LATER)
    reversing.reverse_earnings(
        clip_id=paid.clip_id,
        accrual_ids=[paid.id],
        reason="bought_views",
        note="Found out.",
        actor="user:7",
        claw_back=True,
        now=LATER,
    )

    sent_and_taken_back(amount)

    # 900 of the other clip's 1,800 paid for it, and now its own 900 are the creator's again.
    assert money_of() == {"clearing": 900, "payable": 900}
    assert broken() == {}


def test_a_transfer_gives_back_exactly_what_it_holds():
    earned(1_000)
    cleared()
    reserved()

    with pytest.raises(operations.ReservationOutOfDate), transaction.atomic():
        operations.release_from_transfer(
            transfer_id=7, creator_id=ben().id, currency="USD", amount_minor=899, reason="refused", now=LATER
        )
    assert money_of() == {"reserved": 900}


def release_of(transfer_id: int, creator: User, minor: int) -> operations.Release:
    return operations.Release(transfer_id=transfer_id, creator_id=creator.id, currency="USD", amount_minor=minor)


def two_transfers() -> tuple[operations.Release, operations.Release]:
    """Ben's and Nova's earnings, set aside for a transfer each; 900 and 1,800 are left of them after our fee."""
    nova = a_user("Nova")
    earned(1_000)
    earned(2_000, creator=nova)
    cleared()
    with transaction.atomic():
        numbers = {ben().id: 7, nova.id: 8}
        operations.reserve_for_transfers(
            reservations=[
                operations.Reservation(transfer_id=numbers[part.creator_id], part=part)
                for part in operations.locked_payable_parts()
            ],
            cause="test",
            now=LATER,
        )
    return release_of(7, ben(), 900), release_of(8, nova, 1_800)


@transaction.atomic
def given_back(*releases: operations.Release) -> None:
    operations.release_from_transfers(releases=releases, cause="a batch sent back", reason="sent back", now=LATER)


def test_many_transfers_give_back_what_each_holds_at_once():
    releases = two_transfers()

    given_back(*releases)

    assert (money_of(), money_of(a_user("Nova"))) == ({"payable": 900}, {"payable": 1_800})
    assert sum(part.amount_minor for part in queries.payable_parts()) == 2_700
    assert broken() == {}


def test_of_many_transfers_one_that_holds_something_else_gives_nothing_back():
    mine, theirs = two_transfers()

    with pytest.raises(operations.ReservationOutOfDate, match="Transfer 8 does not hold 1799"):
        given_back(mine, dataclasses.replace(theirs, amount_minor=1_799))
    assert money_of() == {"reserved": 900}


def test_a_hundred_transfers_are_given_back_in_as_many_statements_as_two(django_assert_num_queries: Any):
    creators = [a_user(f"Creator{number}") for number in range(100)]
    campaign = a_plain_campaign()
    for creator in creators:
        earned(1_000, creator=creator, campaign=campaign)
    cleared()
    with transaction.atomic():
        parts = operations.locked_payable_parts()
        operations.reserve_for_transfers(
            reservations=[operations.Reservation(transfer_id=part.creator_id, part=part) for part in parts],
            cause="test",
            now=LATER,
        )

    # a savepoint and its end; accruals locked, read and changed; what is owed; one record
    with django_assert_num_queries(7):
        given_back(*(release_of(creator.id, creator, 900) for creator in creators))


def test_what_was_partly_taken_is_set_aside_for_what_is_left():
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    cleared()
    reserved(1)
    earned(3_000, campaign=campaign)
    cleared()
    reversing.reverse_earnings(
        clip_id=paid.clip_id,
        accrual_ids=[paid.id],
        reason="bought_views",
        note="Found out.",
        actor="user:7",
        claw_back=True,
        now=LATER,
    )

    assert reserved(2) == 2_700 - 900
    assert money_of() == {"reserved": 900 + 1_800}
    assert broken() == {}


@pytest.mark.parametrize("change", [{"amount_minor": 1}, {"accrual_ids": (0,)}])
def test_a_part_that_is_not_what_it_was_is_not_reserved(change):
    earned(1_000)
    cleared()
    [part] = queries.payable_parts()

    with pytest.raises(operations.ReservationOutOfDate), transaction.atomic():
        operations.reserve_for_transfers(
            reservations=[operations.Reservation(transfer_id=7, part=dataclasses.replace(part, **change))],
            cause="batch",
            now=LATER,
        )
    assert Accrual.objects.filter(reserved_for=7).count() == 0
