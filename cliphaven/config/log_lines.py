"""How a line of the log is written: one line for one thing, and no secret in it, whoever put it there."""

import hashlib
import logging
import re

# What opens a door stands in some addresses, because it came by mail: those are logged when they are refused.
_IN_PATHS = re.compile(r"(/(?:sign-in/link|invitations|unsubscribe|account/address(?:/undo)?)/)([^/\s\"'?]+)")
_TOKENS = (
    re.compile(r"()\b(chk_[A-Za-z0-9_-]{8,})"),
    re.compile(r"(\b[Bb]earer\s+)([A-Za-z0-9._~+/=-]{8,})"),
    re.compile(r"()\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)"),
    re.compile(r"()\b((?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/=]{8,}|apify_api_[A-Za-z0-9]{8,})"),
)
# Letters that end a line, move a terminal's cursor, or turn the text around.
_STEERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_WORD = "undo"


class Lines(logging.Formatter):
    """Writes what was logged without letters that steer, and tokens as the beginning of their SHA-256.

    With that whoever holds a token finds its lines, and whoever reads the lines has no token. A traceback follows in
    lines of its own, each of them cleaned the same way.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a traceback's lines below it."""
        return "\n".join(cleaned(line) for line in super().format(record).split("\n"))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the library's own name
        """The line alone: what somebody typed never begins another one."""
        record.message = _without_steering(record.message)
        return super().formatMessage(record)


def cleaned(line: str) -> str:
    """A line without tokens and without letters that steer."""
    for shape in (_IN_PATHS, *_TOKENS):
        line = shape.sub(_digested, line)
    return _without_steering(line)


def _digested(found: re.Match[str]) -> str:
    before, token = found.groups()
    if token == _WORD:  # a part of the path, not a token
        return found[0]
    return f"{before}sha256:{hashlib.sha256(token.encode()).hexdigest()[:8]}"


def _without_steering(text: str) -> str:
    return _STEERS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
