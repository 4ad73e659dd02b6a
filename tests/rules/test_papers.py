"""Receipts, notes and invoices, word for word: they are kept, sent and shown to tax offices."""

from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.campaigns.rules import disputes, documents, refunds
from cliphaven.campaigns.rules.refunds import Part, Refundable

NO_VAT = (
    "Value added tax is not worked out here: this paper names no tax. Whether tax is due, and by whom, depends on where"
    " you and the operator of this marketplace are."
)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("receipt", "R-000042"),
        ("refund_note", "N-000042"),
        ("returned_refund_note", "U-000042"),
        ("invoice", "I-000042"),
    ],
)
def test_a_number_says_what_kind_of_paper_it_is(kind, number):
    assert documents.number_of(kind, 42) == number


def test_a_receipt():
    assert documents.written("receipt", facts={"amount_minor": 50_000, "payment": "pi_1"}, currency="USD") == {
        "lines": [{"label": "Paid into the wallet", "detail": "Payment pi_1", "amount": "$500.00"}],
        "total": {"label": "Received", "amount": "$500.00"},
        "notes": [
            "The whole amount is in the wallet. Fees of the payment are borne by the operator of the marketplace.",
            NO_VAT,
        ],
    }


def test_a_refund_note():
    facts = {"amount_minor": 40_000, "refund": "re_1", "payment": "pi_2"}

    assert documents.written("refund_note", facts=facts, currency="EUR") == {
        "lines": [
            {
                "label": "Returned from the wallet to where it was paid from",
                "detail": "Refund re_1 of payment pi_2",
                "amount": "€400.00",
            }
        ],
        "total": {"label": "Refunded", "amount": "€400.00"},
        "notes": ["A card's bank usually shows it within five to ten days.", NO_VAT],
    }


@pytest.mark.parametrize(("note", "named"), [(7, "N-000007"), (None, "the refund")])
def test_a_note_of_a_refund_that_came_back(note, named):
    facts = {"amount_minor": 5_000, "refund": "re_2", "note": note}

    assert documents.written("returned_refund_note", facts=facts, currency="JPY") == {
        "lines": [{"label": "Put back into the wallet", "detail": "Refund re_2", "amount": "¥5,000"}],
        "total": {"label": "Back in the wallet", "amount": "¥5,000"},
        "notes": [f"The bank sent the money of {named} back, so that paper no longer holds.", NO_VAT],
    }


def test_an_invoice():
    facts = {
        "month": "2026-11-01",
        "spent": [{"campaign": "Spring", "amount_minor": 3_000}, {"campaign": "Autumn", "amount_minor": 1_500}],
        "spent_minor": 4_500,
        "paid_in_minor": 100_000,
        "refunded_minor": 40_000,
    }

    assert documents.written("invoice", facts=facts, currency="GBP") == {
        "lines": [
            {"label": "Spring", "detail": "Spent on views, our fee included", "amount": "£30.00"},
            {"label": "Autumn", "detail": "Spent on views, our fee included", "amount": "£15.00"},
        ],
        "total": {"label": "Spent in November 2026", "amount": "£45.00"},
        "notes": [
            "Paid into the wallet in November 2026: £1,000.00. Refunded: £400.00.",
            "Campaigns are paid from the wallet: nothing is due. Money that is set aside and unspent stays yours.",
            NO_VAT,
        ],
    }


def test_an_invoice_takes_off_what_was_given_back():
    facts = {
        "month": "2026-11-01",
        "spent": [{"campaign": "Spring", "amount_minor": 3_000}],
        "spent_minor": 3_000,
        "given_back_minor": 700,
        "paid_in_minor": 0,
        "refunded_minor": 0,
    }
    written = documents.written("invoice", facts=facts, currency="USD")

    assert written["lines"][1] == {
        "label": "Given back to the wallet",
        "detail": "Views of closed campaigns that do not count, and corrections",
        "amount": "-$7.00",
    }
    assert written["total"] == {"label": "Spent in November 2026", "amount": "$23.00"}


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        (disputes.dispute_sentence, "won", "The card's bank decided in our favour. The money came back."),
        (disputes.dispute_sentence, "a_status_of_tomorrow", "The card's bank is looking at this payment."),
        (
            refunds.refund_sentence,
            "declined",
            "The card's bank declined the refund. The money is back in your wallet.",
        ),
        (
            refunds.refund_sentence,
            "a_code_of_tomorrow",
            "Stripe did not carry the refund out. The money is back in your wallet.",
        ),
    ],
)
def test_what_became_of_a_payment_is_said_in_words_also_what_nobody_has_heard_of(said, code, sentence):
    assert said(code) == sentence


def test_a_warning_ends_after_two_weeks():
    warned_at = datetime(2026, 11, 2, 6, tzinfo=UTC)

    assert disputes.warned_until(warned_at) == warned_at + timedelta(days=14)


def test_a_refund_goes_back_to_the_payments_it_draws_on_in_their_order():
    found = Refundable(parts=(Part(deposit_id=3, amount_minor=500), Part(deposit_id=2, amount_minor=300)), withheld={})

    assert refunds.split(found, amount_minor=600) == [
        Part(deposit_id=3, amount_minor=500),
        Part(deposit_id=2, amount_minor=100),
    ]
    assert refunds.split(found, amount_minor=801) is None
