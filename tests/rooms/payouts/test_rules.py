"""The decisions of paying, as tables."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cliphaven.foundation.errors import Outcome
from cliphaven.payouts import rules
from cliphaven.payouts.rules import Action, AfterFailure, BankPayoutState, Found, Step, TransferState, Verdict
from cliphaven.providers.stripe import client

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


NOW = MONDAY
HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("is_open", "is_claimed", "claimed_ago", "sent_ago", "due_in", "step"),
    [
        (True, False, None, None, 0 * HOURS, Step.SEND),
        (True, False, None, None, 1 * HOURS, Step.NOTHING),
        (False, False, None, None, 0 * HOURS, Step.NOTHING),
        (True, True, timedelta(minutes=9), 1 * HOURS, 0 * HOURS, Step.NOTHING),
        (True, True, timedelta(minutes=10), 1 * HOURS, 0 * HOURS, Step.SEND),
        (True, False, timedelta(minutes=1), 1 * HOURS, 0 * HOURS, Step.SEND),
        (True, False, 1 * HOURS, 20 * HOURS - timedelta(seconds=1), 0 * HOURS, Step.SEND),
        (True, False, 1 * HOURS, 20 * HOURS, 0 * HOURS, Step.LOOK_UP),
        (True, True, 30 * HOURS, 30 * HOURS, 0 * HOURS, Step.LOOK_UP),
    ],
)
def test_what_is_to_be_done_with_an_item(*, is_open, is_claimed, claimed_ago, sent_ago, due_in, step):
    assert (
        rules.next_step(
            is_open=is_open,
            is_claimed=is_claimed,
            claimed_at=claimed_ago and NOW - claimed_ago,
            first_sent_at=sent_ago and NOW - sent_ago,
            due_at=NOW + due_in,
            now=NOW,
        )
        is step
    )


def test_the_fence_shuts_after_an_hour():
    assert not rules.fence_is_shut(claimed_at=NOW, now=NOW + timedelta(minutes=59))
    assert rules.fence_is_shut(claimed_at=NOW, now=NOW + timedelta(minutes=60))


@pytest.mark.parametrize(
    ("outcome", "code", "status", "is_payout", "after_unknown", "action"),
    [
        (Outcome.DEFINITE, "balance_insufficient", 400, False, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "balance_insufficient", 400, True, False, Action.WAIT_FOR_FUNDS),
        (Outcome.DEFINITE, "card_declined", 402, False, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "resource_missing", 404, True, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "account_invalid", 403, True, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "account_invalid", 403, True, True, Action.FIND_OUT),
        (Outcome.DEFINITE, "balance_insufficient", 400, False, True, Action.GIVE_BACK),
        (Outcome.NOT_EXECUTED, "", 401, False, False, Action.STOP_BATCH),
        (Outcome.NOT_EXECUTED, "", 403, False, True, Action.STOP_BATCH),
        (Outcome.NOT_EXECUTED, "rate_limit", 429, False, False, Action.SEND_AGAIN),
        (Outcome.NOT_EXECUTED, "idempotency_key_in_use", 409, True, True, Action.SEND_AGAIN),
        (Outcome.UNKNOWN, "api_error", 500, False, False, Action.FIND_OUT),
        (Outcome.UNKNOWN, "APIConnectionError", None, True, False, Action.FIND_OUT),
        (Outcome.UNKNOWN, "idempotency_error", 400, False, False, Action.REVIEW),
    ],
)
def test_what_an_answer_that_was_not_a_yes_asks_for(*, outcome, code, status, is_payout, after_unknown, action):
    asked = rules.action_after(
        outcome=outcome,
        code=code,
        status=status,
        is_payout=is_payout,
        after_unknown=after_unknown,
        others_may_send=False,
    )

    assert asked is action


@pytest.mark.parametrize("code", ["balance_insufficient", "account_invalid", "resource_missing"])
@pytest.mark.parametrize("is_payout", [True, False])
def test_a_no_proves_nothing_while_another_worker_may_still_get_a_yes(code: str, is_payout: bool):
    asked = rules.action_after(
        outcome=Outcome.DEFINITE,
        code=code,
        status=400,
        is_payout=is_payout,
        after_unknown=True,
        others_may_send=True,
    )

    assert asked is Action.FIND_OUT


def test_whoever_claims_while_the_key_is_trusted_sends_while_stripe_remembers_it():
    # 20 hours, an hour's fence and half an hour for the call: 21.5 of Stripe's 24 hours
    latest = rules.sending_is_over_at(NOW + rules.KEY_TRUSTED_FOR)

    assert latest == NOW + timedelta(hours=21, minutes=30) < NOW + timedelta(hours=24)


def test_the_longest_call_outlasts_a_worker_asleep_for_a_quarter_of_an_hour():
    call = timedelta(seconds=client.CONNECT_SECONDS + client.READ_SECONDS)

    assert timedelta(minutes=15) + call < rules.LONGEST_CALL


SOUGHT = Found(amount_minor=1800, currency="USD", destination="acct_1")
OTHER = Found(amount_minor=1801, currency="USD", destination="acct_1")


@pytest.mark.parametrize(
    ("found", "looked_up_ago", "verdict"),
    [
        ([SOUGHT], None, Verdict.ADOPT),
        ([SOUGHT], 2 * HOURS, Verdict.ADOPT),
        ([OTHER], None, Verdict.REVIEW),
        ([SOUGHT, SOUGHT], None, Verdict.REVIEW),
        ([], None, Verdict.ABSENT_ONCE),
        ([], timedelta(minutes=9), Verdict.ABSENT_ONCE),
        ([], timedelta(minutes=10), Verdict.ABSENT),
    ],
)
def test_what_a_look_up_says(found, looked_up_ago, verdict):
    looked_up_at = looked_up_ago and NOW - looked_up_ago

    told = rules.verdict(
        found, sought=SOUGHT, last_claimed_to_send_at=NOW - 20 * HOURS, looked_up_at=looked_up_at, now=NOW
    )
    assert told is verdict


@pytest.mark.parametrize(
    ("found", "claimed_ago", "verdict"),
    [
        ([], timedelta(minutes=89), Verdict.TOO_EARLY),
        ([], timedelta(minutes=90), Verdict.ABSENT),
        ([], None, Verdict.ABSENT),  # nobody ever claimed it to send it
        ([SOUGHT], timedelta(minutes=1), Verdict.ADOPT),
        ([OTHER], timedelta(minutes=1), Verdict.REVIEW),
    ],
)
def test_nothing_is_absent_while_somebody_may_still_send_it(found, claimed_ago, verdict):
    told = rules.verdict(
        found,
        sought=SOUGHT,
        last_claimed_to_send_at=claimed_ago and NOW - claimed_ago,
        looked_up_at=NOW - HOURS,
        now=NOW,
    )

    assert told is verdict


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
    ("code", "refused", "failures", "attempts", "follows"),
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
def test_what_follows_a_failed_payout(code, refused, failures, attempts, follows):
    assert (
        rules.after_failure(code=code, refused_by_stripe=refused, failures_to_this_bank=failures, attempts=attempts)
        is follows
    )


def test_nothing_leaves_a_final_state():
    assert {state for state, to in rules.TRANSFER_EDGES.items() if not to} == rules.TRANSFER_FINAL
    assert {state for state, to in rules.BANK_PAYOUT_EDGES.items() if not to} == rules.BANK_PAYOUT_OVER


def test_every_state_has_its_edges():
    assert set(rules.TRANSFER_EDGES) == set(TransferState)
    assert set(rules.BANK_PAYOUT_EDGES) == set(BankPayoutState)


def test_nobody_knows_never_leads_straight_to_giving_the_money_back():
    assert TransferState.RELEASED not in rules.TRANSFER_EDGES[TransferState.UNKNOWN]
    assert TransferState.RELEASED not in rules.TRANSFER_EDGES[TransferState.RESERVED]


@given(tries=some.integers(0, 10_000), seed=some.text(max_size=20))
def test_pauses_grow_and_stay_within_bounds(tries: int, seed: str):
    pause = rules.pause(tries=tries, seed=seed)

    assert rules.PAUSE_MIN <= pause <= rules.PAUSE_MAX * 1.5
    assert rules.pause(tries=tries, seed=seed) == pause


def test_what_stripe_wants_is_said_once_in_words():
    assert rules.missing_sentences(["individual.dob.day", "individual.dob.month", "external_account", "news"]) == [
        "Your name, address and date of birth",
        "A bank account that can be paid to",
        "More details, which Stripe asks you for",
    ]
