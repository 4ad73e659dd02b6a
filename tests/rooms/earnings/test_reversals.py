"""Earnings that do not count: given back where they are unpaid, taken from others or owed where they are not."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.operations import campaigns
from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual, Deduction, EarningAct, EarningReversal
from cliphaven.earnings.operations import acts, clearing, debts, holding, reversing
from cliphaven.earnings.queries.previews import Reversed
from cliphaven.foundation.transactions import sqlstate
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.notifications.models import Message
from tests.people import MONDAY, a_user, adas_organisation, ben, read_again, seen
from tests.rooms.earnings.earners import (
    LATER,
    a_plain_campaign,
    balance,
    broken,
    budget_of,
    cleared,
    earned,
    explained,
    fees,
    money_of,
    reserved,
    stage_of,
)

pytestmark = pytest.mark.django_db

BUDGET = 1_000_000


def reverse(*accruals: Accrual, claw_back: bool = False, **changes) -> Reversed:
    return reversing.reverse_earnings(
        **{
            "clip_id": accruals[0].clip_id,
            "accrual_ids": [accrual.id for accrual in accruals],
            "reason": "bought_views",
            "note": "They came from one place.",
            "actor": "user:7",
            "claw_back": claw_back,
            "now": LATER,
            **changes,
        }
    )


def close(campaign: Campaign) -> None:
    Campaign.objects.filter(id=campaign.id).update(state="completed", completed_at=MONDAY - timedelta(days=31))
    campaigns.close_campaign(
        campaign_id=campaign.id, organisation_id=campaign.organisation_id, user_id=a_user("Ada").id, now=MONDAY
    )


def hold(accrual: Accrual, *, now=MONDAY) -> None:
    holding.hold_earnings(
        clip_id=accrual.clip_id,
        accrual_ids=[accrual.id],
        reason="suspicious_views",
        note="",
        actor="user:7",
        releases_at=now + timedelta(days=14),
        now=now,
    )


@pytest.mark.parametrize("stage", ["clearing", "held", "payable"])
def test_a_void_gives_the_campaign_back_net_and_fee_from_wherever_it_is(stage):
    campaign = a_plain_campaign()
    accrual = earned(1_000, campaign=campaign)
    if stage == "held":
        hold(accrual)
    if stage == "payable":
        cleared()
    assert money_of() == {stage: 900}

    assert reverse(accrual) == Reversed(voided_minor=900, clawed_back_minor=0, owed_minor=0)
    assert (money_of(), fees(), budget_of(campaign)) == ({}, 0, BUDGET)
    assert stage_of(accrual) == "reversed"
    assert broken() == {}


def test_a_void_of_a_closed_campaign_goes_to_the_sponsors_wallet():
    campaign = a_plain_campaign()
    accrual = earned(1_000, campaign=campaign)
    close(campaign)
    before = balance(AccountKind.SPONSOR_WALLET, adas_organisation().id)

    reverse(accrual)

    assert balance(AccountKind.SPONSOR_WALLET, adas_organisation().id) == before + 1_000
    assert (budget_of(campaign), fees()) == (0, 0)
    assert broken() == {}


def test_a_sponsor_who_owes_pays_from_what_a_void_brings_back():
    campaign = a_plain_campaign()
    accrual = earned(1_000, campaign=campaign)
    close(campaign)
    organisation_id = adas_organisation().id
    wallet_minor = balance(AccountKind.SPONSOR_WALLET, organisation_id)
    charged_back(organisation_id, wallet_minor=wallet_minor, owed_minor=400)

    reverse(accrual)

    assert balance(AccountKind.SPONSOR_RECEIVABLE, organisation_id) == 0
    assert balance(AccountKind.SPONSOR_WALLET, organisation_id) == 1_000 - 400
    assert broken() == {}


@transaction.atomic
def charged_back(organisation_id: int, *, wallet_minor: int, owed_minor: int) -> None:
    """A card's bank took back all that is in the wallet, and more."""
    wallet, owed = (
        Account(kind=kind, owner_id=organisation_id, currency="USD")
        for kind in (AccountKind.SPONSOR_WALLET, AccountKind.SPONSOR_RECEIVABLE)
    )
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
    legs = tuple(
        ledger.Leg(debit=account, credit=cash, amount_minor=minor)
        for account, minor in ((wallet, wallet_minor), (owed, owed_minor))
    )
    ledger.record(
        [ledger.Entry(kind=EntryKind.CHARGEBACK, external_id="dp_1:txn_1", legs=legs, occurred_at=MONDAY, cause="test")]
    )


def test_voided_views_stay_counted_and_are_not_earned_again():
    campaign = a_plain_campaign()
    accrual = earned(1_000, campaign=campaign)
    reverse(accrual)

    assert operations.accrue_campaign(campaign_id=campaign.id, now=LATER) == 0
    seen(accrual.clip, 1_500, at=LATER)
    operations.accrue_campaign(campaign_id=campaign.id, now=LATER)
    assert money_of() == {"clearing": 500 - 50}


def test_the_creator_is_told_why_and_what_it_means():
    reverse(earned(1_000))

    message = Message.objects.get(user=ben())
    assert "$9.00" in message.subject
    assert "The views were not made by people. They came from one place." in message.text
    assert "nothing is taken from your bank" in message.text
    assert "answer this mail" in message.text


def test_paid_earnings_are_only_clawed_back_by_who_says_so():
    accrual = earned(1_000)
    cleared()
    reserved()

    with pytest.raises(reversing.PaidAlready):
        reverse(accrual)
    assert money_of() == {"reserved": 900}


def test_a_clawback_takes_clearing_held_and_payable_and_the_rest_is_owed():
    campaign = a_plain_campaign()
    paid = earned(10_000, campaign=campaign)
    cleared()
    reserved()
    payable = earned(1_000, campaign=campaign, at=LATER)
    cleared(at=LATER + timedelta(days=8))
    held = earned(2_000, campaign=campaign, at=LATER)
    hold(held, now=LATER)
    clearing = earned(3_000, campaign=campaign, at=LATER + timedelta(days=8))
    assert money_of() == {"clearing": 2_700, "held": 1_800, "payable": 900, "reserved": 9_000}

    done = reverse(paid, claw_back=True)

    owed = 9_000 - 2_700 - 1_800 - 900
    assert done == Reversed(voided_minor=0, clawed_back_minor=9_000, owed_minor=owed)
    # The transfer goes its way; the sponsor has everything back, with the fee of 1,000.
    assert money_of() == {"reserved": 9_000, "owed": owed}
    assert budget_of(campaign) == BUDGET - 1_000 - 2_000 - 3_000
    assert fees() == 100 + 200 + 300
    assert [stage_of(accrual) for accrual in (paid, payable, held, clearing)] == [
        "reserved",
        "payable",
        "held",
        "clearing",
    ]
    assert broken() == {}


def test_a_smaller_clawback_leaves_what_it_does_not_need():
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    cleared()
    reserved()
    earned(3_000, campaign=campaign, at=LATER)

    assert reverse(paid, claw_back=True).owed_minor == 0
    assert money_of() == {"clearing": 2_700 - 900, "reserved": 900}
    cleared(at=LATER + timedelta(days=8))
    assert [part.amount_minor for part in queries.payable_parts()] == [2_700 - 900]
    assert broken() == {}


def test_a_clawback_of_a_closed_campaign_goes_to_the_platform_which_keeps_its_fee():
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    close(campaign)
    cleared()
    reserved()

    reverse(paid, claw_back=True)

    assert (balance(AccountKind.PLATFORM_LOSSES), fees(), money_of()) == (-900, 100, {"reserved": 900, "owed": 900})
    assert broken() == {}


def test_what_becomes_payable_pays_the_debt_before_a_batch_can_take_it():
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    cleared()
    reserved()
    reverse(paid, claw_back=True)
    earned(1_500, campaign=campaign, at=LATER)
    read_again(at=LATER + timedelta(days=8))

    # In the same transaction: there is no moment in between.
    assert clearing.clear_chunk(now=LATER + timedelta(days=8)).cleared == 1

    assert money_of() == {"payable": 1_350 - 900, "reserved": 900}
    assert [part.amount_minor for part in queries.payable_parts()] == [1_350 - 900]
    assert [taken.amount_minor for taken in explained().taken_back] == [900]
    assert broken() == {}


def test_a_release_to_payable_pays_the_debt_too():
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    cleared()
    reserved()
    later = earned(500, campaign=campaign, at=MONDAY)
    cleared()
    hold(later, now=LATER)
    reverse(paid, claw_back=True)  # takes the 450 that are held
    third = earned(2_000, campaign=campaign, at=LATER)
    cleared(at=LATER + timedelta(days=8))
    assert money_of() == {"payable": 1_800 - 450, "reserved": 900}
    holding.release_due(now=LATER + timedelta(days=14))

    assert (stage_of(later), stage_of(third)) == ("payable", "payable")
    assert money_of() == {"payable": 1_800 - 450, "reserved": 900}
    assert broken() == {}


def test_a_refused_transfer_of_somebody_who_owes_pays_the_debt():
    paid = earned(1_000)
    cleared()
    reserved()
    reverse(paid, claw_back=True)
    assert money_of() == {"reserved": 900, "owed": 900}

    with transaction.atomic():
        operations.release_from_transfer(
            transfer_id=7, creator_id=ben().id, currency="USD", amount_minor=900, reason="refused", now=LATER
        )

    assert (money_of(), stage_of(paid)) == ({}, "payable")
    assert queries.payable_parts() == []
    assert broken() == {}


def test_a_debt_that_found_everything_locked_is_recovered_by_the_next_run():
    paid = earned(1_000)
    cleared()
    reserved()
    reverse(paid, claw_back=True)
    campaign = a_plain_campaign()
    accrual = earned(500, campaign=campaign, at=LATER)
    # as if it had cleared while somebody else had it locked, so that nothing was recovered from it
    Accrual.objects.filter(id=accrual.id).update(stage="payable", cleared_at=LATER)
    move_to_payable(450)

    assert debts.recover_all(now=LATER) == 1
    assert debts.recover_all(now=LATER) == 0
    assert money_of() == {"reserved": 900, "owed": 450}


def move_to_payable(minor: int) -> None:
    clearing, payable = (
        Account(kind=kind, owner_id=ben().id, currency="USD")
        for kind in (AccountKind.CREATOR_CLEARING, AccountKind.CREATOR_PAYABLE)
    )
    leg = ledger.Leg(debit=clearing, credit=payable, amount_minor=minor)
    with transaction.atomic():
        ledger.record(
            [ledger.Entry(kind=EntryKind.CLEAR, external_id="999999:1", legs=(leg,), occurred_at=LATER, cause="test")]
        )


def test_a_void_of_what_had_paid_a_debt_takes_that_part_from_elsewhere():
    campaign = a_plain_campaign()
    paid = earned(500, campaign=campaign)
    cleared()
    reserved()
    other = earned(1_000, campaign=campaign, at=LATER)
    reverse(paid, claw_back=True)  # 450 of the other's 900 pay for it
    assert money_of() == {"clearing": 450, "reserved": 450}

    done = reverse(other)

    # All 900 of the other are void: 450 are left of it, and 450 are owed, which had paid the first debt.
    assert done == Reversed(voided_minor=900, clawed_back_minor=0, owed_minor=450)
    assert money_of() == {"reserved": 450, "owed": 450}
    assert (budget_of(campaign), fees()) == (BUDGET, 0)
    assert broken() == {}


def a_void_of_what_had_paid_a_debt() -> Accrual:
    """900 were owed and were paid out of 2,700; then the campaign was closed, and the 2,700 do not count either."""
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    cleared()
    reserved()
    reverse(paid, claw_back=True)
    second = earned(3_000, campaign=campaign, at=LATER)
    cleared(at=LATER + timedelta(days=8))
    close(campaign)
    return second


def test_of_a_closed_campaign_the_sponsor_spent_what_did_not_come_back():
    second = a_void_of_what_had_paid_a_debt()
    before = balance(AccountKind.SPONSOR_WALLET, adas_organisation().id)
    reverse(second)

    # 1,800 and the fee of 300 are back; the 900 that had paid the debt make good the platform's losses.
    back = balance(AccountKind.SPONSOR_WALLET, adas_organisation().id) - before
    assert (back, balance(AccountKind.PLATFORM_LOSSES)) == (1_800 + 300, -900)
    spend = queries.campaign_spend(campaign_id=second.campaign_id)
    assert (spend.accrued_minor, spend.cleared_minor, spend.views_counted) == (900, 900, 0)
    assert [minor for _, minor in spend.by_day] == [900]
    assert queries.gross_by_clip([second.clip_id]) == {second.clip_id: 900}
    assert broken() == {}


def test_what_a_sponsor_is_said_to_have_back_is_in_the_books():
    reverse(a_void_of_what_had_paid_a_debt())

    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table earnings_earningreversal disable trigger user")
        cursor.execute("update earnings_earningreversal set returned_minor = 2_101 where returned_to = 'wallet'")
    assert "voids equal their entries" in broken()


@pytest.mark.parametrize(
    ("returned_to", "returned_minor"), [("campaign", 999), ("wallet", 99), ("wallet", 1_001), ("losses", 1)]
)
def test_the_database_refuses_a_sum_that_its_receiver_cannot_have_back(returned_to, returned_minor):
    accrual = earned(1_000)

    with pytest.raises(DatabaseError, match="a_reversal_returns_what_its_receiver_has"), transaction.atomic():
        EarningReversal.objects.create(
            accrual=accrual,
            kind="void",
            net_minor=900,
            fee_minor=100,
            returned_to=returned_to,
            returned_minor=returned_minor,
            reason="bought_views",
            note="They came from one place.",
            actor="user:7",
            reversed_at=LATER,
        )


def test_a_request_that_comes_twice_reverses_once():
    accrual = earned(1_000)
    first = reverse(accrual, request_key="one-click")

    assert reverse(accrual, request_key="one-click") == first
    act = EarningAct.objects.get()
    assert (act.deed, act.reason, act.note, act.actor) == (
        "reversed",
        "bought_views",
        "They came from one place.",
        "user:7",
    )
    assert (act.entries, act.amount_minor, act.clawed_back_minor, act.owed_minor) == (1, 900, 0, 0)
    assert Message.objects.filter(user=ben()).count() == 1
    assert broken() == {}


def test_the_key_of_a_hold_does_not_reverse():
    accrual = earned(1_000)
    holding.hold_earnings(
        clip_id=accrual.clip_id,
        accrual_ids=[accrual.id],
        reason="disputed",
        note="",
        actor="user:7",
        releases_at=LATER + timedelta(days=14),
        request_key="one-click",
        now=LATER,
    )

    with pytest.raises(acts.KeyUsedBefore):
        reverse(accrual, request_key="one-click")


def test_what_was_shown_is_what_is_done_or_nothing():
    accrual = earned(1_000)
    shown = Reversed(voided_minor=900, clawed_back_minor=0, owed_minor=0)
    cleared()
    reserved()

    with pytest.raises(reversing.PreviewOutOfDate):
        reverse(accrual, claw_back=True, expected=shown)
    assert (money_of(), EarningReversal.objects.count(), EarningAct.objects.count()) == ({"reserved": 900}, 0, 0)
    now_shown = Reversed(voided_minor=0, clawed_back_minor=900, owed_minor=900)
    assert reverse(accrual, claw_back=True, expected=now_shown) == now_shown


def test_several_entries_of_a_clip_are_reversed_at_once_paid_or_not():
    campaign = a_plain_campaign()
    first = earned(1_000, campaign=campaign)
    cleared()
    reserved()
    seen(first.clip, 3_000, at=LATER)
    operations.accrue_campaign(campaign_id=campaign.id, now=LATER)
    second = Accrual.objects.get(clip=first.clip, number=2)

    done = reverse(first, second, claw_back=True)

    # What is voided itself pays for nothing.
    assert done == Reversed(voided_minor=1_800, clawed_back_minor=900, owed_minor=900)
    assert budget_of(campaign) == BUDGET
    assert broken() == {}


@pytest.mark.parametrize(
    "changes",
    [{"reason": "because"}, {"note": " "}, {"note": "x" * 2_001}, {"accrual_ids": []}, {"clip_id": 0}],
    ids=str,
)
def test_a_reversal_without_a_sound_reason_is_refused(changes):
    with pytest.raises(reversing.ReversalRefused):
        reverse(earned(1_000), **changes)
    assert money_of() == {"clearing": 900}


@pytest.mark.parametrize("is_paid", [False, True])
def test_nothing_is_reversed_twice(is_paid):
    accrual = earned(1_000)
    if is_paid:
        cleared()
        reserved()
    reverse(accrual, claw_back=True)

    with pytest.raises(reversing.ReversalRefused, match="1 of these entries"):
        reverse(accrual, claw_back=True)
    assert EarningReversal.objects.count() == 1


def test_the_entries_of_another_clip_are_not_reversed():
    campaign = a_plain_campaign()
    one, other = earned(1_000, campaign=campaign), earned(1_000, campaign=campaign)

    with pytest.raises(reversing.ReversalRefused):
        reverse(one, other)


def refused(statement: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute(statement)
    except DatabaseError as error:
        return sqlstate(error)
    return "accepted"


@pytest.mark.parametrize(
    "statement",
    [
        f"{verb} earnings_{table}{rest}"
        for table in ("earningreversal", "deduction", "recovery")
        for verb, rest in (("delete from", ""), ("truncate", " cascade"))
    ]
    + [
        "update earnings_earningreversal set note = 'x'",
        "update earnings_deduction set amount_minor = 1",
        "update earnings_recovery set amount_minor = 1",
    ],
)
def test_the_database_refuses_to_rewrite_reversals_and_what_they_took(statement):
    a_debt_that_was_recovered()

    assert refused(statement) == "EA001"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ("amount_minor", "accepted"),
        ("1351", "EA002"),  # more than is left of it
        ("amount_minor, 'clearing'", "EA002"),  # not from where it is
    ],
)
def test_the_database_refuses_to_take_more_than_there_is(changes, outcome):
    a_debt_that_was_recovered()
    amount, _, stage = changes.partition(", ")
    stage = stage or "'payable'"
    cause = "reversal_id" if stage != "'payable'" else "recovery_id"
    source = "(select max(id) from earnings_earningreversal)" if cause == "reversal_id" else "recovery_id"

    assert (
        refused(
            f"insert into earnings_deduction (accrual_id, amount_minor, taken_from, {cause}, taken_at)"
            f" select accrual_id, {amount.replace('amount_minor', '450')}, {stage}, {source}, taken_at"
            " from earnings_deduction"
        )
        == outcome
    )


def a_debt_that_was_recovered() -> None:
    """900 were owed, and 900 of 1,350 paid for them."""
    campaign = a_plain_campaign()
    paid = earned(1_000, campaign=campaign)
    cleared()
    reserved()
    reverse(paid, claw_back=True)
    earned(1_500, campaign=campaign, at=LATER)
    cleared(at=LATER + timedelta(days=8))
    assert Deduction.objects.get().amount_minor == 900
