"""The pure decisions about money coming in: how much, what goes back, what is taken from where."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.campaigns.rules import deposits, disputes, documents, refunds
from cliphaven.campaigns.rules.refunds import PaidIn, RefundState, Withheld
from cliphaven.foundation.money import EXPONENTS
from cliphaven.ledger.chart import EntryKind

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)


def paid(number: int, received: int, *, days_ago: int = 1, **facts: object) -> PaidIn:
    return PaidIn(
        deposit_id=number,
        paid_at=NOW - timedelta(days=days_ago),
        received_minor=received,
        **facts,  # type: ignore[arg-type]
    )


PAYMENTS = st.lists(
    st.builds(
        PaidIn,
        deposit_id=st.integers(1, 10**6),
        paid_at=st.integers(0, 400).map(lambda days: NOW - timedelta(days=days)),
        received_minor=st.integers(1, 10**6),
        refunded_minor=st.integers(0, 10**6),
        disputed_minor=st.integers(0, 10**6),
        is_disputed=st.booleans(),
        is_warned=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.deposit_id,
)


def test_every_currency_of_the_house_has_a_smallest_payment():
    assert set(deposits.SMALLEST_MINOR) == set(EXPONENTS)


@pytest.mark.parametrize(
    ("currency", "amount_minor", "sentence"),
    [
        ("USD", 4_99, "The smallest payment is $5.00"),
        ("EUR", 4_99, "The smallest payment is €5.00"),
        ("GBP", 4_99, "The smallest payment is £5.00"),
        ("JPY", 499, "The smallest payment is ¥500"),
        ("USD", 100_000_000, "The largest payment is $999,999.99: pay in several times"),
        ("JPY", 100_000_000, "The largest payment is ¥99,999,999: pay in several times"),
        ("XXX", 500, "Choose one of the currencies shown"),
    ],
)
def test_an_amount_out_of_bounds_is_explained_in_its_own_currency(currency, amount_minor, sentence):
    assert deposits.problem_of_deposit(amount_minor=amount_minor, currency=currency) == sentence


@pytest.mark.parametrize(("currency", "amount_minor"), [("USD", 5_00), ("JPY", 500), ("JPY", 99_999_999)])
def test_the_bounds_themselves_can_be_paid(currency, amount_minor):
    assert deposits.problem_of_deposit(amount_minor=amount_minor, currency=currency) is None


@given(payments=PAYMENTS, wallet=st.integers(0, 3 * 10**6))
def test_what_can_go_back_and_what_cannot_is_always_the_whole_wallet(payments, wallet):
    found = refunds.refundable(payments, wallet_minor=wallet, now=NOW)

    assert found.total_minor + sum(found.withheld.values()) == wallet
    assert all(part.amount_minor > 0 for part in found.parts)


@given(payments=PAYMENTS, wallet=st.integers(0, 3 * 10**6))
def test_no_payment_gives_back_more_than_is_left_of_it(payments, wallet):
    left = {one.deposit_id: one.left_minor for one in payments}
    found = refunds.refundable(payments, wallet_minor=wallet, now=NOW)

    assert all(part.amount_minor <= left[part.deposit_id] for part in found.parts)


@given(payments=PAYMENTS, wallet=st.integers(0, 3 * 10**6), amount=st.integers(1, 3 * 10**6))
def test_a_refund_is_split_to_the_cent_or_not_at_all(payments, wallet, amount):
    found = refunds.refundable(payments, wallet_minor=wallet, now=NOW)
    parts = refunds.split(found, amount_minor=amount)

    if amount > found.total_minor:
        assert parts is None
    else:
        assert parts is not None
        assert sum(part.amount_minor for part in parts) == amount


@given(payments=PAYMENTS, wallet=st.integers(0, 3 * 10**6), data=st.data())
def test_the_order_of_payments_changes_nothing(payments, wallet, data):
    other = data.draw(st.permutations(payments))

    assert refunds.refundable(payments, wallet_minor=wallet, now=NOW) == refunds.refundable(
        other, wallet_minor=wallet, now=NOW
    )


def test_the_newest_payment_goes_back_first_and_a_warned_one_before_all():
    payments = [paid(1, 100, is_warned=True), paid(2, 100), paid(3, 100)]
    found = refunds.refundable(payments, wallet_minor=250, now=NOW)

    assert [(part.deposit_id, part.amount_minor) for part in found.parts] == [(1, 100), (3, 100), (2, 50)]


def test_the_rest_is_named_by_its_reason():
    payments = [paid(1, 70, days_ago=180), paid(2, 50, is_disputed=True, disputed_minor=20), paid(3, 10)]
    found = refunds.refundable(payments, wallet_minor=120, now=NOW)

    assert found.total_minor == 10
    assert found.withheld == {Withheld.DISPUTED: 30, Withheld.TOO_OLD: 70, Withheld.NOT_PAID_IN: 10}


def test_a_payment_can_go_back_until_the_last_of_180_days():
    just_in_time = PaidIn(deposit_id=1, paid_at=NOW - timedelta(days=180, seconds=-1), received_minor=100)

    assert refunds.refundable([just_in_time], wallet_minor=100, now=NOW).total_minor == 100


def test_what_was_refunded_or_taken_back_is_not_left():
    assert paid(1, 100, refunded_minor=30, disputed_minor=50).left_minor == 20
    assert paid(1, 100, refunded_minor=100, disputed_minor=100).left_minor == 0


def test_what_is_kept_back_is_what_is_left_of_warned_payments_as_far_as_the_wallet_goes():
    payments = [paid(1, 100, is_warned=True, refunded_minor=40), paid(2, 100)]

    assert refunds.kept_back_minor(payments, wallet_minor=200) == 60
    assert refunds.kept_back_minor(payments, wallet_minor=59) == 59


def test_campaigns_wait_only_when_the_wallet_does_not_cover_the_warning():
    payments = [paid(1, 100, is_warned=True), paid(2, 100)]

    assert [refunds.is_uncovered(payments, wallet_minor=minor) for minor in (99, 100)] == [True, False]


@pytest.mark.parametrize("status", ["pending", "requires_action", "succeeded", "failed", "canceled"])
def test_stripes_word_is_the_state_of_a_refund_that_was_sent(status):
    assert refunds.refund_state(status, before=RefundState.SENDING) == status


@pytest.mark.parametrize(
    ("status", "before"),
    [
        ("pending", RefundState.SUCCEEDED),
        ("succeeded", RefundState.FAILED),
        ("succeeded", RefundState.CANCELED),
        ("succeeded", RefundState.RELEASED),
        ("teleported", RefundState.SENDING),
    ],
)
def test_old_and_unheard_of_statuses_change_nothing(status, before):
    assert refunds.refund_state(status, before=before) is None


def test_a_refund_that_succeeded_can_still_fail():
    assert refunds.refund_state("failed", before=RefundState.SUCCEEDED) is RefundState.FAILED


def test_only_what_did_not_get_there_counts_no_longer_against_its_payment():
    assert set(RefundState) - set(refunds.REFUND_COUNTS) == {
        RefundState.FAILED,
        RefundState.CANCELED,
        RefundState.RELEASED,
    }


PURSES = st.lists(
    st.builds(
        disputes.Purse,
        campaign_id=st.integers(1, 10**6),
        state=st.sampled_from(["draft", "active", "paused", "completed"]),
        budget_minor=st.integers(0, 10**6),
    ),
    max_size=6,
    unique_by=lambda one: one.campaign_id,
)


@given(amount=st.integers(1, 10**7), wallet=st.integers(0, 10**6), purses=PURSES)
def test_a_chargeback_is_paid_to_the_cent_and_nobody_gives_more_than_they_have(amount, wallet, purses):
    taken = disputes.taken(amount_minor=amount, wallet_minor=wallet, purses=purses)
    had = {purse.campaign_id: purse.budget_minor for purse in purses}

    assert taken.wallet_minor + sum(taken.budgets.values()) + taken.owed_minor == amount
    assert all(0 < minor <= had[id_] for id_, minor in taken.budgets.items())


@given(amount=st.integers(1, 10**7), wallet=st.integers(0, 10**6), purses=PURSES)
def test_nothing_is_owed_while_anything_is_unspent(amount, wallet, purses):
    taken = disputes.taken(amount_minor=amount, wallet_minor=wallet, purses=purses)

    if taken.owed_minor:
        assert taken.wallet_minor == wallet
        assert sum(taken.budgets.values()) == sum(purse.budget_minor for purse in purses)
    if taken.budgets:
        assert taken.wallet_minor == wallet


def test_drafts_give_first_then_the_newest_campaign():
    purses = [
        disputes.Purse(campaign_id=1, state="active", budget_minor=10),
        disputes.Purse(campaign_id=2, state="draft", budget_minor=10),
        disputes.Purse(campaign_id=3, state="active", budget_minor=10),
    ]

    assert list(disputes.taken(amount_minor=25, wallet_minor=0, purses=purses).budgets.items()) == [
        (2, 10),
        (3, 10),
        (1, 5),
    ]


@given(amount=st.integers(1, 10**6), owed=st.integers(0, 10**6), written_off=st.integers(0, 10**6))
def test_won_money_settles_debts_first_and_is_never_more_than_came(amount, owed, written_off):
    back = disputes.given_back(amount_minor=amount, owed_minor=owed, written_off_minor=written_off)

    assert back.owed_minor + back.losses_minor + back.wallet_minor == amount
    assert back.owed_minor == min(amount, owed)
    assert back.losses_minor == min(amount - back.owed_minor, written_off)


def debt_lines(*lines: tuple[EntryKind, str, int]) -> list[disputes.DebtLine]:
    """Lines of what a sponsor owes, oldest first: kind, name, what it added; after a bar in the name its cause."""
    return [
        disputes.DebtLine(kind=kind, name=name.partition("|")[0], cause=name.partition("|")[2], added_minor=added_minor)
        for kind, name, added_minor in lines
    ]


TWO_DEBTS = ((EntryKind.CHARGEBACK, "dp_1:txn_1", 30), (EntryKind.CHARGEBACK, "dp_10:txn_2", 50))


@pytest.mark.parametrize(
    ("lines", "written_off"),
    [
        ((), {}),
        (((EntryKind.WRITE_OFF, "correction:1|correction 1", -30),), {"dp_1": 30}),
        (((EntryKind.WRITE_OFF, "correction:1|correction 1", -40),), {"dp_1": 30, "dp_10": 10}),
        (((EntryKind.WRITE_OFF, "correction:1|correction 1, dp_10", -40),), {"dp_10": 40}),
        (((EntryKind.WRITE_OFF, "correction:1|correction 1, dp_10", -60),), {"dp_10": 50, "dp_1": 10}),
        # A dispute that took money twice owes both.
        (
            ((EntryKind.CHARGEBACK, "dp_1:txn_3", 20), (EntryKind.WRITE_OFF, "correction:1|correction 1", -50)),
            {"dp_1": 50},
        ),
        # Written off in two corrections, or in two lines of one.
        (
            (
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -10),
                (EntryKind.WRITE_OFF, "correction:2|correction 2", -15),
            ),
            {"dp_1": 25},
        ),
        (
            (
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -20),
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -10),
                (EntryKind.REVERSAL, "25:correction:1|correction 2", 20),
                (EntryKind.REVERSAL, "25:correction:1|correction 2", 10),
            ),
            {"dp_1": 0},
        ),
        # The smallest amount is taken back as well.
        (
            (
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -1),
                (EntryKind.REVERSAL, "25:correction:1|correction 2", 1),
            ),
            {"dp_1": 0},
        ),
        # Won money of a dispute that left no debt pays the oldest one.
        (
            (
                (EntryKind.CHARGEBACK_WON, "dp_9:txn_9", -30),
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -50),
            ),
            {"dp_10": 50},
        ),
        # What was paid meanwhile was the oldest debt.
        (
            ((EntryKind.RECOVER, "sponsor:8:pi_1", -30), (EntryKind.WRITE_OFF, "correction:1|correction 1", -50)),
            {"dp_10": 50},
        ),
        # Taken back, whole, and paid by the sponsor after all.
        (
            (
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -40),
                (EntryKind.REVERSAL, "25:correction:1|correction 2", 40),
                (EntryKind.RECOVER, "sponsor:8:pi_1", -80),
            ),
            {"dp_1": 0, "dp_10": 0},
        ),
        # Taken back, and written off anew for the other one.
        (
            (
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -30),
                (EntryKind.REVERSAL, "25:correction:1|correction 2", 30),
                (EntryKind.WRITE_OFF, "correction:3|correction 3, dp_10", -30),
            ),
            {"dp_1": 0, "dp_10": 30},
        ),
        # Won money paid its own dispute's debt.
        (
            (
                (EntryKind.CHARGEBACK_WON, "dp_10:txn_3", -50),
                (EntryKind.WRITE_OFF, "correction:1|correction 1, dp_10", -30),
            ),
            {"dp_1": 30},
        ),
        # A payment that was not one: the debt is there again, and whose it was.
        (
            (
                (EntryKind.RECOVER, "sponsor:8:pi_1", -30),
                (EntryKind.REVERSAL, "23:sponsor:8:pi_1", 30),
                (EntryKind.WRITE_OFF, "correction:1|correction 1", -30),
            ),
            {"dp_1": 30},
        ),
        # A chargeback that was not one leaves no debt to write off.
        (
            (
                (EntryKind.REVERSAL, "20:dp_1:txn_1", -30),
                (EntryKind.WRITE_OFF, "correction:1|correction 1, dp_1", -50),
            ),
            {"dp_10": 50},
        ),
    ],
)
def test_a_write_off_is_of_the_dispute_that_it_names_and_else_of_the_oldest_debt(lines, written_off):
    assert disputes.written_off(debt_lines(*TWO_DEBTS, *lines)) == written_off


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6), st.data())
def test_no_more_is_written_off_of_a_dispute_than_it_left_owing(debts, data):
    chargebacks = [(EntryKind.CHARGEBACK, f"dp_{number}:txn", amount) for number, amount in enumerate(debts)]
    amount = data.draw(st.integers(1, sum(debts)))
    named = f"dp_{data.draw(st.integers(0, len(debts)))}"
    found = disputes.written_off(
        debt_lines(*chargebacks, (EntryKind.WRITE_OFF, f"correction:1|correction 1, {named}", -amount))
    )

    assert sum(found.values()) == amount
    assert all(found.get(f"dp_{number}", 0) <= debt for number, debt in enumerate(debts))


@pytest.mark.parametrize(
    ("status", "was_answered", "needed"),
    [
        ("needs_response", False, True),
        ("warning_needs_response", False, True),
        ("appeal_needs_response", False, True),
        ("needs_response", True, False),
        ("under_review", False, False),
        ("won", False, False),
    ],
)
def test_a_bank_that_asks_waits_until_it_is_answered(status, was_answered, needed):
    assert disputes.needs_answer(status, was_answered=was_answered) is needed


@pytest.mark.parametrize(
    ("status", "is_inquiry", "is_over"),
    [
        ("needs_response", False, False),
        ("under_review", False, False),
        ("won", False, True),
        ("lost", False, True),
        ("warning_needs_response", True, False),
        ("warning_under_review", True, False),
        ("warning_closed", True, True),
        ("prevented", False, True),
        ("appeal_needs_response", False, False),
        ("appeal_under_review", False, False),
        ("weighed_by_oracle", False, False),
    ],
)
def test_what_a_status_means(status, is_inquiry, is_over):
    assert (disputes.is_inquiry(status), disputes.is_over(status)) == (is_inquiry, is_over)
    assert disputes.dispute_sentence(status)


@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_documents_write_amounts_in_their_own_currency(currency):
    said = documents.written("receipt", facts={"amount_minor": 1234, "payment": "pi_1"}, currency=currency)

    assert said["total"]["amount"] == {"USD": "$12.34", "JPY": "¥1,234"}[currency]


def test_every_kind_of_document_says_that_no_tax_is_worked_out():
    amounts = {"amount_minor": 1, "payment": "pi_1", "refund": "re_1", "note": 7}
    months = {"month": "2026-10-01", "paid_in_minor": 0, "refunded_minor": 0, "spent": [], "spent_minor": 0}
    views = {"campaign": "Ada", "clip": None, "views": None, "cause": "Purged", "entry": 3, "capped_minor": 0}

    for kind in documents.NAMES:
        said = documents.written(kind, facts={**amounts, **months, **views}, currency="USD")
        assert documents.NO_VAT in said["notes"]
