"""Columns as PostgreSQL reads them: whatever people write arrives as it was."""

import pytest
from django.db import connection

from cliphaven.foundation import arrays


def read_back(array: str, type_: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"select %s::{type_}[]", [array])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["plain"],
        ["a", "b"],
        ['say "no"', "and go"],
        ["a\\b", "\\", '\\"', '","'],
        ["{a,b}", "null", "NULL", " around ", "one\ntwo", "€ ½ 漢"],
    ],
)
def test_texts_arrive_as_they_were(values: list[str]) -> None:
    assert read_back(arrays.texts(values), "text") == values


@pytest.mark.django_db
@pytest.mark.parametrize("values", [[], [0], [1, -2, 3], [None], [7, None, 9_000_000_000_000_000_000]])
def test_numbers_arrive_as_they_were(values: list[int | None]) -> None:
    assert read_back(arrays.numbers(values), "bigint") == values
