"""How views become money: differences of totals, whoever polls when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.earnings.rules import accruing as rules

PLAIN = rules.ClipTerms(cpm_minor=150, min_views=0, max_payout_minor=None, fee_bp=1_000)


def a_position(
    clip_id: int, views: int, *, gross: int = 0, creator: int = 1, terms: rules.ClipTerms = PLAIN
) -> rules.Position:
    return rules.Position(clip_id=clip_id, creator_id=creator, views_seen=views, gross_so_far_minor=gross, terms=terms)


def steps(*positions: rules.Position, budget: int = 10**13, earned: dict[int, int] | None = None) -> list[rules.Step]:
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


def capped(cap: int | None, *, cpm: int = 1_000) -> rules.ClipTerms:
    """A minor unit a view, no fee, and a cap for each creator."""
    return rules.ClipTerms(cpm_minor=cpm, min_views=0, max_payout_minor=None, creator_cap_minor=cap, fee_bp=0)


def gross_by_clip(found: list[rules.Step]) -> dict[int, int]:
    return {step.clip_id: step.gross_minor for step in found}


def test_a_creators_clips_share_what_is_left_under_the_cap():
    one, other = a_position(1, 300, terms=capped(500)), a_position(2, 900, terms=capped(500))

    found = steps(one, other, earned={1: 100})

    # 500 - 100 = 400 are left for wants of 300 and 900
    assert gross_by_clip(found) == {1: 400 * 300 // 1_200, 2: 400 * 900 // 1_200}
    assert [step.capped_minor for step in found] == [300 - 100, 900 - 300]


def test_the_cap_of_one_creator_is_not_anothers():
    mine, theirs = a_position(1, 900, terms=capped(500)), a_position(2, 900, creator=2, terms=capped(500))

    assert gross_by_clip(steps(mine, theirs, earned={1: 500})) == {2: 500}


def test_a_cap_binds_growth_and_never_history():
    assert steps(a_position(1, 900, gross=700, terms=capped(500)), earned={1: 700}) == []


def test_under_different_caps_the_tightest_goes_first_and_an_uncapped_clip_is_paid_in_full():
    tight, wide, free = (a_position(n, 900, terms=capped(cap)) for n, cap in ((1, 500), (2, 800), (3, None)))

    found = steps(free, wide, tight)

    # 500 under the tight cap, the wide one has 800 - 500 left, and who has no cap is not asked
    assert gross_by_clip(found) == {1: 500, 2: 800 - 500, 3: 900}


def test_what_an_uncapped_clip_earned_uses_up_the_room_of_a_capped_one():
    assert gross_by_clip(steps(a_position(1, 900, terms=capped(500)), earned={1: 450})) == {1: 50}


def test_a_short_budget_and_a_cap_are_told_apart():
    [step] = steps(a_position(1, 900, terms=capped(500)), budget=200)

    assert (step.gross_minor, step.capped_minor, step.unfunded_minor) == (200, 900 - 500, 500 - 200)


@given(
    clips=st.lists(
        st.tuples(st.integers(0, 10**5), st.integers(1, 3), st.none() | st.integers(1, 10**5)), min_size=1, max_size=20
    ),
    budget=st.integers(0, 10**6),
    randomly=st.randoms(),
)
def test_no_creator_passes_their_cap_in_any_order(clips, budget, randomly):
    positions = [
        a_position(number, views, creator=creator, terms=capped(cap))
        for number, (views, creator, cap) in enumerate(clips, start=1)
    ]
    shuffled = positions.copy()
    randomly.shuffle(shuffled)

    found = steps(*positions, budget=budget)

    assert found == steps(*shuffled, budget=budget)
    by_id = {position.clip_id: position for position in positions}
    for step in found:
        cap = by_id[step.clip_id].terms.creator_cap_minor
        tighter = [
            other.gross_minor
            for other in found
            if other.creator_id == step.creator_id
            and (by_id[other.clip_id].terms.creator_cap_minor or rules.NO_CAP) <= (cap or rules.NO_CAP)
        ]
        assert cap is None or sum(tighter) <= cap
        assert step.gross_minor + step.capped_minor + step.unfunded_minor == rules.wanted(by_id[step.clip_id])
