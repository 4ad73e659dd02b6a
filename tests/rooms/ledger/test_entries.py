"""Single entries: by name, by search, as a vendor's figures must mirror them, and how they must be called."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.ledger.queries import finding
from tests.rooms.ledger.bookkeeping import (
    BUDGET,
    CLEARING,
    FEES,
    MONDAY,
    STRIPE,
    WALLET,
    a_deposit,
    a_funding,
    an_entry,
    closed,
    failures,
    record,
    unguarded,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_an_entry_tells_everything_about_itself():
    record(a_deposit(1, 1_000), a_funding(1, 1_000))
    accrual = an_entry(EntryKind.ACCRUAL, "1:1", (BUDGET, CLEARING, 90), (BUDGET, FEES, 10), at=MONDAY + HOUR)
    record(replace(accrual, cause="observations 4 to 9", actor="user:7", reason="views"))

    found = queries.entry(EntryKind.ACCRUAL, "1:1")

    assert found is not None
    assert [(leg.debit, leg.credit, leg.amount_minor, leg.currency) for leg in found.legs] == [
        ("campaign:1:budget", "creator:1:clearing", 90, "USD"),
        ("campaign:1:budget", "platform:fees", 10, "USD"),
    ]
    assert [(leg.debit_account, leg.credit_account) for leg in found.legs] == [(BUDGET, CLEARING), (BUDGET, FEES)]
    assert (found.cause, found.actor, found.reason) == ("observations 4 to 9", "user:7", "views")
    assert found.occurred_at == MONDAY + HOUR
    assert found.recorded_at.tzinfo is not None
    assert found.position > 0
    assert (found.reversed_by, found.reverses) == (None, None)


def test_an_entry_that_is_not_there_is_none():
    record(a_deposit(1))

    assert queries.entry(EntryKind.DEPOSIT, "pi_2") is None
    assert queries.entry(EntryKind.REFUND, "pi_1") is None


@pytest.mark.parametrize(
    ("kind", "external_id"),
    [
        (EntryKind.DEPOSIT, "txn_1"),
        (EntryKind.DEPOSIT, "pi_1 "),
        (EntryKind.DEPOSIT, "pi_1\n"),
        (EntryKind.FUND_CAMPAIGN, "pi_1"),
        (EntryKind.ACCRUAL, "1"),
        (EntryKind.ACCRUAL, "1:one"),
        (EntryKind.HOLD, "1:1"),
        (EntryKind.RESERVE, "1"),
        (EntryKind.TRANSFER, "po_1"),
        (EntryKind.REFUND_FAILED, "refund:x"),
        (EntryKind.ADJUSTMENT, "1"),
        (EntryKind.REVERSAL, "pi_1"),
    ],
)
def test_an_entry_is_called_as_its_kind_says(kind, external_id):
    with pytest.raises(operations.EntryRefused, match="is no name of"):
        record(an_entry(kind, external_id, (STRIPE, WALLET, 1)))


@pytest.mark.parametrize("cause", ["", " a payment", "two\nlines"])
def test_an_entry_names_its_cause_in_one_line(cause):
    with pytest.raises(operations.EntryRefused, match="one line"):
        record(replace(a_deposit(1), cause=cause))


@pytest.mark.parametrize("change", ["external_id = 'txn_1'", "cause = ' '"])
def test_verify_names_an_entry_that_is_called_otherwise(change):
    record(a_deposit(1))
    unguarded("ledger_leg", f"update ledger_leg set {change}")

    [failure] = failures()
    assert "is named otherwise than declared" in failure


# Search.


def ids(**asked) -> list[str]:
    return [leg.external_id for leg in queries.search(**asked).legs]


@pytest.fixture
def many() -> None:
    for number in range(1, 6):
        record(a_deposit(number, number * 100, at=MONDAY + number * HOUR))
    record(replace(a_funding(1, 100, at=MONDAY), cause="form 6f1c", reason="Top 100% of the_list"))
    record(an_entry(EntryKind.DEPOSIT, "pi_50", (EURO_STRIPE, EURO_WALLET, 100), at=MONDAY))


EURO_STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="EUR")
EURO_WALLET = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="EUR")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"text": "pi_5"}, ["pi_50", "pi_5"]),
        ({"text": "pi_5", "currency": "USD"}, ["pi_5"]),
        ({"text": "i_5"}, []),
        ({"text": "6F1C"}, ["1:1"]),
        ({"text": "top 100% of the_"}, ["1:1"]),
        ({"text": "top 100_"}, []),
        ({"text": "t%t"}, []),
        ({"kind": EntryKind.FUND_CAMPAIGN}, ["1:1"]),
        ({"amount_minor": 100}, ["pi_50", "1:1", "pi_1"]),
        ({"amount_minor": 100, "currency": "EUR"}, ["pi_50"]),
        ({"since": MONDAY + 4 * HOUR}, ["pi_5", "pi_4"]),
        ({"until": MONDAY + 2 * HOUR, "kind": EntryKind.DEPOSIT}, ["pi_50", "pi_1"]),
        ({"account": "sponsor:1:wallet", "currency": "USD"}, ["pi_5", "pi_4", "pi_3", "pi_2", "pi_1", "1:1"]),
        ({"account": "sponsor:1:wallet", "amount_minor": 100}, ["pi_1", "pi_50", "1:1"]),
        ({"account": "sponsor:1:wallet", "text": "form"}, ["1:1"]),
        ({"account": "campaign:1:budget"}, ["1:1"]),
        ({"account": "campaign:2:budget"}, []),
        ({}, ["pi_50", "1:1", "pi_5", "pi_4", "pi_3", "pi_2", "pi_1"]),
    ],
    ids=str,
)
def test_what_fits_everything_that_was_asked_is_found_newest_first(many, asked, found):
    assert ids(**asked) == found


@pytest.mark.parametrize("asked", [{}, {"account": "sponsor:1:wallet"}, {"text": "pi_"}])
def test_a_search_is_read_in_pages(many, asked):
    whole, read, before = ids(**asked), [], None
    while True:
        page = queries.search(**asked, limit=2, before=before)
        read += [leg.external_id for leg in page.legs]
        before = page.older
        if before is None:
            break

    assert read == whole


def test_a_search_that_looked_through_its_share_says_where_to_go_on(many, monkeypatch):
    monkeypatch.setattr(finding, "LEGS_LOOKED_THROUGH_MAX", 3)

    first = queries.search(amount_minor=200)
    assert first.legs == ()
    assert first.older is not None
    assert [leg.external_id for leg in queries.search(amount_minor=200, before=first.older).legs] == ["pi_2"]


def test_a_name_is_found_however_long_ago_it_was(many, monkeypatch):
    monkeypatch.setattr(finding, "LEGS_LOOKED_THROUGH_MAX", 1)

    assert ids(text="pi_1") == ["pi_1"]


@pytest.fixture
def spoken_of(many) -> None:
    """A name, and a leg that only speaks of it."""
    record(replace(a_funding(2, 1, at=MONDAY), cause="for pi_5", reason=""))


def test_legs_that_only_speak_of_a_name_follow_those_that_bear_it(spoken_of):
    assert ids(text="pi_5") == ["pi_50", "pi_5", "1:2"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_names_and_those_that_speak_of_them_are_read_in_pages_once_each(spoken_of, monkeypatch, limit):
    monkeypatch.setattr(finding, "LEGS_LOOKED_THROUGH_MAX", 2)
    read, before = [], None
    while True:
        page = queries.search(text="pi_5", limit=limit, before=before)
        read += [leg.external_id for leg in page.legs]
        before = page.older
        if before is None:
            break

    assert read == ["pi_50", "pi_5", "1:2"]


def test_a_name_that_does_not_fit_hides_nobody_who_speaks_of_it(spoken_of):
    assert ids(text="pi_5", kind=EntryKind.FUND_CAMPAIGN) == ["1:2"]


def test_an_account_is_searched_in_its_closed_time_too(many):
    closed(MONDAY + 3 * HOUR)

    assert ids(account="stripe:balance", currency="USD") == ["pi_5", "pi_4", "pi_3", "pi_2", "pi_1"]


# Mirrors.


def test_a_mirror_shows_what_each_leg_added_and_whose_it_was(many):
    connected = [Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=owner, currency="USD") for owner in (7, 8)]
    record(*[an_entry(EntryKind.TRANSFER, f"tr_{n}", (account, STRIPE, 30)) for n, account in enumerate(connected)])
    record(an_entry(EntryKind.TRANSFER_REVERSAL, "trr_0", (STRIPE, connected[0], 10)))

    legs = queries.mirror_legs(AccountKind.STRIPE_CONNECTED, currency="USD")

    assert [(leg.kind.name, leg.external_id, leg.signed_minor, leg.owner_id) for leg in legs] == [
        ("TRANSFER", "tr_0", 30, 7),
        ("TRANSFER", "tr_1", 30, 8),
        ("TRANSFER_REVERSAL", "trr_0", -10, 7),
    ]
    ours = queries.mirror_legs(AccountKind.STRIPE_BALANCE, currency="USD")
    assert sum(leg.signed_minor for leg in ours) == queries.balance(STRIPE)
    assert queries.mirror_legs(AccountKind.STRIPE_CONNECTED, currency="EUR") == []


def test_a_mirror_is_read_in_parts(many):
    whole = queries.mirror_legs(AccountKind.STRIPE_BALANCE, currency="USD")

    first = queries.mirror_legs(AccountKind.STRIPE_BALANCE, currency="USD", limit=2)
    rest = queries.mirror_legs(AccountKind.STRIPE_BALANCE, currency="USD", since_leg=first[-1].leg_id)

    assert [*first, *rest] == whole
    assert len(first) == 2
