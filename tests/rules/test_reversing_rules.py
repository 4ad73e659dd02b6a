"""What reversals take, from where, and what the sponsor has back of it."""

import pytest

from cliphaven.earnings.rules.reversing import PlannedReversal, Target, planned
from cliphaven.earnings.rules.taking import Available

OTHERS = [
    Available(accrual_id=11, stage="payable", left_minor=400),
    Available(accrual_id=12, stage="clearing", left_minor=300),
]


def target(stage: str, *, accrual_id: int = 1, net: int = 900, fee: int = 100, used: int = 0) -> Target:
    return Target(accrual_id=accrual_id, stage=stage, net_minor=net, fee_minor=fee, used_minor=used)


def one(target_: Target, *, is_open: bool = True) -> PlannedReversal:
    [plan] = planned(targets=[target_], others=OTHERS, campaign_is_open=is_open)
    return plan


@pytest.mark.parametrize("stage", ["clearing", "held", "payable"])
@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_unpaid_goes_back_whole_with_the_fee(stage, is_open):
    plan = one(target(stage), is_open=is_open)

    assert (plan.is_void, plan.unpaid_minor, plan.fee_minor, plan.returned_minor) == (True, 900, 100, 1_000)
    assert (plan.parts, plan.owed_minor, plan.taken_minor) == ((), 0, 0)


@pytest.mark.parametrize(("is_open", "fee", "returned"), [(True, 100, 1_000), (False, 0, 0)])
def test_what_was_paid_is_taken_from_other_earnings_and_the_rest_is_owed(is_open, fee, returned):
    plan = one(target("reserved"), is_open=is_open)

    assert (plan.is_void, plan.unpaid_minor, plan.fee_minor, plan.returned_minor) == (False, 0, fee, returned)
    assert [(part.accrual_id, part.amount_minor) for part in plan.parts] == [(12, 300), (11, 400)]
    assert (plan.owed_minor, plan.taken_minor) == (200, 900)


@pytest.mark.parametrize(("is_open", "returned"), [(True, 1_000), (False, 400 + 100)])
def test_the_part_of_an_unpaid_one_that_had_paid_a_debt_is_taken_like_paid_money(is_open, returned):
    plan = one(target("payable", used=500), is_open=is_open)

    assert (plan.unpaid_minor, plan.fee_minor, plan.returned_minor) == (400, 100, returned)
    assert [(part.accrual_id, part.amount_minor) for part in plan.parts] == [(12, 300), (11, 200)]
    assert (plan.owed_minor, plan.taken_minor) == (0, 500)


def test_what_is_unpaid_comes_first_and_who_comes_next_finds_less():
    plans = planned(
        targets=[
            target("reserved", accrual_id=1, net=600),
            target("clearing", accrual_id=2, net=500, used=200),
            target("reserved", accrual_id=3, net=100),
        ],
        others=OTHERS,
        campaign_is_open=True,
    )

    assert [plan.target.accrual_id for plan in plans] == [2, 1, 3]
    assert [[(part.accrual_id, part.amount_minor) for part in plan.parts] for plan in plans] == [
        [(12, 200)],
        [(12, 100), (11, 400)],
        [],
    ]
    assert [plan.owed_minor for plan in plans] == [0, 100, 100]
