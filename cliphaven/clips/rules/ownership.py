"""Does a profile carry the creator's code? Pure."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody mistakes for one another: no I, L, O, 0, 1."""
CODE_LENGTH = 10
"""31 to the power of 10: long enough never to stand in a bio by chance."""
CODE_LIVES = timedelta(hours=24)
# What cannot be seen and is of no category of its own: a joiner of graphemes, fillers, and 16 variation selectors.
_INVISIBLE_MARKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(0xFE00 + n) for n in range(16)}
FAILED_TRIES_MAX = 10
"""Readings without the code, of one code; every reading costs money."""


def new_code(choose: Callable[[str], str]) -> str:
    """A code for a bio, of letters that `choose` picks from those it is given, each by chance."""
    return "".join(choose(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def carries_code(bio: str, code: str) -> bool:
    """Whether the code stands in the bio, whatever its case, its width, and what is invisible in between."""
    wanted = _plain(code)
    return bool(wanted) and wanted in _plain(bio)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in folded if not _is_invisible(letter))


def _is_invisible(letter: str) -> bool:
    """Keyboards and apps leave joiners, soft hyphens and direction marks behind, and what chooses between pictures."""
    return unicodedata.category(letter) == "Cf" or letter in _INVISIBLE_MARKS
