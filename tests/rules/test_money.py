"""Integer money: half up, fair shares, and what people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.foundation import money


@pytest.mark.parametrize(
    ("views", "cpm", "expected"),
    [
        (0, 100, 0),
        (4, 100, 0),  # 0.4 cent
        (5, 100, 1),  # 0.5 cent, half up
        (1_000, 100, 100),
        (1_499, 1, 1),
        (1_500, 1, 2),
        (10**11, 1_000_000, 10**14),
    ],
)
def test_views_are_worth_their_rate_half_up(views, cpm, expected):
    assert money.earned(views=views, cpm_minor=cpm) == expected == (views * cpm + 500) // 1000


@pytest.mark.parametrize(("gross", "bp", "expected"), [(1_000, 1_000, 100), (5, 1_000, 1), (4, 1_000, 0), (999, 0, 0)])
def test_the_fee_is_a_part_of_the_gross_half_up(gross, bp, expected):
    assert money.fee(gross_minor=gross, fee_bp=bp) == expected == (gross * bp + 5_000) // 10_000


def test_a_short_budget_is_shared_by_largest_remainder():
    # 10 cents for wants of 5, 5 and 5: 3.33 each, and the cent left over goes to the lowest id of equal remainders
    assert money.shared_pro_rata(total_minor=10, wants={3: 5, 1: 5, 2: 5}) == {1: 4, 2: 3, 3: 3}


def test_the_cents_left_over_go_to_the_largest_remainders_and_not_to_the_largest_shares():
    # 1,000 for wants of 700, 200 and 300: 583.33, 166.67 and 250.00, so the one cent left over is the second one's
    assert money.shared_pro_rata(total_minor=1_000, wants={1: 700, 2: 200, 3: 300}) == {1: 583, 2: 167, 3: 250}


@pytest.mark.parametrize(("total", "wants"), [(-1, {1: 5}), (10, {1: -1}), (-1, {1: -1}), (10, {1: 5, 2: -1})])
def test_nothing_negative_is_shared(total, wants):
    with pytest.raises(ValueError, match=r"^Shares are made of what is there: nothing negative$"):
        money.shared_pro_rata(total_minor=total, wants=wants)


def test_nothing_is_shared_among_nobody_and_by_who_wants_nothing():
    assert money.shared_pro_rata(total_minor=10, wants={}) == {}
    assert money.shared_pro_rata(total_minor=0, wants={1: 0, 2: 0}) == {1: 0, 2: 0}
    assert money.shared_pro_rata(total_minor=0, wants={1: 5, 2: 0}) == {1: 0, 2: 0}


def test_a_full_budget_gives_everybody_what_they_want():
    assert money.shared_pro_rata(total_minor=100, wants={1: 5, 2: 7}) == {1: 5, 2: 7}


@given(
    total=st.integers(0, 10**13),
    wants=st.dictionaries(st.integers(1, 1_000), st.integers(0, 10**10), max_size=40),
)
def test_shares_sum_to_the_budget_or_to_all_wants(total, wants):
    shares = money.shared_pro_rata(total_minor=total, wants=wants)

    assert sum(shares.values()) == min(total, sum(wants.values()))
    assert all(0 <= shares[id_] <= want for id_, want in wants.items())


@given(
    total=st.integers(0, 10**6),
    wants=st.dictionaries(st.integers(1, 1_000), st.integers(0, 10**5), max_size=20),
    randomly=st.randoms(),
)
def test_shares_do_not_depend_on_the_order_of_the_wants(total, wants, randomly):
    shuffled = list(wants.items())
    randomly.shuffle(shuffled)

    assert money.shared_pro_rata(total_minor=total, wants=dict(shuffled)) == money.shared_pro_rata(
        total_minor=total, wants=wants
    )


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.34", "USD", 1234), ("12", "USD", 1200), ("12.3", "USD", 1230), (" 5 ", "USD", 500), ("500", "JPY", 500)],
)
def test_typed_amounts_are_read(text, currency, minor):
    assert money.minor_from_text(text, currency=currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "USD"),
        ("-1", "USD"),
        ("1e3", "USD"),
        ("1_000", "USD"),
        ("1,000", "USD"),
        ("10.001", "USD"),
        ("１００", "USD"),
        ("NaN", "USD"),
        ("0x10", "USD"),
        ("5.00", "JPY"),
        ("100000000000.01", "USD"),
        ("9" * 40, "USD"),
    ],
)
def test_anything_else_is_not_an_amount(text, currency):
    with pytest.raises(money.UnreadableAmount):
        money.minor_from_text(text, currency=currency)


@pytest.mark.parametrize(
    ("text", "currency", "sentence"),
    [
        ("ten", "USD", "Write the amount in USD like 1234.50"),
        ("5.00", "JPY", "Write the amount in JPY like 1234"),
        ("100000000000.01", "USD", "This amount is larger than the books can hold"),
    ],
)
def test_whoever_typed_it_is_told_what_to_write(text, currency, sentence):
    with pytest.raises(money.UnreadableAmount, match=f"^{sentence}$"):
        money.minor_from_text(text, currency=currency)


def test_the_largest_amount_of_the_books_can_be_typed():
    assert money.minor_from_text("100000000000.00", currency="USD") == 10**13 == money.AMOUNT_MINOR_MAX


@pytest.mark.parametrize(
    ("minor", "currency", "text"), [(1234, "USD", "$12.34"), (500, "JPY", "¥500"), (-5, "EUR", "-€0.05")]
)
def test_amounts_are_shown_as_people_write_them(minor, currency, text):
    assert money.formatted(minor, currency=currency) == text


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1234, "USD", "12.34"),
        (5, "EUR", "0.05"),
        (0, "GBP", "0.00"),
        (-120, "GBP", "-1.20"),
        (500, "JPY", "500"),
        (10**13, "USD", "100000000000.00"),
        (10**18, "JPY", "1" + "0" * 18),
    ],
)
def test_amounts_for_programs_have_every_digit_and_nothing_else(minor, currency, text):
    assert money.decimal_text(minor, currency=currency) == text


@pytest.mark.parametrize(("currency", "sign"), [("USD", "$"), ("EUR", "€"), ("GBP", "£"), ("JPY", "¥")])
def test_every_currency_has_its_sign(currency, sign):
    assert money.symbol(currency) == sign


def test_signs_do_not_depend_on_the_language_of_the_machine(monkeypatch):
    monkeypatch.setattr("babel.numbers.LC_MONETARY", "fr_CA")

    assert money.symbol("USD") == "$"
