"""The chart of accounts by itself: how accounts are written and read, and which side makes them grow."""

import pytest

from cliphaven.ledger import chart
from cliphaven.ledger.chart import Account, AccountClass, AccountKind


@pytest.mark.parametrize("kind", AccountKind)
def test_an_account_is_read_back_from_its_own_name(kind: AccountKind) -> None:
    has_owner = "{owner}" in chart.ACCOUNT_TYPES[kind].pattern
    account = Account(kind=kind, owner_id=12 if has_owner else None, currency="JPY")

    assert chart.account_named(account.code, currency="JPY") == account


def test_the_name_of_an_account_carries_its_owner() -> None:
    assert Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=12, currency="USD").code == "creator:12:payable"
    assert Account(kind=AccountKind.STRIPE_BALANCE, currency="USD").code == "stripe:balance"


@pytest.mark.parametrize(
    "code",
    [
        "",
        "payable",
        "creator:12",
        "creator:12:wallet",
        "creator::payable",
        "creator:012:payable",
        "creator:0:payable",
        "creator:-1:payable",
        "creator:1_2:payable",
        "creator:١٢:payable",
        "creator:12:payable:payable",
        "creator:creator:12:payable",
        " creator:12:payable",
        "creator:12:payable\n",
        "CREATOR:12:PAYABLE",
        "creator:{owner}:payable",
        "creator:1000000000000000000:payable",
        "stripe:balance:1",
    ],
)
def test_anything_else_names_no_account(code: str) -> None:
    assert chart.account_named(code, currency="USD") is None


def test_an_owner_is_as_large_as_the_database_keeps_it() -> None:
    account = chart.account_named("creator:999999999999999999:payable", currency="USD")

    assert account is not None
    assert account.owner_id == 999_999_999_999_999_999


def test_assets_and_expenses_grow_by_debits_and_nothing_else_does() -> None:
    assert {class_ for class_ in AccountClass if class_.debit_normal} == {AccountClass.ASSET, AccountClass.EXPENSE}


def test_a_reversal_is_named_after_what_it_reverses_and_leads_back_to_it() -> None:
    name = chart.reversal_of(chart.EntryKind.ADJUSTMENT, "correction:17")

    assert name == "26:correction:17"
    assert chart.reversed_entry(name) == (chart.EntryKind.ADJUSTMENT, "correction:17")
