"""A movement at Stripe is an entry of the books by its name, its amount and its balance, or it is not that entry."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from cliphaven.backoffice.rules import matching
from cliphaven.backoffice.rules.matching import COMES_OUT_AFTER, Booked, Matching, Moved, Part, expected
from cliphaven.ledger.chart import EntryKind, reversal_of

AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
LATER = AT + timedelta(days=2)
BEN = 7
_rows = count(1)


def moved(type_: str, amount_minor: int, source: str = "", **words: object) -> Moved:
    """A movement on the platform's dollars, unless said otherwise."""
    row_id = next(_rows)
    about: dict[str, object] = {
        "row_id": row_id,
        "part": Part.AMOUNT,
        "owner_id": None,
        "currency": "USD",
        "amount_minor": amount_minor,
        "stripe_id": f"txn_{row_id}",
        "type": type_,
        "category": "",
        "source": source,
        "refers_to": source,
        "note": "",
        "gives_back": "",
        "is_converted": False,
        "at": AT,
    }
    return Moved(**{**about, **words})  # type: ignore[arg-type]


def booked(kind: EntryKind, external_id: str, amount_minor: int, **words: object) -> Booked:
    about: dict[str, object] = {"owner_id": None, "currency": "USD", "at": AT}
    return Booked(kind=kind, external_id=external_id, amount_minor=amount_minor, **{**about, **words})  # type: ignore[arg-type]


def matched(moved: Sequence[Moved], booked: Sequence[Booked], *, now: datetime = LATER) -> Matching:
    return matching.matched(moved, booked, now=now)


def reversal(of: Booked, **words: object) -> Booked:
    return booked(
        K.REVERSAL,
        reversal_of(of.kind, of.external_id),
        -of.amount_minor,
        **{"owner_id": of.owner_id, "currency": of.currency, **words},
    )


def correction(number: int, amount_minor: int, about: Moved, **words: object) -> Booked:
    return booked(K.ADJUSTMENT, f"correction:{number}", amount_minor, about=about.stripe_id, **words)


K = EntryKind
NAMES = [
    # what Stripe calls it, whose balance, signed amount, what the books should call it
    ("charge", None, "", 500, (K.DEPOSIT, "it")),
    ("payment", None, "", 500, (K.DEPOSIT, "it")),
    ("refund", None, "", -500, (K.REFUND, "it")),
    ("payment_refund", None, "", -500, (K.REFUND, "it")),
    ("refund_failure", None, "", 500, (K.REFUND_FAILED, "it")),
    ("transfer", None, "", -500, (K.TRANSFER, "it")),
    ("transfer_refund", None, "", 500, (K.TRANSFER_REVERSAL, "it")),
    ("adjustment", None, "dispute", -500, (K.CHARGEBACK, "it:txn")),
    ("adjustment", None, "dispute_reversal", 500, (K.CHARGEBACK_WON, "it:txn")),
    ("adjustment", None, "other_adjustment", 500, None),
    ("stripe_fee", None, "fee", -500, (K.PROCESSING_FEE, "txn")),
    ("stripe_fee", None, "fee", 500, (K.FEE_RETURNED, "txn")),
    ("payout", None, "", -500, None),
    ("topup", None, "", 500, None),
    ("moon_dust", None, "", 500, None),
    ("payment", BEN, "", 500, (K.TRANSFER, "it")),
    ("payment_refund", BEN, "", -500, (K.TRANSFER_REVERSAL, "it")),
    ("payout", BEN, "", -500, (K.BANK_PAYOUT, "it")),
    ("payout_failure", BEN, "", 500, (K.BANK_PAYOUT_RETURNED, "it")),
    ("payout_cancel", BEN, "", 500, (K.BANK_PAYOUT_RETURNED, "it")),
    ("transfer", BEN, "", -500, None),
    ("moon_dust", BEN, "", 500, None),
]


@pytest.mark.parametrize(("type_", "owner_id", "category", "amount", "name"), NAMES)
def test_what_stripe_calls_it_says_what_the_books_call_it(type_, owner_id, category, amount, name):
    movement = moved(type_, amount, "it", owner_id=owner_id, category=category, stripe_id="txn")

    assert expected(movement) == name


def test_a_movement_without_a_source_has_no_name():
    assert expected(moved("charge", 500)) is None


def test_a_fee_is_named_by_its_balance_transaction_whatever_it_is_a_fee_of():
    assert expected(moved("charge", -30, "pi", part=Part.FEE, stripe_id="txn")) == (K.PROCESSING_FEE, "txn")
    assert expected(moved("adjustment", 30, "du", part=Part.FEE, stripe_id="txn")) == (K.FEE_RETURNED, "txn")


def test_a_payment_and_its_fee_tie_to_the_deposit_and_to_the_fee_that_was_booked():
    payment = moved("charge", 500, "ch", refers_to="pi")
    fee = moved("charge", -30, "ch", part=Part.FEE, stripe_id=payment.stripe_id)
    deposit, kept = booked(K.DEPOSIT, "pi", 500), booked(K.PROCESSING_FEE, payment.stripe_id, -30)
    found = matched([payment, fee], [deposit, kept])

    assert found.ties == [(payment, deposit), (fee, kept)]
    assert (found.moved_alone, found.booked_alone) == ([], [])


def test_a_transfer_ties_on_both_balances_apart():
    left, came = moved("transfer", -500, "tr"), moved("payment", 500, "py", refers_to="tr", owner_id=BEN)
    paid, received = booked(K.TRANSFER, "tr", -500), booked(K.TRANSFER, "tr", 500, owner_id=BEN)
    found = matched([left, came], [received, paid])

    assert found.ties == [(left, paid), (came, received)]


@pytest.mark.parametrize("other", [{"owner_id": BEN}, {"currency": "EUR"}])
def test_another_balance_or_currency_is_another_entry(other):
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 500, **other)
    found = matched([movement], [entry])

    assert (found.ties, found.moved_alone, found.booked_alone) == ([], [movement], [entry])


def test_one_name_with_two_amounts_does_not_tie_and_is_told_together():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 501)
    found = matched([movement], [entry])

    assert (found.ties, found.unequal) == ([], [(movement, entry)])
    assert (found.moved_alone, found.booked_alone) == ([], [])


def test_an_entry_ties_once():
    first, second = moved("charge", 500, "pi"), moved("charge", 500, "pi")
    found = matched([first, second], [booked(K.DEPOSIT, "pi", 500)])

    assert len(found.ties) == 1
    assert found.moved_alone == [second]


def test_a_correction_ties_to_what_it_names_and_to_nothing_else():
    first, second = moved("topup", 500), moved("topup", 500)
    entry = correction(1, 500, second)
    found = matched([first, second], [entry])

    assert (found.ties, found.moved_alone) == ([(second, entry)], [first])


def test_a_correction_of_another_amount_does_not_tie():
    movement = moved("topup", 500)
    entry = correction(1, 400, movement)
    found = matched([movement], [entry])

    assert (found.moved_alone, found.booked_alone) == ([movement], [entry])


def test_converted_money_ties_to_no_entry_by_its_name_even_where_the_amount_fits():
    movement, entry = (
        moved("payment", 500, "tr", owner_id=BEN, is_converted=True),
        booked(K.TRANSFER, "tr", 500, owner_id=BEN),
    )
    found = matched([movement], [entry])

    assert (found.ties, found.moved_alone, found.booked_alone) == ([], [movement], [entry])


@pytest.mark.parametrize("type_", ["payout_failure", "payout_cancel"])
def test_a_payout_that_came_back_before_it_was_booked_needs_no_entry(type_):
    gone, back = moved("payout", -500, "po", owner_id=BEN), moved(type_, 500, "po", owner_id=BEN, gives_back="po")
    found = matched([back, gone], [])

    assert (found.returned, found.moved_alone) == ([(gone, back)], [])


@pytest.mark.parametrize(("age", "is_over"), [(COMES_OUT_AFTER - timedelta(seconds=1), False), (COMES_OUT_AFTER, True)])
def test_what_came_back_may_still_be_booked_for_a_day_after_its_return(age, is_over):
    gone = moved("payout", -500, "po", owner_id=BEN)
    back = moved("payout_failure", 500, "po", owner_id=BEN, gives_back="po", at=AT + timedelta(days=3))
    found = matched([gone, back], [], now=back.at + age)

    assert (found.returned, found.returning) == (([(gone, back)], []) if is_over else ([], [(gone, back)]))
    assert found.moved_alone == []


def test_what_came_back_within_the_day_still_ties_when_both_are_booked():
    gone = moved("payout", -500, "po", owner_id=BEN)
    back = moved("payout_failure", 500, "po", owner_id=BEN, gives_back="po")
    left, returned = (
        booked(K.BANK_PAYOUT, "po", -500, owner_id=BEN),
        booked(K.BANK_PAYOUT_RETURNED, "po", 500, owner_id=BEN),
    )

    assert matched([gone, back], []).returned == [(gone, back)]
    assert matched([gone, back], [left, returned]).ties == [(gone, left), (back, returned)]


def test_a_payout_that_was_booked_needs_its_return_booked_too():
    gone = moved("payout", -500, "po", owner_id=BEN)
    back = moved("payout_failure", 500, "po", owner_id=BEN, gives_back="po")
    entry = booked(K.BANK_PAYOUT, "po", -500, owner_id=BEN)
    found = matched([gone, back], [entry])

    assert (found.ties, found.returned, found.moved_alone) == ([(gone, entry)], [], [back])


def test_a_transfer_by_hand_that_was_taken_back_by_hand_is_nobodys_business():
    left, came = moved("transfer", -500, "tr"), moved("payment", 500, "py", refers_to="tr", owner_id=BEN)
    back = moved("transfer_refund", 500, "trr", gives_back="tr")
    given = moved("payment_refund", -500, "pyr", refers_to="trr", gives_back="py", owner_id=BEN)
    found = matched([left, came, back, given], [])

    assert (found.returned, found.moved_alone) == ([(left, back), (came, given)], [])


def test_a_part_that_was_given_back_leaves_both_to_a_person():
    left, back = moved("transfer", -500, "tr"), moved("transfer_refund", 200, "trr", gives_back="tr")

    assert matched([left, back], []).moved_alone == [left, back]


def test_another_payout_does_not_come_back_with_it():
    gone = moved("payout", -500, "po_1", owner_id=BEN)
    back = moved("payout_failure", 500, "po_2", owner_id=BEN, gives_back="po_2")

    assert matched([gone, back], []).moved_alone == [gone, back]


def test_a_movement_comes_back_once():
    first = moved("transfer", -500, "a")
    second = moved("transfer_refund", 500, "b", gives_back="a")
    third = moved("transfer", -500, "c", gives_back="b")
    found = matched([first, second, third], [])

    assert (found.returned, found.moved_alone) == ([(first, second)], [third])


def test_an_entry_that_was_reversed_and_never_happened_is_nobodys_business():
    entry = booked(K.ADJUSTMENT, "correction:1", 500)
    undoing = reversal(entry)
    found = matched([], [entry, undoing])

    assert (found.offset, found.booked_alone) == ([(entry, ""), (undoing, "")], [])


def test_an_entry_whose_movement_may_still_be_seen_is_not_let_go():
    entry = booked(K.DEPOSIT, "pi", 500, is_later=True)
    undoing = reversal(entry, is_later=True)

    assert matched([], [entry, undoing]).booked_alone == [entry, undoing]


@pytest.mark.parametrize("other", [{"owner_id": BEN}, {"currency": "EUR"}])
def test_a_reversal_undoes_nothing_on_another_balance(other):
    entry = booked(K.DEPOSIT, "pi", 500)
    undoing = reversal(entry, **other)

    assert matched([], [entry, undoing]).booked_alone == [entry, undoing]


def test_the_reversal_of_an_entry_that_did_happen_is_left_over():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 500)
    undoing = reversal(entry)
    found = matched([movement], [entry, undoing])

    assert (found.ties, found.booked_alone) == ([(movement, entry)], [undoing])


# What is about one balance transaction adds up to what it moved.


def test_a_correction_makes_up_what_an_entry_of_another_amount_lacks():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 530)
    difference = correction(1, 500 - 530, movement)
    found = matched([movement], [entry, difference])

    assert (found.ties, found.offset) == ([(movement, entry)], [(difference, movement.stripe_id)])
    assert (found.unequal, found.booked_alone) == ([], [])


def test_two_corrections_make_up_one_movement_together():
    movement = moved("topup", 500)
    first, second = correction(1, 200, movement), correction(2, 300, movement)
    found = matched([movement], [first, second])

    assert (found.ties, found.offset) == ([(movement, first)], [(second, movement.stripe_id)])


def test_a_correction_too_many_is_left_over():
    movement = moved("topup", 500)
    first, second, third = (correction(number, amount, movement) for number, amount in ((1, 100), (2, 200), (3, 300)))
    found = matched([movement], [first, second, third])

    assert found.ties == [(movement, second)]
    assert (found.offset, found.booked_alone) == ([(third, movement.stripe_id)], [first])


def test_the_amount_and_the_fee_are_made_up_each_by_its_own():
    payment = moved("charge", 500, "ch", refers_to="pi")
    fee = moved("charge", -30, "ch", part=Part.FEE, stripe_id=payment.stripe_id)
    deposit, kept = booked(K.DEPOSIT, "pi", 450), booked(K.PROCESSING_FEE, payment.stripe_id, -25)
    more, less = correction(1, 500 - 450, payment), correction(2, -30 + 25, payment)
    found = matched([payment, fee], [deposit, kept, more, less])

    assert found.ties == [(payment, deposit), (fee, kept)]
    assert found.offset == [(more, payment.stripe_id), (less, payment.stripe_id)]


def test_a_correction_of_another_difference_leaves_both_lines():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 530)
    difference = correction(1, -29, movement)
    found = matched([movement], [entry, difference])

    assert (found.unequal, found.booked_alone) == ([(movement, entry)], [difference])


def test_a_correction_that_tied_and_was_wrong_is_undone_by_the_right_one():
    movement = moved("topup", 500)
    wrong = correction(1, 500, movement)
    undoing = reversal(wrong, about=movement.stripe_id)
    right = correction(2, 500, movement)
    found = matched([], [undoing, right])

    assert (found.offset, found.booked_alone) == ([(undoing, movement.stripe_id), (right, movement.stripe_id)], [])


def test_the_same_in_one_run():
    movement = moved("topup", 500)
    wrong = correction(1, 500, movement)
    undoing, right = reversal(wrong), correction(2, 500, movement)
    found = matched([movement], [wrong, undoing, right])

    assert found.ties == [(movement, wrong)]
    assert (found.offset, found.booked_alone) == ([(undoing, movement.stripe_id), (right, movement.stripe_id)], [])


def test_an_entry_that_happened_and_was_reversed_is_made_up_by_a_correction_that_names_it():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 500)
    undoing, again = reversal(entry), correction(1, 500, movement)
    found = matched([movement], [entry, undoing, again])

    assert found.ties == [(movement, entry)]
    assert (found.offset, found.booked_alone) == ([(undoing, movement.stripe_id), (again, movement.stripe_id)], [])


def test_an_entry_of_another_amount_that_was_reversed_leaves_its_movement_to_a_correction():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 530)
    undoing = reversal(entry)
    found = matched([movement], [entry, undoing])
    assert (found.moved_alone, found.unequal, found.booked_alone) == ([movement], [], [])

    right = correction(1, 500, movement)
    assert matched([movement], [entry, undoing, right]).ties == [(movement, right)]


def test_equal_and_opposite_entries_about_different_movements_do_not_come_out():
    first, second = moved("topup", 500), moved("topup", 500)
    entries = [correction(1, 70, first), correction(2, -70, second)]

    assert matched([first, second], entries).booked_alone == entries


# Converted money.


def test_converted_money_ties_to_a_correction_in_its_own_currency():
    movement = moved("charge", 540, "ch", refers_to="pi", is_converted=True)
    entry = correction(1, 540, movement)

    assert matched([movement], [entry]).ties == [(movement, entry)]


def test_what_the_books_have_of_converted_money_is_taken_out_by_a_correction_in_that_currency():
    movement = moved("charge", 540, "ch", refers_to="pi", is_converted=True)
    deposit = booked(K.DEPOSIT, "pi", 500, currency="EUR", about=movement.stripe_id)
    taken_out = correction(1, -500, movement, currency="EUR")
    found = matched([movement], [deposit, taken_out])

    assert found.offset == [(deposit, movement.stripe_id), (taken_out, movement.stripe_id)]
    assert found.moved_alone == [movement]


def test_what_the_books_have_of_converted_money_is_no_correction_of_it():
    movement = moved("payment", 500, "tr", owner_id=BEN, is_converted=True)
    sent = booked(K.TRANSFER, "tr", 500, owner_id=BEN, about=movement.stripe_id)

    assert matched([movement], [sent]).ties == []


@pytest.mark.parametrize("rate_moved_minor", [0, -3])
def test_a_converted_transfer_that_was_reversed_comes_out_in_the_books_at_whatever_rate(rate_moved_minor):
    came = moved("payment", 460, "py", refers_to="tr", owner_id=BEN, currency="EUR", is_converted=True)
    back = moved(
        "payment_refund",
        -460 + rate_moved_minor,
        "pyr",
        refers_to="trr",
        gives_back="py",
        owner_id=BEN,
        currency="EUR",
        is_converted=True,
    )
    sent = booked(K.TRANSFER, "tr", 500, owner_id=BEN, about=came.stripe_id)
    returned = booked(K.TRANSFER_REVERSAL, "trr", -500, owner_id=BEN, about=back.stripe_id)
    found = matched([came, back], [sent, returned])

    assert found.offset == [(sent, came.stripe_id), (returned, came.stripe_id)]
    assert (found.returned, found.moved_alone) == (([], [came, back]) if rate_moved_minor else ([(came, back)], []))
    assert matched([came, back], [sent, returned], now=AT).booked_alone == [sent, returned]


def test_of_a_converted_transfer_that_was_reversed_in_part_everything_stays():
    came = moved("payment", 460, "py", refers_to="tr", owner_id=BEN, currency="EUR", is_converted=True)
    back = moved(
        "payment_refund", -46, "pyr", refers_to="trr", gives_back="py", owner_id=BEN, currency="EUR", is_converted=True
    )
    sent = booked(K.TRANSFER, "tr", 500, owner_id=BEN, about=came.stripe_id)
    returned = booked(K.TRANSFER_REVERSAL, "trr", -50, owner_id=BEN, about=back.stripe_id)
    found = matched([came, back], [sent, returned])

    assert (found.moved_alone, found.booked_alone) == ([came, back], [sent, returned])
