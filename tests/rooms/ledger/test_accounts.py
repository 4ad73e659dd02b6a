"""Accounts are found by their names, and by names that are nearly right."""

import pytest

from cliphaven.ledger.queries import accounts
from tests.spec.money_document import recorded, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> None:
    for told in story():
        recorded(told)


def test_an_account_is_found_once_for_each_of_its_currencies(books):
    assert [(account.code, account.currency) for account in accounts.named("sponsor:7:wallet")] == [
        ("sponsor:7:wallet", "EUR"),
        ("sponsor:7:wallet", "GBP"),
        ("sponsor:7:wallet", "JPY"),
        ("sponsor:7:wallet", "USD"),
    ]


@pytest.mark.parametrize("code", ["sponsor:77:wallet", "sponsor:7", "", "%", "sponsor:_:wallet"])
def test_an_account_that_was_never_used_is_not_found(books, code):
    assert accounts.named(code) == []


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("creator:15:payabel", "creator:15:payable"),
        ("creator:15:receivable", "creator:15:reserved"),  # the same creator before anybody else's receivable
        ("sponsor:7:walet", "sponsor:7:wallet"),
        ("campaign:44", "campaign:44:budget"),
        ("platform:fee", "platform:fees"),
        ("invalid_view_reserve", "platform:invalid_view_reserve"),
    ],
)
def test_the_account_that_was_meant_is_named_first(books, code, first):
    assert accounts.like(code)[0] == first


@pytest.mark.parametrize("code", ["", "x", "%", "creator:%", "::::", "creator:15:payabel"])
def test_no_more_than_five_are_named_and_none_twice(books, code):
    found = accounts.like(code)

    assert len(found) == len(set(found)) == accounts.LIKE_MAX


def test_empty_books_have_nothing_like_it():
    assert accounts.like("creator:15:payable") == []
