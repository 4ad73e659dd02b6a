"""What to do with an item that a vendor is told once, as tables."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cliphaven.foundation.errors import Outcome
from cliphaven.foundation.outgoing import rules
from cliphaven.foundation.outgoing.rules import Action, Found, Step, Verdict
from cliphaven.providers.stripe import client

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
NONE: frozenset[str] = frozenset()
SHORT = frozenset({"balance_insufficient"})

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
    ("outcome", "code", "status", "waits_out", "after_unknown", "action"),
    [
        (Outcome.DEFINITE, "balance_insufficient", 400, NONE, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "balance_insufficient", 400, SHORT, False, Action.WAIT),
        (Outcome.DEFINITE, "card_declined", 402, NONE, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "resource_missing", 404, SHORT, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "account_invalid", 403, SHORT, False, Action.GIVE_BACK),
        (Outcome.DEFINITE, "account_invalid", 403, SHORT, True, Action.FIND_OUT),
        (Outcome.DEFINITE, "balance_insufficient", 400, NONE, True, Action.GIVE_BACK),
        (Outcome.NOT_EXECUTED, "", 401, NONE, False, Action.STOP),
        (Outcome.NOT_EXECUTED, "", 403, NONE, True, Action.STOP),
        (Outcome.NOT_EXECUTED, "rate_limit", 429, NONE, False, Action.SEND_AGAIN),
        (Outcome.NOT_EXECUTED, "idempotency_key_in_use", 409, SHORT, True, Action.SEND_AGAIN),
        (Outcome.UNKNOWN, "api_error", 500, NONE, False, Action.FIND_OUT),
        (Outcome.UNKNOWN, "APIConnectionError", None, SHORT, False, Action.FIND_OUT),
        (Outcome.UNKNOWN, "idempotency_error", 400, NONE, False, Action.REVIEW),
    ],
)
def test_what_an_answer_that_was_not_a_yes_asks_for(*, outcome, code, status, waits_out, after_unknown, action):
    asked = rules.action_after(
        outcome=outcome,
        code=code,
        status=status,
        waits_out=waits_out,
        after_unknown=after_unknown,
        others_may_send=False,
    )

    assert asked is action


@pytest.mark.parametrize("code", ["balance_insufficient", "account_invalid", "resource_missing"])
@pytest.mark.parametrize("waits_out", [True, False])
def test_a_no_proves_nothing_while_another_worker_may_still_get_a_yes(code: str, waits_out: frozenset[str]):
    asked = rules.action_after(
        outcome=Outcome.DEFINITE,
        code=code,
        status=400,
        waits_out=waits_out,
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


def test_what_was_there_before_is_never_absent():
    told = rules.verdict(
        [], sought=SOUGHT, is_known=True, last_claimed_to_send_at=None, looked_up_at=NOW - HOURS, now=NOW
    )

    assert told is Verdict.REVIEW


@given(tries=some.integers(0, 10_000), seed=some.text(max_size=20))
def test_pauses_grow_and_stay_within_bounds(tries: int, seed: str):
    pause = rules.pause(tries=tries, seed=seed)

    assert rules.PAUSE_MIN <= pause <= rules.PAUSE_MAX * 1.5
    assert rules.pause(tries=tries, seed=seed) == pause


@pytest.mark.parametrize("tries", range(7))
def test_each_try_waits_twice_as_long_as_the_one_before_and_less_than_the_one_after(tries: int):
    doubled = timedelta(seconds=30) * 2**tries

    assert doubled <= rules.pause(tries=tries, seed="transfer:7") < 1.5 * doubled


def test_the_spread_is_a_part_of_1024_of_the_wait_that_follows_from_the_seed():
    part = crc32(b"transfer:7:3") % 512  # 0 to 511 of 1024: up to half as much again

    assert rules.pause(tries=3, seed="transfer:7") == timedelta(seconds=240 + 240 * part / 1024)


def test_doubling_ends_after_sixteen_tries_however_long_a_wait_may_be():
    waits = [
        rules.pause(tries=tries, seed="", first=timedelta(seconds=1024), longest=timedelta(days=10_000))
        for tries in (16, 17)
    ]

    assert [wait // timedelta(seconds=1024 * 2**16) for wait in waits] == [1, 1]
