"""No cell of a table of ours is ever run: what people wrote is text in every spreadsheet."""

import ast
import csv
import io
from pathlib import Path

import pytest

from cliphaven.foundation import tables

HOUSE = Path(__file__).parents[2] / "cliphaven"


@pytest.mark.parametrize(
    "text",
    [
        *(
            '=HYPERLINK("http://evil","x")',
            "=1+1",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\tplain",
            "\rplain",
        ),
        *(" =1", "'=1", '"=1', "＝1", "＋1", "－1", "＠A1", "-", "+", "=", "\0=1", "-1", "--1", "-1e5", "+44 20 7946"),
    ],
)
def test_what_a_spreadsheet_would_compute_stands_behind_an_apostrophe(text: str) -> None:
    assert tables.harmless(text).startswith("'")
    assert "\0" not in tables.harmless(text)


@pytest.mark.parametrize(
    "text", [tables.Number("-12.50"), "0", "12", "Trail shoes", "a-b", "x=1", "", "Ü", "me@example.test"]
)
def test_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert tables.harmless(text) == text


def test_a_formula_behind_a_semicolon_stands_behind_an_apostrophe_too() -> None:
    assert tables.harmless('shoes;=cmd|"/c calc"!A1') == 'shoes;\'=cmd|"/c calc"!A1'
    assert tables.harmless("one\ttwo\t@SUM(A1)") == "one\ttwo\t'@SUM(A1)"
    assert tables.harmless("line\n=1") == "line\n'=1"


def test_a_table_reads_back_as_it_was_with_every_text_made_harmless() -> None:
    written = io.StringIO()
    count = tables.write_csv(
        written, columns=("name", "amount", "number"), rows=[('=1,"2"', tables.Number("-12.50"), -3), ("-1", "1", 2)]
    )

    read = list(csv.reader(io.StringIO(written.getvalue())))
    assert count == 2
    assert read == [["name", "amount", "number"], ['\'=1,"2"', "-12.50", "-3"], ["'-1", "1", "2"]]


def test_nothing_else_in_the_house_writes_tables() -> None:
    """So that a table which is added tomorrow is as harmless."""
    elsewhere = [
        path.relative_to(HOUSE).as_posix()
        for path in sorted(HOUSE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in ("writer", "DictWriter")
        and ast.unparse(node.value) == "csv"
    ]

    assert elsewhere == ["foundation/tables.py"]
