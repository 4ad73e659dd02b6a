"""The decisions of paying, as tables."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cliphaven.payouts import rules
from cliphaven.payouts.rules import (
    AfterFailure,
    AfterReversal,
    BankPayoutState,
    TransferReversalState,
    TransferState,
)

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
EARLIEST, LATEST = MONDAY.replace(year=2020, tzinfo=None), MONDAY.replace(year=2060, tzinfo=None)


@dataclass(frozen=True)
class Part:
    amount_minor: int
    campaign_ended: bool = False
    last_cleared_at: datetime = MONDAY


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-11-02T05:59:59+00:00", "2026-W44"),
        ("2026-11-02T06:00:00+00:00", "2026-W45"),
        ("2026-11-08T23:59:59+00:00", "2026-W45"),
        ("2027-01-01T12:00:00+00:00", "2026-W53"),
        ("2027-01-04T05:00:00+00:00", "2026-W53"),
        ("2027-01-04T06:00:00+00:00", "2027-W01"),
        ("2028-02-29T12:00:00+00:00", "2028-W09"),
    ],
)
def test_the_week_changes_on_mondays_at_six(now: str, week: str):
    assert rules.due_week(datetime.fromisoformat(now)) == week


@given(some.datetimes(min_value=EARLIEST, max_value=LATEST, timezones=some.just(UTC)))
def test_paydays_are_mondays_at_six_a_week_apart(now: datetime):
    last, following = rules.last_payday(now), rules.next_payday(now)

    assert last <= now < following == last + timedelta(days=7)
    assert (last.weekday(), last.hour, last.minute, last.second) == (0, 6, 0, 0)
    assert rules.due_week(last) == rules.due_week(now) != rules.due_week(following)


@pytest.mark.parametrize(
    ("parts", "now", "paid"),
    [
        ([Part(999)], MONDAY, []),
        ([Part(1_000)], MONDAY, [1_000]),
        ([Part(400), Part(600)], MONDAY, [400, 600]),
        ([Part(400), Part(599)], MONDAY, []),
        ([Part(400, campaign_ended=True), Part(599)], MONDAY, [400]),
        ([Part(1)], MONDAY + timedelta(days=90), [1]),
        ([Part(1)], MONDAY + timedelta(days=90) - timedelta(seconds=1), []),
        ([Part(1), Part(2, last_cleared_at=MONDAY + timedelta(days=1))], MONDAY + timedelta(days=90), []),
        ([], MONDAY, []),
    ],
)
def test_the_minimum_counts_over_all_campaigns_and_is_waived(parts: list[Part], now: datetime, paid: list[int]):
    chosen = rules.parts_to_pay(parts, minimum_minor=1_000, now=now)

    assert [part.amount_minor for part in chosen] == paid


def test_keys_are_told_from_the_row_alone():
    group = rules.transfer_group(prefix="ch:production", week="2026-W45", creator_id=7, campaign_id=3)

    assert rules.transfer_key(group=group, amount_minor=1800, attempt=2) == (
        "ch:production:transfer:2026-W45:7:3:1800:a2"
    )
    assert (
        rules.bank_payout_key(
            prefix="ch:production", week="2026-W45", creator_id=7, currency="USD", part=1, amount_minor=1800, attempt=1
        )
        == "ch:production:payout:2026-W45:7:USD:1800:a1"
    )


def test_two_parts_of_a_week_with_the_same_amount_have_two_keys():
    first, second = (
        rules.bank_payout_key(
            prefix="ch:test", week="2026-W45", creator_id=7, currency="USD", part=part, amount_minor=1800, attempt=1
        )
        for part in (1, 2)
    )

    assert first != second


_P = BankPayoutState


@pytest.mark.parametrize(
    ("status", "before", "state"),
    [
        ("pending", _P.SENDING, _P.PENDING),
        ("pending", _P.UNKNOWN, _P.PENDING),
        ("pending", _P.WAITING_FOR_FUNDS, _P.PENDING),
        ("in_transit", _P.PENDING, _P.IN_TRANSIT),
        ("paid", _P.PENDING, _P.PAID),
        ("paid", _P.IN_TRANSIT, _P.PAID),
        ("paid", _P.PAID, _P.PAID),
        ("failed", _P.IN_TRANSIT, _P.FAILED),
        ("canceled", _P.PENDING, _P.FAILED),
        ("failed", _P.PAID, _P.RETURNED),
        # old news
        ("pending", _P.IN_TRANSIT, None),
        ("pending", _P.PAID, None),
        ("in_transit", _P.PAID, None),
        ("paid", _P.RETURNED, None),
        ("paid", _P.FAILED, None),
        ("failed", _P.RETURNED, None),
        # a word that Stripe may yet invent
        ("teleported", _P.PENDING, None),
    ],
)
def test_what_a_status_does_to_a_payout(status, before, state):
    assert rules.payout_state(status, before=before) is state


@pytest.mark.parametrize(
    ("code", "refused", "to_this_bank", "failures", "follows"),
    [
        ("could_not_process", False, 1, 1, AfterFailure.TRY_AGAIN),
        ("insufficient_funds", False, 2, 2, AfterFailure.TRY_AGAIN),
        ("could_not_process", False, 3, 3, AfterFailure.NEW_BANK_ACCOUNT),
        ("account_closed", False, 1, 1, AfterFailure.NEW_BANK_ACCOUNT),
        ("never_heard_of", False, 1, 1, AfterFailure.NEW_BANK_ACCOUNT),
        ("payouts_not_allowed", True, 1, 1, AfterFailure.TRY_AGAIN),
        ("canceled", False, 1, 1, AfterFailure.REVIEW),
        ("could_not_process", False, 1, 20, AfterFailure.REVIEW),
    ],
)
def test_what_follows_a_failed_payout(code, refused, to_this_bank, failures, follows):
    told = {"code": code, "refused_by_stripe": refused, "failures_to_this_bank": to_this_bank, "failures": failures}
    assert rules.after_failure(**told) is follows


def test_nothing_leaves_a_final_state_but_a_reversal():
    ends = {state for state, to in rules.TRANSFER_EDGES.items() if not to}

    assert ends == {TransferState.REVERSED}
    assert ends == rules.TRANSFER_FINAL - {TransferState.SENT, TransferState.RELEASED}
    assert rules.TRANSFER_EDGES[TransferState.SENT] == {TransferState.REVERSING, TransferState.REVERSED}
    assert rules.TRANSFER_EDGES[TransferState.RELEASED] == {TransferState.REVERSED}
    assert {state for state, to in rules.BANK_PAYOUT_EDGES.items() if not to} == rules.BANK_PAYOUT_OVER


def test_every_state_has_its_edges():
    assert set(rules.TRANSFER_EDGES) == set(TransferState)
    assert set(rules.BANK_PAYOUT_EDGES) == set(BankPayoutState)
    assert set(rules.TRANSFER_REVERSAL_EDGES) == set(TransferReversalState)


def test_nobody_knows_never_leads_straight_to_giving_the_money_back():
    assert TransferState.RELEASED not in rules.TRANSFER_EDGES[TransferState.UNKNOWN]
    assert TransferState.REVERSED not in rules.TRANSFER_EDGES[TransferState.UNKNOWN]
    assert TransferReversalState.REFUSED not in rules.TRANSFER_REVERSAL_EDGES[TransferReversalState.UNKNOWN]


@pytest.mark.parametrize(
    ("reversed_minor", "went_on", "follows"),
    [
        (1800, False, AfterReversal.GIVE_BACK),
        (1799, False, AfterReversal.HOLD),
        (1, False, AfterReversal.HOLD),
        (1800, True, AfterReversal.REVIEW),
        (1, True, AfterReversal.REVIEW),
    ],
)
def test_what_follows_when_a_transfer_is_taken_back(*, reversed_minor, went_on, follows):
    assert rules.after_reversal(reversed_minor=reversed_minor, amount_minor=1800, went_on_to_bank=went_on) is follows


@pytest.mark.parametrize(
    ("state", "was_ever_sent", "may"),
    [
        (_P.WAITING_FOR_FUNDS, False, True),
        (_P.WAITING_FOR_FUNDS, True, True),  # sent, and provably not executed
        (_P.FAILED, True, True),
        (_P.RETURNED, True, True),
        (_P.NEEDS_REVIEW, False, True),
        (_P.NEEDS_REVIEW, True, False),
        (_P.SENDING, True, False),
        (_P.UNKNOWN, True, False),
        (_P.PENDING, True, False),
        (_P.IN_TRANSIT, True, False),
        (_P.PAID, True, False),
        (_P.WITHDRAWN, False, False),
    ],
)
def test_only_what_is_surely_on_the_connected_account_is_withdrawn(*, state, was_ever_sent, may):
    assert rules.may_be_withdrawn(state, was_ever_sent=was_ever_sent) is may


def test_what_stripe_wants_is_said_once_in_words():
    assert rules.missing_sentences(["individual.dob.day", "individual.dob.month", "external_account", "news"]) == [
        "Your name, address and date of birth",
        "A bank account that can be paid to",
        "More details, which Stripe asks you for",
    ]


@pytest.mark.parametrize(
    ("metadata", "is_named"),
    [
        ({"transfer_reversal": "7"}, True),
        ({"transfer_reversal": "8"}, False),
        ({"TRANSFER_REVERSAL": "7"}, False),
        ({}, False),
    ],
)
def test_an_object_at_stripe_says_by_its_metadata_which_reversal_it_is(metadata, is_named):
    assert rules.names_reversal(metadata, reversal_id=7) is is_named


MOMENTS = some.datetimes(min_value=EARLIEST, max_value=LATEST, timezones=some.just(UTC))


@given(MOMENTS, some.none() | MOMENTS)
def test_a_new_bank_account_waits_three_days_and_no_longer(changed_at: datetime, lifted_at: datetime | None):
    until = rules.held_until(changed_at=changed_at, lifted_at=lifted_at)

    assert until is not None
    assert changed_at <= until <= changed_at + timedelta(hours=72)
    # Sooner only by a word that was given about this very change.
    was_lifted = lifted_at is not None and changed_at <= lifted_at <= changed_at + timedelta(hours=72)
    assert until == (lifted_at if was_lifted else changed_at + timedelta(hours=72))


@given(some.none() | MOMENTS)
def test_a_bank_account_that_took_no_others_place_never_waits(lifted_at: datetime | None):
    assert rules.held_until(changed_at=None, lifted_at=lifted_at) is None


@given(MOMENTS, MOMENTS)
def test_as_long_as_it_waits_its_change_can_be_disowned(changed_at: datetime, now: datetime):
    until = rules.held_until(changed_at=changed_at, lifted_at=None)

    assert until is not None
    assert now >= until or rules.may_be_disowned(changed_at=changed_at, now=now)
    assert not rules.may_be_disowned(changed_at=None, now=now)


def test_a_change_can_be_disowned_for_fourteen_days():
    last = MONDAY + timedelta(days=14) - timedelta(seconds=1)

    assert rules.may_be_disowned(changed_at=MONDAY, now=last)
    assert not rules.may_be_disowned(changed_at=MONDAY, now=MONDAY + timedelta(days=14))
