"""A movement at Stripe is an entry of the books by its name, its amount and its balance, or it is not that entry."""

from datetime import UTC, datetime
from itertools import count

import pytest

from cliphaven.backoffice.rules.matching import Booked, Moved, Part, expected, matched
from cliphaven.ledger.chart import EntryKind

AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
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
    entry = booked(K.ADJUSTMENT, "correction:1", 500, names=second.stripe_id)
    found = matched([first, second], [entry])

    assert (found.ties, found.moved_alone) == ([(second, entry)], [first])


def test_a_correction_of_another_amount_does_not_tie():
    movement = moved("topup", 500)
    entry = booked(K.ADJUSTMENT, "correction:1", 400, names=movement.stripe_id)
    found = matched([movement], [entry])

    assert (found.moved_alone, found.booked_alone) == ([movement], [entry])


def test_converted_money_ties_to_nothing_even_where_name_and_amount_fit():
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


def test_an_entry_that_was_reversed_and_never_happened_is_nobodys_business():
    entry = booked(K.ADJUSTMENT, "correction:1", 500)
    reversal = booked(K.REVERSAL, f"{int(K.ADJUSTMENT)}:correction:1", -500)
    found = matched([], [entry, reversal])

    assert (found.undone, found.booked_alone) == ([(entry, reversal)], [])


def test_the_reversal_of_an_entry_that_did_happen_is_left_over():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 500)
    reversal = booked(K.REVERSAL, f"{int(K.DEPOSIT)}:pi", -500)
    found = matched([movement], [entry, reversal])

    assert (found.ties, found.booked_alone) == ([(movement, entry)], [reversal])
