"""A body has one reading, or none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.foundation.strict_json import DEPTH_MAX, NotReadable, read_object

REFUSED = {
    "nothing": b"",
    "cut off": b'{"a": [1, 2',
    "a list": b"[]",
    "null": b"null",
    "a text": b'"x"',
    "a number": b"1",
    "two documents": b"{}{}",
    "something after it": b"{} x",
    "one field twice": b'{"a": 1, "a": 1}',
    "one field twice, deeper": b'{"a": [{"b": 1, "b": 2}]}',
    "NaN": b'{"a": NaN}',
    "an infinity": b'{"a": -Infinity}',
    "beyond all floats": b'{"a": 1e400}',
    "twenty digits": b'{"a": 12345678901234567890}',
    "five thousand digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "a long float": b'{"a": 0.' + b"3" * 50 + b"}",
    "NUL, escaped": b'{"a": "\\u0000"}',
    "NUL in a name": b'{"\\u0000": 1}',
    "NUL, raw": b'{"a": "\0"}',
    "half of a character": b'{"a": ["\\ud800"]}',
    "half of a character, raw": b'{"a": "\xed\xa0\x80"}',
    "no UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "lists in lists": b'{"a":' + b"[" * 100_000,
    "one level too many": b'{"a":' + b"[" * DEPTH_MAX + b"]" * DEPTH_MAX + b"}",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_one_reading_is_refused(what: str) -> None:
    with pytest.raises(NotReadable):
        read_object(REFUSED[what])


def test_what_is_refused_is_not_shown() -> None:
    with pytest.raises(NotReadable) as refused:
        read_object(b'{"password": "a long enough password", "password": 1}')
    assert "enough" not in str(refused.value)


def test_whole_characters_of_every_kind_are_read() -> None:
    assert read_object('{"a": "\N{GRINNING FACE}é", "b": "\\ud83d\\ude00"}'.encode()) == {"a": "😀é", "b": "😀"}


def test_the_deepest_that_is_read() -> None:
    levels = DEPTH_MAX - 1
    assert read_object(b'{"a":' + b"[" * levels + b"]" * levels + b"}")["a"] != 1


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_raised(raw: bytes) -> None:
    with contextlib.suppress(NotReadable):
        assert isinstance(read_object(raw), dict)
