"""JSON as the API takes it: one reading of every body, or none.

Readers of JSON differ in what they make of two fields of one name, of numbers without bounds, and of halves of
characters. What one of them would have checked, another one would then carry out.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

DEPTH_MAX = 20
DIGITS_MAX = 19  # as many as the largest number that the database counts with
NUMBER_CHARS_MAX = 40


class NotReadable(ValueError):
    """This is no body that is read; the sentence says why not, and shows nothing of it."""


def read_object(raw: bytes) -> dict[str, Any]:
    """The object that `raw` holds, in UTF-8. Raises NotReadable.

    No byte order mark; no field twice in one object; objects and lists at most DEPTH_MAX in one another; no NaN, no
    infinities; integers of at most DIGITS_MAX digits; no NUL and no half of a character in any text.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        raise NotReadable("The body begins with a byte order mark: send plain UTF-8")
    try:
        found = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_each_once,
            parse_int=_short_integer,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except NotReadable:
        raise
    except UnicodeDecodeError as error:
        raise NotReadable("The body is no text in UTF-8") from error
    except RecursionError as error:
        raise NotReadable(f"Objects and lists lie more than {DEPTH_MAX} deep in one another") from error
    except ValueError as error:
        raise NotReadable("The body is no whole JSON document") from error
    if not isinstance(found, dict):
        raise NotReadable("The body has to be a JSON object")
    _check(found)
    return found


def is_whole(text: str) -> bool:
    """Whether every column could hold it: no NUL, and no half of a character."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotReadable("An object has two fields of one name")
    return found


def _short_integer(digits: str) -> int:
    if len(digits.lstrip("-")) > DIGITS_MAX:
        raise NotReadable(f"An integer has more than {DIGITS_MAX} digits")
    return int(digits)


def _finite(digits: str) -> float:
    found = float(digits) if len(digits) <= NUMBER_CHARS_MAX else math.inf
    if not math.isfinite(found):
        raise NotReadable("A number is too large, or written at too great a length")
    return found


def _no_constant(name: str) -> None:
    raise NotReadable(f"{name} is no number")


def _check(found: dict[str, Any]) -> None:
    """How deep it is, and the texts in it. Walked without recursion: whoever sends it chooses the depth."""
    todo: list[tuple[Any, int]] = [(found, 1)]
    while todo:
        value, depth = todo.pop()
        if depth > DEPTH_MAX:
            raise NotReadable(f"Objects and lists lie more than {DEPTH_MAX} deep in one another")
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, dict):
            for name, inner in value.items():
                _check_text(name)
                todo.append((inner, depth + isinstance(inner, dict | list)))
        elif isinstance(value, list):
            todo.extend((inner, depth + isinstance(inner, dict | list)) for inner in value)


def _check_text(text: str) -> None:
    if not is_whole(text):
        raise NotReadable("A text has the character NUL, or half of a character, in it")
