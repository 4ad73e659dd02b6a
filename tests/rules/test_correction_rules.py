"""What staff may book by hand: how a correction says what it is about, what it does, and how long it waits."""

from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.backoffice.rules.corrections import EXPIRES_AFTER, Effect, campaign_named, effect, is_expired, movements
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountKind, EntryKind, Movement

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reference", "campaign_id"),
    [
        ("campaign 42", 42),
        ("  campaign   42 ", 42),
        ("campaign 42, clip 7", 42),
        ("campaign 042", None),
        ("campaign 42 clip 7", None),
        ("the campaign 42", None),
        ("campaign ４２", None),
        (f"campaign {'9' * 30}", None),
        ("txn_42", None),
    ],
)
def test_a_campaign_is_named_in_one_way(reference, campaign_id):
    assert campaign_named(reference) == campaign_id


@pytest.mark.parametrize(
    ("kind", "is_debit", "after_minor"),
    [
        (AccountKind.STRIPE_BALANCE, True, 100 + 30),
        (AccountKind.STRIPE_BALANCE, False, 100 - 30),
        (AccountKind.SPONSOR_WALLET, True, 100 - 30),
        (AccountKind.SPONSOR_WALLET, False, 100 + 30),
    ],
)
def test_a_debit_adds_to_what_we_have_and_takes_from_what_we_owe(kind, is_debit, after_minor):
    type_ = ACCOUNT_TYPES[kind]
    found = effect(type_, code="it", balance_minor=100, amount_minor=30, is_debit=is_debit)

    assert found == Effect(account="it", before_minor=100, after_minor=after_minor, is_guarded=type_.guarded)


@pytest.mark.parametrize(
    ("after_minor", "is_guarded", "is_refused"), [(-1, True, True), (0, True, False), (-1, False, False)]
)
def test_only_a_guarded_account_below_zero_is_refused(after_minor, is_guarded, is_refused):
    assert Effect(account="it", before_minor=0, after_minor=after_minor, is_guarded=is_guarded).is_refused is is_refused


def test_a_proposal_expires_at_the_end_of_its_seventh_day():
    assert timedelta(days=7) == EXPIRES_AFTER
    assert is_expired(proposed_at=MONDAY, now=MONDAY + EXPIRES_AFTER)
    assert not is_expired(proposed_at=MONDAY, now=MONDAY + EXPIRES_AFTER - timedelta(microseconds=1))


def test_movements_are_named_by_kind_and_accounts_and_stand_in_order():
    found = movements()
    writing_off = Movement(debit=AccountKind.PLATFORM_LOSSES, credit=AccountKind.CREATOR_RECEIVABLE)
    adjustments = [name for name in found if name.startswith("adjustment:")]

    assert found["write_off:platform_losses:creator_receivable"] == (EntryKind.WRITE_OFF, writing_off)
    assert adjustments == sorted(adjustments)
    assert len(adjustments) == 10
