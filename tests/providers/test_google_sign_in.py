"""Google's answers to a sign-in, from a real server on loopback that lies as much as a stranger could."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.google import SCOPE, Google, OwnChannels, new_question
from cliphaven.providers.vendor_calls import MAX_ANSWER_BYTES
from tests.providers.listening import listening

TOKEN = {"access_token": "ya29.token", "token_type": "Bearer", "expires_in": 3599, "scope": SCOPE}
CHANNEL_ID = f"UC{'a' * 22}"
CHANNEL = {"id": CHANNEL_ID, "snippet": {"customUrl": "@ben", "description": "late light"}}


class Liar(BaseHTTPRequestHandler):
    """Says what it was told to say, by path: a status and a body; notes what it was asked."""

    protocol_version = "HTTP/1.1"
    says: dict[str, tuple[int, object]]
    asked: list[tuple[str, dict[str, list[str]], str]]

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        path = self.path.partition("?")[0]
        self.asked.append((path, parse_qs(body), self.headers.get("Authorization", "")))
        status, said = self.says.get(path, (200, {}))
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def liar() -> Iterator[Any]:
    says = {"/token": (200, TOKEN), "/youtube/v3/channels": (200, {"items": [CHANNEL]})}
    handler = type("ThisLiar", (Liar,), {"says": says, "asked": []})
    with listening(handler) as handler.base:  # type: ignore[attr-defined]
        yield handler


def owned(liar: Any, *, code: str = "4/code") -> OwnChannels:
    google = Google(
        client_id="ours", client_secret="word", accounts_base=liar.base, token_base=liar.base, youtube_base=liar.base
    )
    return google.own_channels(code=code, question=new_question(), redirect_uri="https://clips.example/return/")


def test_the_channel_is_asked_for_with_the_token_and_the_token_is_revoked(liar: Any) -> None:
    [reading] = owned(liar).readings

    assert (reading.author_id, reading.handle, reading.bio) == (CHANNEL_ID, "ben", "late light")
    assert [(path, authorization) for path, _, authorization in liar.asked] == [
        ("/token", ""),
        ("/youtube/v3/channels", "Bearer ya29.token"),
        ("/revoke", ""),
    ]
    assert liar.asked[2][1] == {"token": ["ya29.token"]}


@pytest.mark.parametrize(
    "said",
    [
        {},
        [],
        None,
        "ya29.token",
        b"<html>sign in</html>",
        b"",
        b"\xff\xfe",
        b"[" * 5_000,
        TOKEN | {"access_token": None},
        TOKEN | {"access_token": ["ya29.token"]},
        TOKEN | {"access_token": "ya29.\r\nHost: evil.example"},
        TOKEN | {"access_token": "ya29.t\u00f6ken"},
        TOKEN | {"scope": ""},
        TOKEN | {"scope": None},
        TOKEN | {"scope": f"{SCOPE}.upload"},
        TOKEN | {"scope": "openid email"},
        TOKEN | {"id_token": "x" * MAX_ANSWER_BYTES},
    ],
    ids=range(17),
)
def test_a_token_of_another_shape_or_for_another_purpose_is_not_used(liar: Any, said: object) -> None:
    liar.says["/token"] = (200, said)

    with pytest.raises(ProviderFailed) as failure:
        owned(liar)

    assert failure.value.outcome is Outcome.DEFINITE
    assert [path for path, _, _ in liar.asked] == ["/token"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, Outcome.DEFINITE), (401, Outcome.DEFINITE), (500, Outcome.UNKNOWN), (503, Outcome.UNKNOWN)],
)
def test_a_code_that_is_refused_is_told_from_a_google_that_is_ill(liar: Any, status: int, outcome: Outcome) -> None:
    liar.says["/token"] = (status, {"error": "invalid_grant"})

    with pytest.raises(ProviderFailed) as failure:
        owned(liar)

    assert (failure.value.outcome, failure.value.code) == (outcome, "invalid_grant")


@pytest.mark.parametrize("code", ["", "x" * 1_025])
def test_a_code_that_can_be_none_is_not_even_sent(liar: Any, code: str) -> None:
    with pytest.raises(ProviderFailed):
        owned(liar, code=code)
    assert liar.asked == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        [],
        {"items": None},
        {"items": {}},
        {"items": [None, 7, "x", []]},
        {"items": [CHANNEL | {"id": 7}]},
        {"items": [CHANNEL | {"id": "UCshort"}]},
        {"items": [CHANNEL | {"id": {"kind": "youtube#channel"}}]},
        {"items": [CHANNEL | {"snippet": {"customUrl": "@ben", "description": 7}}]},
        b"no json",
    ],
)
def test_an_answer_that_names_no_channel_proves_none_and_the_token_is_revoked(liar: Any, said: object) -> None:
    liar.says["/youtube/v3/channels"] = (200, said)

    assert owned(liar).readings == []
    assert [path for path, _, _ in liar.asked] == ["/token", "/youtube/v3/channels", "/revoke"]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_the_token_is_revoked_when_the_channel_is_not_told(liar: Any, status: int) -> None:
    liar.says["/youtube/v3/channels"] = (status, {"error": {"status": "PERMISSION_DENIED"}})

    with pytest.raises(ProviderFailed, match="refused"):
        owned(liar)
    assert liar.asked[-1][0] == "/revoke"


def test_a_token_that_cannot_be_revoked_ends_by_itself(liar: Any) -> None:
    liar.says["/revoke"] = (503, {})

    assert len(owned(liar).readings) == 1


@pytest.mark.parametrize("name", ["x" * 200, "<svg onload=alert(1)>", "a b", "\u202ben", "", 7, None])
def test_a_handle_that_can_be_none_is_left_out_and_the_id_alone_counts(liar: Any, name: object) -> None:
    channel = CHANNEL | {"snippet": {"customUrl": name, "description": "late light"}}
    liar.says["/youtube/v3/channels"] = (200, {"items": [channel]})

    assert [(one.author_id, one.handle) for one in owned(liar).readings] == [(CHANNEL_ID, "")]
