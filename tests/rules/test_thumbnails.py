"""Pictures are one if their hashes hardly differ, and are found to be by two rows that they share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.clips.rules.thumbnails import ALIKE_BITS, difference_hash, row_pairs, signed

BITS = st.integers(0, 63)
PICTURES = st.integers(0, 2**64 - 1)
SPEAKING = (
    st.lists(st.integers(1, 254), min_size=8, max_size=8).map(bytes).map(lambda rows: int.from_bytes(rows, "big"))
)


def with_bits_turned(picture: int, places: set[int]) -> int:
    return picture ^ sum(1 << place for place in places)


@given(SPEAKING, st.sets(BITS, max_size=ALIKE_BITS))
def test_whatever_six_bits_differ_two_rows_are_shared(picture: int, places: set[int]) -> None:
    other = with_bits_turned(picture, places)

    # A row that came to say nothing can still be shared, beside one that does; too many of them make it no picture.
    assert not row_pairs(other) or set(row_pairs(picture)) & set(row_pairs(other))


@given(PICTURES)
def test_a_row_pair_says_which_rows_they_are_and_fits_a_column(picture: int) -> None:
    pairs = row_pairs(picture)

    assert len(pairs) == len(set(pairs))
    assert all(0 <= pair < 2**31 for pair in pairs)


@pytest.mark.parametrize(
    "picture",
    [
        0,
        2**64 - 1,
        0x5A5A5A5A5A000000,  # three rows of a bar
        0xFF5A5A5A5A5AFF00,
        0x00000000000000FF,
    ],
    ids=hex,
)
def test_a_picture_that_says_too_little_is_like_no_other(picture: int) -> None:
    assert row_pairs(picture) == []


def test_rows_that_say_nothing_are_no_pair_by_themselves() -> None:
    pairs = row_pairs(0x5A3C660F5A3C0000)

    assert len(pairs) == 8 * 7 // 2 - 1
    assert (6 * 8 + 7) << 16 not in pairs


@given(PICTURES)
def test_the_database_holds_all_64_bits(picture: int) -> None:
    assert signed(picture) % 2**64 == picture
    assert -(2**63) <= signed(picture) < 2**63


def test_a_picture_of_another_size_has_no_hash() -> None:
    with pytest.raises(ValueError, match="8 rows of 9"):
        difference_hash([[0] * 9] * 7)
