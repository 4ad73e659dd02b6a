"""What does not tie is judged, with a sentence, and the lines add up to the difference."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.backoffice.rules import advice, findings
from cliphaven.backoffice.rules.findings import BOOKED_WITHIN, EXPLAINED, Finding
from cliphaven.backoffice.rules.matching import Part
from cliphaven.ledger.chart import EntryKind
from tests.rules.test_matching import AT, BEN, LATER, booked, correction, matched, moved, reversal

K = EntryKind


def judged(movements=(), entries=(), *, now=LATER, on_their_way=None, left=()):
    return findings.lines(matched(movements, entries, now=now), on_their_way=on_their_way or {}, left=left, now=now)


def test_a_payment_that_nobody_booked_is_missing_in_the_books():
    [line] = judged([moved("charge", 500, "ch", refers_to="pi")])

    assert (line.finding, line.difference_minor, line.name) == (Finding.MISSING_IN_BOOKS, -500, "ch")
    assert "A payment without a deposit" in line.sentence


def test_an_entry_that_stripe_does_not_have_is_missing_at_stripe():
    [line] = judged([], [booked(K.DEPOSIT, "pi", 500)])

    assert (line.finding, line.difference_minor, line.name) == (Finding.MISSING_AT_STRIPE, 500, "pi")


def test_an_amount_that_differs_is_one_line_with_the_difference():
    [line] = judged([moved("charge", 500, "pi")], [booked(K.DEPOSIT, "pi", 530)])

    assert (line.finding, line.difference_minor) == (Finding.OTHER_AMOUNT, 530 - 500)
    assert "Stripe moved 500 and the books 530" in line.sentence


@pytest.mark.parametrize(
    ("age", "finding"),
    [(BOOKED_WITHIN - timedelta(seconds=1), Finding.TOO_NEW), (BOOKED_WITHIN, Finding.MISSING_IN_BOOKS)],
)
def test_the_books_have_an_hour(age, finding):
    [line] = judged([moved("charge", 500, "pi")], now=AT + age)

    assert line.finding is finding


def test_what_was_booked_after_stripe_was_asked_is_too_new():
    [line] = judged([], [booked(K.DEPOSIT, "pi", 500, is_later=True)])

    assert line.finding is Finding.TOO_NEW


@pytest.mark.parametrize(
    ("until", "finding"),
    [
        (None, Finding.IN_FLIGHT),
        (LATER.date() - timedelta(days=1), Finding.IN_FLIGHT),
        (LATER.date() - timedelta(days=2), Finding.MISSING_IN_BOOKS),
    ],
)
def test_a_payout_is_in_flight_until_a_day_after_it_should_have_arrived(until: date | None, finding):
    [line] = judged([moved("payout", -500, "po", owner_id=BEN)], on_their_way={"po": until})

    assert (line.finding, line.difference_minor) == (finding, 500)


def test_a_kind_that_nobody_knows_is_unclassified_at_once():
    [line] = judged([moved("moon_dust", 500)], now=AT)

    assert (line.finding, line.sentence) == (Finding.UNCLASSIFIED, advice.UNCLASSIFIED)


@pytest.mark.parametrize("type_", sorted(advice.BY_HAND))
def test_a_known_kind_without_a_rule_is_for_a_correction_and_says_so(type_):
    [line] = judged([moved(type_, 500)])

    assert (line.finding, line.sentence) == (Finding.MISSING_IN_BOOKS, advice.BY_HAND[type_])


def test_converted_money_is_told_on_both_sides():
    came = moved("payment", 460, "py", refers_to="tr", owner_id=BEN, currency="EUR", is_converted=True)
    sent = booked(K.TRANSFER, "tr", 500, owner_id=BEN, about=came.stripe_id)
    lines = judged([came], [sent])

    assert {(line.currency, line.finding, line.difference_minor, line.stripe_id) for line in lines} == {
        ("EUR", Finding.CONVERTED, -460, came.stripe_id),
        ("USD", Finding.CONVERTED, 500, came.stripe_id),
    }
    assert {line.sentence for line in lines} == {advice.on_converted(owner_id=BEN)}


def test_a_converted_payment_is_kept_by_a_correction_and_a_converted_transfer_is_reversed():
    [payment] = judged([moved("charge", 540, "ch", refers_to="pi", is_converted=True)])
    [transfer] = judged([moved("payment", 460, "py", refers_to="tr", owner_id=BEN, is_converted=True)])

    assert "keep what came of it by a correction" in payment.sentence
    assert "Reverse the transfer" in transfer.sentence


@pytest.mark.parametrize(
    ("kind", "owner_id", "words"),
    [
        (K.DEPOSIT, None, "A correction of the difference"),
        (K.TRANSFER, None, "undo at Stripe"),
        (K.TRANSFER_REVERSAL, None, "undo at Stripe"),
        (K.BANK_PAYOUT, BEN, "undo at Stripe"),
    ],
)
def test_another_amount_is_made_up_for_where_people_may_book(kind, owner_id, words):
    assert words in advice.on_other_amount(booked(kind, "it", 500, owner_id=owner_id))


def test_a_reversal_of_what_did_happen_leads_to_a_correction_that_names_it():
    movement, entry = moved("charge", 500, "pi"), booked(K.DEPOSIT, "pi", 500)
    [line] = judged([], [reversal(entry, about=movement.stripe_id)])

    assert (line.finding, line.stripe_id) == (Finding.MISSING_AT_STRIPE, movement.stripe_id)
    assert "did happen at Stripe" in line.sentence


def test_a_correction_of_another_amount_is_missing_at_stripe_and_not_converted():
    movement = moved("topup", 500)
    lines = judged([movement], [correction(1, 400, movement)])

    assert [line.finding for line in lines] == [Finding.MISSING_IN_BOOKS, Finding.MISSING_AT_STRIPE]


def test_what_came_back_lately_is_too_new_on_both_lines_and_comes_out_at_nothing():
    gone = moved("payout", -500, "po", owner_id=BEN, at=LATER - timedelta(hours=3))
    back = moved("payout_failure", 500, "po", owner_id=BEN, gives_back="po", at=LATER - timedelta(hours=2))
    lines = judged([gone, back])

    assert [(line.finding, line.difference_minor) for line in lines] == [
        (Finding.TOO_NEW, 500),
        (Finding.TOO_NEW, -500),
    ]


@pytest.mark.parametrize(
    ("note", "words"), [("automatic", "paid out by itself"), ("reversal", "runbook"), ("debit", "negative balance")]
)
def test_what_is_special_about_a_payout_is_said(note, words):
    [line] = judged([moved("payout", -500, "po", owner_id=BEN, note=note)])

    assert words in line.sentence
    assert line.what == f"payout, {note}"


def test_a_fee_is_said_to_be_one():
    [line] = judged([moved("charge", -30, "ch", part=Part.FEE)])

    assert line.what == "fee of charge"


def test_only_time_explains_a_line_and_an_account_that_left_with_nothing():
    assert {Finding.IN_FLIGHT, Finding.TOO_NEW, Finding.LEFT_UNREAD} == EXPLAINED


def gone(read_minor: int = 0, *, is_former: bool = True) -> findings.Left:
    """An account of Ben's that left, with what its list came to as far as it was read."""
    read = {"USD": read_minor} if read_minor else {}
    return findings.Left(stripe_id="acct_gone", owner_id=BEN, is_former=is_former, read_minor=read)


def unread(kind: EntryKind, name: str, amount_minor: int, **words: object):
    return booked(kind, name, amount_minor, owner_id=BEN, left="acct_gone", **words)


SENT = unread(K.TRANSFER, "tr", 500)


@pytest.mark.parametrize("is_former", [True, False])
@pytest.mark.parametrize("back", [unread(K.TRANSFER_REVERSAL, "trr", -500), unread(K.BANK_PAYOUT, "po", -500)])
def test_what_comes_out_at_nothing_on_an_account_that_left_is_nothing_to_do(back, is_former):
    lines = judged([], [SENT, back], left=[gone(is_former=is_former)])

    assert [(line.finding, line.difference_minor, line.name) for line in lines] == [
        (Finding.LEFT_UNREAD, 500, "tr"),
        (Finding.LEFT_UNREAD, -500, back.external_id),
    ]
    assert {line.sentence for line in lines} == {
        "The account left the platform before Stripe's list of it was read so far, and nobody can read it any more. "
        "All that moved there comes out at nothing. Nothing to do."
    }


def test_what_was_read_before_an_account_left_counts_too():
    lines = judged([], [unread(K.TRANSFER_REVERSAL, "trr", -500)], left=[gone(500)])

    assert [(line.finding, line.difference_minor, line.what, line.name) for line in lines] == [
        (Finding.LEFT_UNREAD, -500, "transfer_reversal", "trr"),
        (Finding.LEFT_UNREAD, 500, "balance", "acct_gone"),
    ]


@pytest.mark.parametrize(("read_minor", "left"), [(0, 500 - 200), (70, 70 + 500 - 200)])
def test_what_is_left_on_an_account_that_another_one_follows_is_one_line_for_the_creator(read_minor, left):
    lines = judged([], [SENT, unread(K.TRANSFER_REVERSAL, "trr", -200)], left=[gone(read_minor)])

    assert [(line.finding, line.difference_minor, line.owner_id, line.name) for line in lines] == [
        (Finding.UNREADABLE, left, BEN, "former_account")
    ]


def test_what_is_left_on_an_account_that_none_follows_is_in_its_figure_alone():
    assert judged([], [SENT], left=[gone(70, is_former=False)]) == []


def test_money_of_each_currency_and_account_comes_out_for_itself():
    euros = unread(K.TRANSFER_REVERSAL, "trr", -500, currency="EUR")
    elsewhere = booked(K.TRANSFER, "tr_2", 500, owner_id=BEN, currency="EUR", left="acct_before")
    before = findings.Left(stripe_id="acct_before", owner_id=BEN, is_former=True, read_minor={})
    lines = judged([], [SENT, euros, elsewhere], left=[before, gone()])

    assert [(line.finding, line.currency, line.difference_minor) for line in lines] == [
        (Finding.UNREADABLE, "EUR", 500),
        (Finding.UNREADABLE, "EUR", -500),
        (Finding.UNREADABLE, "USD", 500),
    ]


def test_an_entry_that_nobody_can_read_drops_out_with_its_reversal_like_any_other():
    assert judged([], [SENT, reversal(SENT)], left=[gone()]) == []


PAYOUT = moved("payout", -500, "po", owner_id=BEN)
SAID = {
    "a movement of the last hour": (
        [moved("charge", 500, "pi", at=LATER)],
        [],
        "It happened within the hour: the books follow. Nothing to do.",
    ),
    "an entry after the reading": (
        [],
        [booked(K.DEPOSIT, "pi", 500, is_later=True)],
        "It was booked after Stripe was asked. Nothing to do.",
    ),
    "an entry that Stripe does not have": (
        [],
        [booked(K.DEPOSIT, "pi", 500)],
        "The books have it and Stripe does not. Look its name up at Stripe; if it is not there, find out who recorded "
        "it, and propose the reversal of the entry.",
    ),
    "another amount on our balance": (
        [moved("charge", 500, "pi")],
        [booked(K.DEPOSIT, "pi", 530)],
        "Stripe moved 500 and the books 530 (minor units) under one name. Find out why. A correction of the difference "
        "that names the balance transaction makes up for it.",
    ),
    "another amount on a creator's account": (
        [moved("payment", 500, "tr", owner_id=BEN)],
        [booked(K.TRANSFER, "tr", 530, owner_id=BEN)],
        "Stripe moved 500 and the books 530 (minor units) under one name. Find out why before anything else. Propose "
        "the reversal of the entry, and undo at Stripe what moved there: then both sides drop out.",
    ),
    "a fee": (
        [moved("charge", -30, "ch", part=Part.FEE)],
        [],
        "Stripe kept a fee, or gave one back, that is not booked: book it by a correction that names it.",
    ),
    "a stranger on our balance": (
        [moved("application_fee", 500)],
        [],
        "Somebody moved money at Stripe by hand. Undo it there, or book it by a correction that names it.",
    ),
    "a payout on its way": ([PAYOUT], [], "It left the balance, and the books follow when it arrives. Nothing to do."),
}


@pytest.mark.parametrize("case", SAID)
def test_each_line_says_what_to_do_in_these_words(case):
    movements, entries, sentence = SAID[case]
    on_their_way = {"po": None} if PAYOUT in movements else {}

    assert [line.sentence for line in judged(movements, entries, on_their_way=on_their_way)] == [sentence]


def test_a_late_payout_says_since_when_and_what_came_back_when_it_drops_out():
    [late] = judged([PAYOUT], on_their_way={"po": AT.date()})
    gone = moved("payout", -500, "po_2", owner_id=BEN, at=LATER)
    back = moved("payout_failure", 500, "po_2", owner_id=BEN, gives_back="po_2", at=LATER)
    young = judged([gone, back])

    assert late.sentence == "It was to arrive by 2026-11-02. Look it up at Stripe: our news of it is missing."
    assert {line.sentence for line in young} == {
        "It was given back. In a day, when nobody books it any more, both drop out. Nothing to do."
    }


def about_a_balance(finding: Finding, *, name: str, sentence: str) -> findings.Line:
    return findings.Line(
        finding=finding,
        owner_id=BEN,
        currency="EUR",
        difference_minor=7,
        what="balance",
        name=name,
        stripe_id="",
        at=AT,
        sentence=sentence,
    )


def test_a_rest_that_no_line_explains_is_for_stripes_support():
    assert findings.unexplained(owner_id=BEN, currency="EUR", difference_minor=7, now=AT) == about_a_balance(
        Finding.UNEXPLAINED,
        name="",
        sentence="Stripe's balance is not the sum of its own balance transactions, or the books moved while they were "
        "read. Run it again; if it stays, ask Stripe's support about this account, with the amount.",
    )


def test_a_balance_that_nobody_shows_us_is_for_the_creator():
    line = findings.unreadable(owner_id=BEN, currency="EUR", difference_minor=7, code="account_invalid", now=AT)

    assert line == about_a_balance(
        Finding.UNREADABLE,
        name="account_invalid",
        sentence="Stripe does not show us this account: its owner has probably left the platform. What the books have "
        "there is out of our reach: speak to the creator. The line stays as long as it does.",
    )


@pytest.mark.parametrize(
    ("movement", "words"),
    [
        (moved("payment", 500, owner_id=BEN), "Money came to this creator that no batch sent"),
        (moved("moon_dust", 500, owner_id=BEN), "Somebody moved money at Stripe by hand"),
        (moved("transfer", -500), "A transfer that no batch made"),
        (moved("transfer_cancel", 500), "Somebody moved money at Stripe by hand"),
    ],
)
def test_what_moved_on_whose_balance_says_what_it_probably_is(movement, words):
    assert advice.on_movement(movement).startswith(words)


def test_only_adjustments_are_told_with_their_category():
    [line] = judged([moved("charge", 500, "ch", category="charge")])

    assert line.what == "charge"


def test_a_line_has_everything_of_its_movement_or_of_its_entry():
    movement = moved("adjustment", 500, "du", category="dispute", note="a note", currency="EUR")
    entry = booked(K.DEPOSIT, "pi", 700, currency="GBP")
    of_movement, of_entry = judged([movement], [entry])

    assert of_movement == findings.Line(
        finding=Finding.MISSING_IN_BOOKS,
        owner_id=None,
        currency="EUR",
        difference_minor=-500,
        what="adjustment, dispute, a note",
        name="du",
        stripe_id=movement.stripe_id,
        at=AT,
        sentence=advice.on_movement(movement),
    )
    assert of_entry == findings.Line(
        finding=Finding.MISSING_AT_STRIPE,
        owner_id=None,
        currency="GBP",
        difference_minor=700,
        what="deposit",
        name="pi",
        stripe_id="",
        at=AT,
        sentence=advice.on_entry(entry),
    )


def test_one_name_with_two_amounts_has_the_movements_moment_and_both_ids():
    movement = moved("payment", 500, "tr", owner_id=BEN, currency="EUR")
    [line] = judged([movement], [booked(K.TRANSFER, "tr", 530, owner_id=BEN, currency="EUR", at=LATER)])

    assert (line.owner_id, line.currency, line.what, line.name) == (BEN, "EUR", "transfer", "tr")
    assert (line.stripe_id, line.at) == (movement.stripe_id, AT)


amounts = st.integers(min_value=-1_000, max_value=1_000).filter(bool)
names = st.sampled_from(["a", "b", "c"])
owners = st.sampled_from([None, BEN])
movements_of_all_kinds = st.builds(
    lambda type_, amount, source, owner, converted, part, back: moved(
        type_, amount, source, owner_id=owner, is_converted=converted, part=part, gives_back=back, stripe_id="txn"
    ),
    st.sampled_from(["charge", "transfer", "payout", "payout_failure", "payment", "moon_dust", "topup", "adjustment"]),
    amounts,
    names,
    owners,
    st.booleans(),
    st.sampled_from(Part),
    st.sampled_from(["", "a", "b"]),
)
entries_of_all_kinds = st.builds(
    lambda kind, name, amount, owner, about: booked(kind, name, amount, owner_id=owner, about=about),
    st.sampled_from([K.DEPOSIT, K.TRANSFER, K.BANK_PAYOUT, K.ADJUSTMENT]),
    names,
    amounts,
    owners,
    st.sampled_from(["", "txn"]),
)
# As in the books, where kind and external id name one entry.
books_of_all_kinds = st.lists(
    entries_of_all_kinds, unique_by=lambda it: (it.kind, it.external_id, it.owner_id), max_size=8
)


@given(st.lists(movements_of_all_kinds, max_size=8), books_of_all_kinds)
def test_whatever_happened_the_lines_add_up_to_the_difference_of_each_balance(movements, entries):
    # An entry and its reversal, which must drop out.
    entries = [*entries, booked(K.DEPOSIT, "undone", 9), booked(K.REVERSAL, f"{int(K.DEPOSIT)}:undone", -9)]
    lines = judged(movements, entries)

    for owner_id in (None, BEN):
        in_books = sum(entry.amount_minor for entry in entries if entry.owner_id == owner_id)
        at_stripe = sum(it.amount_minor for it in movements if it.owner_id == owner_id)
        told = sum(line.difference_minor for line in lines if line.owner_id == owner_id)
        assert told == in_books - at_stripe


entries_nobody_can_read = st.builds(
    unread,
    st.sampled_from([K.TRANSFER, K.TRANSFER_REVERSAL, K.BANK_PAYOUT]),
    st.sampled_from(["unread_1", "unread_2", "unread_3"]),
    st.sampled_from([-500, 300, 500]),
)


@given(
    st.lists(movements_of_all_kinds, max_size=4),
    books_of_all_kinds,
    st.lists(entries_nobody_can_read, unique_by=lambda it: (it.kind, it.external_id), max_size=6),
    st.sampled_from([0, 500, -300]),
)
def test_the_lines_add_up_with_an_account_that_left_to_all_that_its_creator_had(movements, entries, unseen, read):
    lines = judged(movements, [*entries, *unseen], left=[gone(read)])

    in_books = sum(entry.amount_minor for entry in [*entries, *unseen] if entry.owner_id == BEN)
    at_stripe = sum(it.amount_minor for it in movements if it.owner_id == BEN)
    # What was read there has its entries, which tie, and it is not in the figure of the account that followed.
    assert sum(line.difference_minor for line in lines if line.owner_id == BEN) == in_books - at_stripe + read


def test_a_balance_that_its_movements_do_not_explain_is_a_line_of_its_own():
    line = findings.unexplained(owner_id=BEN, currency="USD", difference_minor=7, now=AT)

    assert (line.finding, line.difference_minor, findings.mirror_code(BEN)) == (
        Finding.UNEXPLAINED,
        7,
        f"stripe:connected:{BEN}",
    )
