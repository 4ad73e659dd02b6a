"""Holds, voids, clawbacks, clearings and batches reach for the same earnings at once: real threads, real commits."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from cliphaven.earnings import operations
from cliphaven.earnings.models import Accrual, EarningAct
from cliphaven.earnings.operations import clearing, holding, reversing
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, read_again
from tests.rooms.earnings.earners import (
    LATER,
    a_plain_campaign,
    broken,
    budget_of,
    cleared,
    earned,
    explained,
    fees,
    money_of,
    reserved,
)

BUDGET = 1_000_000
GROSS = 1_000
CLIPS = 6


def hold(accrual: Accrual) -> None:
    holding.hold_earnings(
        clip_id=accrual.clip_id,
        accrual_ids=[accrual.id],
        reason="under_review",
        note="",
        actor="user:7",
        releases_at=LATER + timedelta(days=14),
        now=LATER,
    )


def reverse(accrual: Accrual, *, claw_back: bool = False, request_key: str = "") -> None:
    reversing.reverse_earnings(
        clip_id=accrual.clip_id,
        accrual_ids=[accrual.id],
        reason="bought_views",
        note="Found out.",
        actor="user:7",
        claw_back=claw_back,
        request_key=request_key,
        now=LATER,
    )


@own_transaction
def plan(number: int) -> None:
    """What a batch does."""
    parts = operations.locked_payable_parts()
    operations.reserve_for_transfers(
        reservations=[
            operations.Reservation(transfer_id=100 * number + place, part=part) for place, part in enumerate(parts)
        ],
        cause="batch",
        now=LATER,
    )


def answered(act: Callable[[], object]) -> str:
    try:
        act()
    except Refused as refused:
        return refused.code
    return "done"


def all_of_the_money() -> int:
    """What Ben has or owes, the fees, and what is left of the one campaign."""
    money = money_of()
    [campaign_id] = Accrual.objects.order_by().values_list("campaign_id", flat=True).distinct()
    campaign = Accrual.objects.filter(campaign_id=campaign_id)[0].campaign
    return sum(money.values()) - 2 * money.get("owed", 0) + fees() + budget_of(campaign)


def several() -> list[Accrual]:
    campaign = a_plain_campaign()
    return [earned(GROSS, campaign=campaign) for _ in range(CLIPS)]


def test_a_hold_and_a_batch_never_have_the_same_earnings(committed):
    accruals = several()
    cleared()

    def act(number: int) -> str:
        return answered(lambda: plan(number)) if number >= CLIPS else answered(lambda: hold(accruals[number]))

    answers = at_once(act, workers=CLIPS + 4)

    assert set(answers) <= {"done", "hold_refused"}
    assert sum(money_of().values()) == CLIPS * 900
    assert money_of()["held" if "held" in money_of() else "reserved"] % 900 == 0
    assert all_of_the_money() == BUDGET
    assert broken() == {}


def test_a_void_and_the_clearing_of_the_same_earnings_happen_one_after_the_other(committed):
    accruals = several()
    read_again(at=LATER)

    def act(number: int) -> str:
        if number >= CLIPS:
            return answered(lambda: operations.clear_all(now=LATER))
        return answered(lambda: reverse(accruals[number]))

    answers = at_once(act, workers=CLIPS + 4)

    assert answers == {"done": CLIPS + 4}
    assert (money_of(), fees()) == ({}, 0)
    assert all_of_the_money() == BUDGET
    assert broken() == {}


def test_a_clawback_and_a_batch_leave_nothing_uncovered(committed):
    campaign = a_plain_campaign()
    paid = earned(4 * GROSS, campaign=campaign)
    cleared()
    reserved(1)
    for _ in range(CLIPS):
        earned(GROSS, campaign=campaign)
    cleared()

    def act(number: int) -> str:
        return answered(lambda: plan(number)) if number % 2 else answered(lambda: reverse(paid, claw_back=True))

    answers = at_once(act, workers=8)

    # One of four clawbacks is the first; the others find it done.
    assert answers["reversal_refused"] == 3
    money = money_of()
    assert sum(money.values()) - 2 * money.get("owed", 0) == CLIPS * 900
    assert all_of_the_money() == BUDGET
    assert broken() == {}


def test_many_clicks_reverse_once(committed):
    accruals = several()

    answers = at_once(lambda _: answered(lambda: reverse(accruals[0], request_key="one-click")), workers=6)

    assert answers == {"done": 6}
    assert EarningAct.objects.count() == 1
    assert money_of() == {"clearing": (CLIPS - 1) * 900}
    assert broken() == {}


def test_many_who_clear_recover_a_debt_once(committed, monkeypatch):
    monkeypatch.setattr(clearing, "CLEARED_AT_ONCE_MAX", 1)  # everybody clears some of it
    campaign = a_plain_campaign()
    paid = earned(GROSS, campaign=campaign)
    cleared()
    reserved(1)
    reverse(paid, claw_back=True)
    for _ in range(CLIPS):
        earned(GROSS, campaign=campaign, at=MONDAY)
    read_again(at=LATER)

    answers = at_once(lambda _: answered(lambda: operations.clear_all(now=LATER)), workers=8)

    assert answers == {"done": 8}
    assert money_of() == {"payable": CLIPS * 900 - 900, "reserved": 900}
    assert broken() == {}


def test_holds_that_end_voids_and_clawbacks_of_one_creator_do_not_deadlock(committed):
    campaign = a_plain_campaign()
    paid = [earned(GROSS, campaign=campaign) for _ in range(3)]
    cleared()
    reserved(1)
    others = [earned(GROSS, campaign=campaign, at=MONDAY) for _ in range(CLIPS)]
    for accrual in others:
        hold(accrual)
    over = LATER + timedelta(days=14)

    def act(number: int) -> str:
        if number < 3:
            return answered(lambda: reverse(paid[number], claw_back=True))
        if number < 6:
            return answered(lambda: reverse(others[number]))
        return answered(lambda: holding.release_due(now=over))

    answers = at_once(act, workers=9)

    assert answers == {"done": 9}
    found = explained(now=over)
    assert found.owed_minor == found.payable_minor + sum(blocker.amount_minor for blocker in found.blockers)
    assert all_of_the_money() == BUDGET
    assert broken() == {}


def test_a_batch_that_planned_before_a_hold_plans_again(committed):
    [accrual, *_] = several()
    cleared()
    with transaction.atomic():
        parts = operations.locked_payable_parts()
    hold(accrual)

    def reserve() -> None:
        with transaction.atomic():
            operations.reserve_for_transfers(
                reservations=[operations.Reservation(transfer_id=1, part=part) for part in parts],
                cause="batch",
                now=LATER,
            )

    assert answered(reserve) == "reservation_out_of_date"
    assert money_of() == {"held": 900, "payable": (CLIPS - 1) * 900}
