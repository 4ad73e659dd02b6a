"""Does a profile carry the creator's code? Pure."""

import unicodedata
from datetime import timedelta

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody mistakes for one another: no I, L, O, 0, 1."""
CODE_LENGTH = 10
"""31 to the power of 10: long enough never to stand in a bio by chance."""
CODE_LIVES = timedelta(hours=24)
FAILED_TRIES_MAX = 10
"""Readings without the code, of one code; every reading costs money."""


def carries_code(bio: str, code: str) -> bool:
    """Whether the code stands in the bio, whatever its case, its width, and what is invisible in between."""
    wanted = _plain(code)
    return bool(wanted) and wanted in _plain(bio)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Keyboards and apps leave zero-width joiners, soft hyphens and direction marks behind: all of category Cf.
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
