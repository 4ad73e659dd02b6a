"""What people paste becomes one link a line, without what apps and tables put around them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.clips.rules.intake import pasted_lines

ONE, TWO = "https://youtu.be/18NGQq7p3LY", "https://youtu.be/DJztXj2GPfk"


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n{TWO}",
        f"\r\n  {ONE}\r\n\r\n{TWO}\t",
        f"{ONE} {TWO}",
        f"{ONE}\t{TWO}",
        f"{ONE},{TWO}",
        f"{ONE}; {TWO};",
        f"<{ONE}>, <{TWO}>",
        f"\u201c{ONE}\u201d\n'{TWO}'",
        f"\ufeff{ONE}\u200b\n\u2066{TWO}\u2069",
        f"\u202e{ONE}\u2028{TWO}\u00a0",
    ],
)
def test_links_are_told_apart_and_freed_of_what_stands_around_them(text: str) -> None:
    assert pasted_lines(text) == [ONE, TWO]


@pytest.mark.parametrize(
    "line",
    [
        f"my clip: {ONE}",
        f"1. {ONE}",
        f"{ONE}?a=1,2",
        "18NGQq7p3LY",
        "https://youtu.be/18NGQ\u200bq7p3LY",
        "\U0001f3ac",
        "<b>",
    ],
)
def test_a_line_that_is_no_list_of_links_stays_whole(line: str) -> None:
    assert pasted_lines(line) == [line]


@pytest.mark.parametrize("text", ["", "\n \n\t", "\u2028", "\u200b\ufeff\n\u2060"])
def test_where_nothing_was_written_there_is_no_link(text: str) -> None:
    assert pasted_lines(text) == []


@given(st.lists(st.sampled_from([ONE, TWO, "nonsense", "two words", "\u0645\u0631\u062d\u0628\u0627"]), max_size=60))
def test_every_line_that_says_something_comes_out_in_its_place(lines: list[str]) -> None:
    assert pasted_lines("\n".join(lines)) == lines


@pytest.mark.parametrize(
    "piece", [" ", ",", "x\n", "\u200b", "https://", f"{ONE} ", "<", f"x{' ' * 999}x", "\u0300", "\U0001f3ac"]
)
def test_a_long_text_of_anything_is_read_in_time_that_grows_with_its_length_alone(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        began = time.process_time()
        pasted_lines(text)
        return time.process_time() - began

    seconds(1_000)
    # Eight times the text: a quadratic reader would need 64 times as long.
    assert seconds(120_000) < 24 * seconds(15_000) + 0.2
