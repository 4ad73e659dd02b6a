"""What sponsors have back for views that were taken back: by share of views, never more than was paid, within a cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.earnings.rules.purging import EarnedEntry, credit, is_purged

PLENTY = 10**12


def entry(views_from: int, views_to: int, spent_minor: int, credited_minor: int = 0, *, number: int = 1) -> EarnedEntry:
    return EarnedEntry(
        accrual_id=number,
        views_from=views_from,
        views_to=views_to,
        spent_minor=spent_minor,
        credited_minor=credited_minor,
    )


ENTRIES = st.lists(
    st.tuples(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=8
).map(
    lambda steps: [
        entry(
            sum(one[0] for one in steps[:place]),
            sum(one[0] for one in steps[: place + 1]),
            spent,
            min(credited, spent),
            number=place + 1,
        )
        for place, (_, spent, credited) in enumerate(steps)
    ]
)


@pytest.mark.parametrize(
    ("views_from", "views_to", "expected"),
    [
        (7_000, 10_000, True),
        (8_000, 9_000, True),
        (6_999, 10_000, False),  # reaches below what stands
        (9_000, 10_001, False),  # reaches above what was there
    ],
)
def test_an_entry_is_purged_if_all_of_its_views_were_taken(views_from, views_to, expected):
    assert is_purged(views_from=views_from, views_to=views_to, stands=7_000, before=10_000) is expected


@pytest.mark.parametrize(
    ("one", "stands", "expected"),
    [
        (entry(7_000, 10_000, 3_000), 7_000, 3_000),
        (entry(7_000, 10_000, 3_000), 9_000, 1_000),
        (entry(7_000, 10_000, 100), 9_999, 100 * 1 // 3_000),  # rounded down: nothing
        (entry(7_000, 10_000, 3_000), 10_000, 0),
        (entry(7_000, 10_000, 3_000, 2_500), 7_000, 500),
        (entry(7_000, 10_000, 3_000, 3_000), 7_000, 0),
    ],
)
def test_an_entry_is_credited_by_its_share_of_views_less_what_was_credited_before(one, stands, expected):
    assert credit([one], stands=stands, most_minor=PLENTY).amount_minor == expected


def test_the_cap_takes_the_highest_views_first_and_says_what_it_left_out():
    found = credit([entry(0, 1_000, 500), entry(1_000, 2_000, 700, number=2)], stands=0, most_minor=900)

    assert [(part.accrual_id, part.amount_minor) for part in found.parts] == [(2, 700), (1, 200)]
    assert (found.amount_minor, found.capped_minor) == (900, 500 - 200)


@given(entries=ENTRIES, stands=st.integers(0, 80_000), most_minor=st.integers(0, 100_000))
def test_nobody_has_back_more_than_was_spent_or_the_cap_in_whatever_order(entries, stands, most_minor):
    found = credit(entries, stands=stands, most_minor=most_minor)
    spent = {one.accrual_id: one.spent_minor - one.credited_minor for one in entries}

    assert all(0 < part.amount_minor <= spent[part.accrual_id] for part in found.parts)
    assert all(part.views_from >= stands for part in found.parts)
    assert found.amount_minor <= most_minor
    assert credit(entries[::-1], stands=stands, most_minor=most_minor) == found


@given(entries=ENTRIES, first=st.integers(0, 80_000), then=st.integers(0, 80_000))
def test_two_falls_are_credited_no_more_than_one_as_deep(entries, first, then):
    high, low = max(first, then), min(first, then)
    before = credit(entries, stands=high, most_minor=PLENTY)
    given_minor = {part.accrual_id: part.amount_minor for part in before.parts}
    after = [
        entry(
            one.views_from,
            one.views_to,
            one.spent_minor,
            one.credited_minor + given_minor.get(one.accrual_id, 0),
            number=one.accrual_id,
        )
        for one in entries
    ]

    second = credit(after, stands=low, most_minor=PLENTY)

    assert before.amount_minor + second.amount_minor == credit(entries, stands=low, most_minor=PLENTY).amount_minor
