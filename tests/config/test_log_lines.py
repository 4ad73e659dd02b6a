"""A line of the log is one line, and holds no token, whoever wrote what into it."""

import hashlib
import logging
import sys

import pytest

from cliphaven.config.log_lines import Lines

FORM = "%(levelname)s %(name)s %(message)s"


def line(message: str, *args: object, error: bool = False) -> str:
    record = logging.LogRecord("house", logging.WARNING, __file__, 1, message, args, sys.exc_info() if error else None)
    return Lines(FORM).format(record)


@pytest.mark.parametrize(
    "typed",
    [
        "a\r\nWARNING house authz_fail user=1",
        "a\nb",
        "a\x1b[2Kb",
        "a\x00b",
        "a\u2028b",
        "a\u202eb",
        "a\x85b",
    ],
)
def test_what_somebody_typed_begins_no_line_and_steers_no_terminal(typed: str):
    said = line("Not Found: %s", typed)

    assert len(said.splitlines()) == 1
    assert said.isprintable()


@pytest.mark.parametrize(
    ("said", "token"),
    [
        ("Unprocessable Entity: /sign-in/link/{}/", "k7QfZ0w_secret-token"),
        ("Not Found: /invitations/{}/", "k7QfZ0w_secret-token"),
        ("authn_fail user=- 401 GET /account/address/{}/", "k7QfZ0w_secret-token"),
        ("Forbidden: /account/address/undo/{}/", "k7QfZ0w_secret-token"),
        ("Method Not Allowed (PUT): /unsubscribe/{}/", "eyJhIjoxfQ:signature"),
        ("a key was shown: {}", "chk_abcdefghijkl"),
        ("header Authorization: Bearer {}", "abcdefgh.ijkl.mnop"),
        ("a token {}", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2ln"),
        ("No such key: {}", "sk_test_abcdefgh12345678"),
    ],
)
def test_tokens_are_written_as_the_beginning_of_their_digest(said: str, token: str):
    written = line(said.format(token))

    assert token not in written
    assert f"sha256:{hashlib.sha256(token.encode()).hexdigest()[:8]}" in written


def test_addresses_without_a_token_stay_readable():
    assert line("Not Found: /account/address/undo/") == "WARNING house Not Found: /account/address/undo/"
    assert line("Not Found: /creator/payouts/") == "WARNING house Not Found: /creator/payouts/"


def test_a_traceback_keeps_its_lines_and_tells_no_token():
    try:
        raise RuntimeError("refused: Bearer abcdefgh12345678")
    except RuntimeError:
        said = line("It broke", error=True)

    assert "Traceback" in said
    assert len(said.splitlines()) > 2
    assert "abcdefgh12345678" not in said
