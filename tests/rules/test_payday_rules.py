"""What creators and staff are told when Stripe said no, and the moments around a payday."""

from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.payouts import rules

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


REFUSED = "Stripe refused the transfer. The money is yours and goes into the next run."
SHORT = "The connected account does not have it available now. The transfer stands."
DECLINED = "Your bank declined the payment. Speak to your bank, or add another bank account."
NOT_TAKEN = "Your bank did not take the payment. Check your bank account with Stripe."


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        (
            rules.transfer_sentence,
            "account_invalid",
            "Your Stripe account is no longer connected: set up payouts again.",
        ),
        (rules.transfer_sentence, "a_code_of_tomorrow", REFUSED),
        (rules.reversal_sentence, "balance_insufficient", SHORT),
        (rules.reversal_sentence, "a_code_of_tomorrow", "Stripe does not take it back. The transfer stands."),
        (rules.payout_sentence, "declined", DECLINED),
        (rules.payout_sentence, "a_code_of_tomorrow", NOT_TAKEN),
    ],
)
def test_a_no_is_said_in_words_also_one_that_nobody_has_heard_of(said, code, sentence):
    assert said(code) == sentence


@pytest.mark.parametrize(
    ("now", "payday"),
    [
        (MONDAY, MONDAY),
        (MONDAY - MICROSECOND, MONDAY - timedelta(days=7)),
        (MONDAY + MICROSECOND, MONDAY),
        (MONDAY + timedelta(hours=12, minutes=34, seconds=56, microseconds=789), MONDAY),
        (MONDAY + timedelta(days=7) - MICROSECOND, MONDAY),
        (MONDAY.replace(hour=0), MONDAY - timedelta(days=7)),
    ],
)
def test_a_payday_lasts_until_the_next_monday_at_six(now, payday):
    assert rules.last_payday(now) == payday
    assert rules.next_payday(now) == payday + timedelta(days=7)


def test_a_batch_waits_for_accounts_that_cannot_be_read_but_not_for_ever():
    last = MONDAY + rules.PATIENCE

    assert not rules.may_go_without_unreadable(MONDAY)
    assert not rules.may_go_without_unreadable(last - MICROSECOND)
    assert rules.may_go_without_unreadable(last)


def test_what_stripe_said_of_an_account_is_good_for_a_while():
    said_at = MONDAY - rules.GATE_STANDS_OPEN_FOR

    assert rules.is_fresh(checked_at=said_at + MICROSECOND, now=MONDAY)
    assert not rules.is_fresh(checked_at=said_at, now=MONDAY)
    assert not rules.is_fresh(checked_at=None, now=MONDAY)
