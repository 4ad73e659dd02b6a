"""What earnings are limited by, kept apart by, and taken from: caps, holds, the last look, and the order of taking."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.earnings.rules import accruing, holding, settling, taking
from cliphaven.earnings.rules.settling import NEVER_LOOKED, AtClearing, LatestLook
from cliphaven.earnings.rules.taking import Available, Taken

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def a_clip(clip_id: int, wants: int, *, creator: int = 1, cap: int | None = None) -> accruing.Position:
    """A clip that wants so many cents: one cent a view, so that arithmetic stays visible."""
    terms = accruing.ClipTerms(cpm_minor=1_000, min_views=0, max_payout_minor=None, creator_cap_minor=cap, fee_bp=1_000)
    return accruing.Position(clip_id=clip_id, creator_id=creator, views_seen=wants, gross_so_far_minor=0, terms=terms)


def granted(*clips: accruing.Position, earned: dict[int, int] | None = None) -> dict[int, int]:
    return accruing.within_caps(positions=clips, earned_by_creator=earned or {})


class TestCapsOfCreators:
    """One creator's clips in one campaign together."""

    def test_what_was_earned_and_what_a_tighter_cap_lets_through_use_up_the_wider_one(self):
        # 300 less 100 earned leave 200 of 400; then 1,000 less 100 and 200 leave 700 of 900
        assert granted(a_clip(1, 900, cap=1_000), a_clip(2, 400, cap=300), earned={1: 100}) == {2: 200, 1: 700}

    def test_a_clip_that_wants_nothing_caps_nobody(self):
        assert granted(a_clip(1, 0, cap=1), a_clip(2, 400), earned={1: 10**12}) == {2: 400}

    def test_what_a_cap_kept_from_a_clip_is_said_beside_what_the_budget_could_not_pay(self):
        [step] = accruing.steps(positions=[a_clip(1, 700, cap=500)], budget_minor=200, earned_by_creator={1: 100})

        assert step == accruing.Step(
            clip_id=1,
            creator_id=1,
            gross_minor=200,
            fee_minor=20,
            gross_total_minor=200,
            capped_minor=700 - 400,
            unfunded_minor=400 - 200,
        )

    def test_a_clip_for_which_no_cent_is_left_keeps_nobody_else_from_a_step(self):
        found = accruing.steps(
            positions=[a_clip(1, 1), a_clip(2, 1), a_clip(3, 1)], budget_minor=2, earned_by_creator={}
        )

        assert [(step.clip_id, step.gross_minor) for step in found] == [(1, 1), (2, 1)]

    def test_steps_go_on_from_what_was_earned_before(self):
        terms = accruing.ClipTerms(cpm_minor=1_000, min_views=0, max_payout_minor=None, fee_bp=1_000)
        position = accruing.Position(clip_id=7, creator_id=3, views_seen=1_004, gross_so_far_minor=1_000, terms=terms)
        [step] = accruing.steps(positions=[position], budget_minor=10**6, earned_by_creator={})

        # The fee of 1,004 is 100.4, of 1,000 it is 100: nothing for this step
        assert (step.gross_minor, step.fee_minor, step.gross_total_minor, step.creator_id) == (4, 0, 1_004, 3)
        assert (step.capped_minor, step.unfunded_minor) == (0, 0)


class TestHolds:
    """How long a hold may last."""

    @pytest.mark.parametrize("former", [MONDAY, MONDAY + timedelta(days=59)])
    def test_a_hold_ends_after_the_moment_it_must_be_after(self, former):
        problem = holding.problem_of_release(placed_at=MONDAY, releases_at=former, former=former)

        assert problem == f"The day on which the hold ends must be after {former:%d %B %Y}, 06:00 UTC"
        assert holding.problem_of_release(placed_at=MONDAY, releases_at=former + MICROSECOND, former=former) == ""

    def test_a_hold_lasts_sixty_days_at_most_from_its_first_day_on(self):
        latest = MONDAY + timedelta(days=60)
        problem = holding.problem_of_release(placed_at=MONDAY, releases_at=latest + MICROSECOND, former=MONDAY)

        assert problem == (
            "Earnings are held for 60 days at most, here until 01 January 2027, 06:00 UTC: decide, or let them go"
        )
        assert holding.problem_of_release(placed_at=MONDAY, releases_at=latest, former=MONDAY) == ""


def look(*, ago: timedelta = timedelta(0), settled: int | None = 1_000, fallen: int | None = None) -> LatestLook:
    """A look at a clip so long before its hold period is over on Monday."""
    return LatestLook(looked_at=MONDAY - ago, settled_views=settled, fallen_to=fallen)


def at_clearing(
    look: LatestLook, *, views_to: int = 1_000, counted: int = 1_000, was_answered: bool = False, now: datetime = MONDAY
) -> AtClearing:
    return settling.at_clearing(
        clears_at=MONDAY, views_to=views_to, views_counted=counted, look=look, was_answered=was_answered, now=now
    )


class TestTheLastLook:
    """What becomes of an accrual whose hold period is over on Monday."""

    @pytest.mark.parametrize(
        ("ago", "expected"),
        [
            (timedelta(hours=12), AtClearing.CLEAR),
            (timedelta(hours=12) + MICROSECOND, AtClearing.WAIT),
            (timedelta(hours=-5), AtClearing.CLEAR),
        ],
    )
    def test_somebody_must_have_looked_within_twelve_hours(self, ago, expected):
        assert at_clearing(look(ago=ago)) is expected

    def test_nobody_waits_for_a_look_longer_than_72_hours(self):
        patience = MONDAY + timedelta(hours=72)

        assert at_clearing(NEVER_LOOKED, now=patience - MICROSECOND) is AtClearing.WAIT
        assert at_clearing(NEVER_LOOKED, now=patience) is AtClearing.CLEAR
        assert at_clearing(look(ago=timedelta(days=3)), now=patience) is AtClearing.CLEAR

    @pytest.mark.parametrize(
        ("settled", "expected"),
        [(800, AtClearing.CLEAR), (799, AtClearing.HOLD), (0, AtClearing.HOLD), (None, AtClearing.CLEAR)],
    )
    def test_a_fall_by_more_than_a_fifth_holds_what_lies_above(self, settled, expected):
        assert at_clearing(look(settled=settled)) is expected

    @pytest.mark.parametrize(("views_to", "expected"), [(500, AtClearing.CLEAR), (501, AtClearing.HOLD)])
    def test_what_still_stands_is_not_held(self, views_to, expected):
        assert at_clearing(look(settled=500), views_to=views_to) is expected

    def test_what_was_answered_for_a_fall_is_not_held_for_it_again(self):
        assert at_clearing(look(settled=500), was_answered=True) is AtClearing.CLEAR
        assert at_clearing(look(settled=500, ago=timedelta(days=1)), was_answered=True) is AtClearing.WAIT

    def test_a_fall_that_was_seen_once_waits_for_a_second_look_but_not_for_ever(self):
        once = look(fallen=500)

        assert at_clearing(once) is AtClearing.WAIT
        assert at_clearing(once, now=MONDAY + timedelta(hours=72)) is AtClearing.CLEAR
        assert at_clearing(look(fallen=800)) is AtClearing.CLEAR

    @pytest.mark.parametrize(
        ("settled", "fallen", "is_below"),
        [(1_000, None, False), (999, None, True), (1_000, 999, True), (1_001, 1_000, False), (None, None, False)],
    )
    def test_there_is_a_fall_to_judge_when_less_was_shown_at_all(self, settled, fallen, is_below):
        assert settling.is_below(look(settled=settled, fallen=fallen), views=1_000) is is_below

    def test_a_look_is_late_enough_or_it_is_none(self):
        assert settling.is_settled(clears_at=MONDAY, look=look(ago=timedelta(hours=12)))
        assert not settling.is_settled(clears_at=MONDAY, look=look(ago=timedelta(hours=12) + MICROSECOND))
        assert not settling.is_settled(clears_at=MONDAY, look=NEVER_LOOKED)


def unpaid(accrual_id: int, stage: str, left: int) -> Available:
    return Available(accrual_id=accrual_id, stage=stage, left_minor=left)


class TestTaking:
    """From which unpaid earnings an amount is taken."""

    def test_what_is_furthest_from_the_bank_gives_first_and_the_oldest_of_each_stage(self):
        pot = [
            unpaid(1, "payable", 100),
            unpaid(2, "held", 100),
            unpaid(4, "clearing", 100),
            unpaid(3, "clearing", 100),
        ]

        assert taking.taken(amount_minor=350, available=pot) == [
            Taken(accrual_id=3, stage="clearing", amount_minor=100),
            Taken(accrual_id=4, stage="clearing", amount_minor=100),
            Taken(accrual_id=2, stage="held", amount_minor=100),
            Taken(accrual_id=1, stage="payable", amount_minor=50),
        ]

    def test_one_cent_is_taken_and_nothing_is_not(self):
        pot = [unpaid(1, "clearing", 0), unpaid(2, "clearing", 1), unpaid(3, "clearing", 5)]

        assert taking.taken(amount_minor=1, available=pot) == [Taken(accrual_id=2, stage="clearing", amount_minor=1)]
        assert taking.taken(amount_minor=0, available=pot) == []


@given(
    amount=st.integers(0, 10**6),
    lefts=st.lists(st.tuples(st.sampled_from(["clearing", "held", "payable"]), st.integers(0, 10**5)), max_size=20),
)
def test_as_much_is_taken_as_there_is_and_no_more_than_was_asked_for(amount, lefts):
    pot = [unpaid(number, stage, left) for number, (stage, left) in enumerate(lefts)]
    parts = taking.taken(amount_minor=amount, available=pot)
    left_of = {one.accrual_id: one.left_minor for one in pot}

    assert sum(part.amount_minor for part in parts) == min(amount, sum(left_of.values()))
    assert all(0 < part.amount_minor <= left_of[part.accrual_id] for part in parts)
