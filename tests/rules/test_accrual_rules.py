"""How views become money: differences of totals, whoever polls when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.earnings.rules import accruing as rules

PLAIN = rules.ClipTerms(cpm_minor=150, min_views=0, max_payout_minor=None, fee_bp=1_000)


def a_position(
    clip_id: int, views: int, *, gross: int = 0, creator: int = 1, terms: rules.ClipTerms = PLAIN
) -> rules.Position:
    return rules.Position(
        clip_id=clip_id, creator_id=creator, views_seen=views, gross_so_far_minor=gross, terms=terms
    )


def steps(
    *positions: rules.Position, budget: int = 10**13, earned: dict[int, int] | None = None
) -> list[rules.Step]:
    return rules.steps(positions=positions, budget_minor=budget, earned_by_creator=earned or {})


@pytest.mark.parametrize(
    ("views", "min_views", "cap", "expected"),
    [
        (10_000, 0, None, 10_000 * 150 // 1000),
        (999, 1_000, None, 0),  # below the minimum: nothing yet
        (1_000, 1_000, None, 1_000 * 150 // 1000),  # at the minimum: everything from the first view on
        (10_000_000, 0, 50_000, 50_000),  # the cap binds
    ],
)
def test_totals_follow_the_terms(views, min_views, cap, expected):
    terms = rules.ClipTerms(cpm_minor=150, min_views=min_views, max_payout_minor=cap, fee_bp=1_000)

    assert rules.earned_total(views=views, terms=terms) == expected


def test_a_step_takes_the_fee_from_the_gross():
    [step] = steps(a_position(1, 10_000), budget=100_000)

    assert (step.gross_minor, step.fee_minor, step.net_minor) == (1_500, 150, 1_350)


def test_a_short_budget_says_what_it_could_not_pay():
    found = steps(a_position(1, 10_000), a_position(2, 10_000), budget=1_000)

    assert [(step.gross_minor, step.unfunded_minor) for step in found] == [(500, 1_500 - 500)] * 2


def test_a_top_up_lets_unfunded_views_earn_later():
    [first] = steps(a_position(1, 10_000), budget=1_000)
    [second] = steps(a_position(1, 10_000, gross=first.gross_minor), budget=9_999)

    assert first.gross_minor + second.gross_minor == 1_500
    assert second.unfunded_minor == 0


def test_what_is_earned_never_shrinks():
    assert steps(a_position(1, 5_000, gross=1_500), budget=9_999) == []


def paid_in_polls(totals: list[int], terms: rules.ClipTerms) -> tuple[int, int]:
    """Gross and fee of a clip polled at these totals, with money enough."""
    gross = fee = 0
    for views in totals:
        for step in steps(a_position(1, views, gross=gross, terms=terms), budget=10**13):
            gross += step.gross_minor
            fee += step.fee_minor
    return gross, fee


@given(
    totals=st.lists(st.integers(0, 10**7), min_size=1, max_size=30).map(sorted),
    cpm=st.integers(1, 10_000),
    fee_bp=st.integers(0, 5_000),
    min_views=st.integers(0, 10**6),
    cap=st.none() | st.integers(1, 10**6),
)
def test_any_polling_schedule_pays_the_same_cents(totals, cpm, fee_bp, min_views, cap):
    terms = rules.ClipTerms(cpm_minor=cpm, min_views=min_views, max_payout_minor=cap, fee_bp=fee_bp)

    assert paid_in_polls(totals, terms) == paid_in_polls([totals[-1]], terms)


def test_dribbling_views_do_not_pay_double():
    # 1,000 polls of 5 views each at CPM 100: 5,000 views are 500 cents, not 1,000 times half a cent rounded up
    totals = [5 * poll for poll in range(1, 1_001)]
    terms = rules.ClipTerms(cpm_minor=100, min_views=0, max_payout_minor=None, fee_bp=0)

    assert paid_in_polls(totals, terms) == (5_000 * 100 // 1000, 0)


@given(
    views=st.lists(st.integers(0, 10**6), min_size=1, max_size=25),
    budget=st.integers(0, 10**6),
    randomly=st.randoms(),
)
def test_the_endgame_spends_exactly_the_budget_in_any_order(views, budget, randomly):
    positions = [a_position(number, total) for number, total in enumerate(views, start=1)]
    shuffled = positions.copy()
    randomly.shuffle(shuffled)

    found = steps(*positions, budget=budget)

    assert found == steps(*shuffled, budget=budget)
    assert sum(step.gross_minor for step in found) == min(budget, sum(rules.wanted(position) for position in positions))
