"""Google's sign-in for YouTube: the consent page, the token for a code, and its revocation.

Who is asked is chosen on the page: any YouTube account of the pretend world, or one without a channel.
"""

import base64
import hashlib
import re
import secrets
from html import escape
from typing import Final
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.sheets import button, choice, sheet
from sandbox.store import Json
from sandbox.world import World

SCOPE: Final = "https://www.googleapis.com/auth/youtube.readonly"
CODE_SECONDS: Final = 600
TOKEN_SECONDS: Final = 3_599
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SHOWN: Final = 200


def routes(world: World) -> list[BaseRoute]:
    """The routes under /google."""
    google = _Google(world)
    return [
        Route("/o/oauth2/v2/auth", google.consent, methods=["GET", "POST"]),
        Route("/token", google.token, methods=["POST"]),
        Route("/revoke", google.revoke, methods=["POST"]),
    ]


def account_of(world: World, token: str) -> Json | None:
    """The author id ("" for an account without a channel) that a token speaks for; None if it is no good."""
    known = world.store.get("google_token", token)
    return known if known and known["ends_at"] > world.clock.now().timestamp() else None


class _Google:
    """The endpoints over one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def consent(self, request: Request) -> Response:
        """The page that asks, and what the person answered."""
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        if problem := self._problem(asked):
            return sheet("Error 400", f"<h1>Access blocked</h1><p>Error 400: {escape(problem)}</p>", status=400)
        if request.method == "GET":
            return self._page(asked)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if form.get("answer") != "allow":
            return _back(asked, {"error": "access_denied"})
        code = f"4/{secrets.token_urlsafe(32)}"
        self.world.store.put(
            "google_code",
            code,
            {**asked, "author_id": form.get("account", ""), "ends_at": self._moment() + CODE_SECONDS},
        )
        return _back(asked, {"code": code, "scope": SCOPE})

    def _page(self, asked: dict[str, str]) -> Response:
        accounts = [account for account in self.world.store.all("account") if account["platform"] == "youtube"]
        options = {account["author_id"]: f"@{account['handle']}" for account in accounts[-_SHOWN:]}
        inner = (
            f"<h1>Choose an account</h1><p>{escape(asked['client_id'])} wants to see your YouTube account.</p>"
            '<form method="post">'
            + choice("account", "account", "YouTube channel", {**options, "": "An account without a channel"})
            + button("allow", "answer", "allow", "Allow", first=True)
            + button("deny", "answer", "deny", "Cancel")
            + "</form>"
        )
        return sheet("Sign in", inner)

    def _problem(self, asked: dict[str, str]) -> str:
        if asked["client_id"] != self.world.config.google_client_id:
            return "invalid_client"
        if not asked["redirect_uri"].startswith(("http://127.0.0.1", "http://localhost", "https://")):
            return "redirect_uri_mismatch"
        if asked["response_type"] != "code":
            return "unsupported_response_type"
        if SCOPE not in asked["scope"].split():
            return "invalid_scope"
        if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
            return "invalid_request"
        return ""

    async def token(self, request: Request) -> JSONResponse:
        """An access token for a code, once, and for whoever shows the verifier of its challenge."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        config = self.world.config
        if (form.get("client_id"), form.get("client_secret")) != (config.google_client_id, config.google_client_secret):
            return _refused("invalid_client", "The OAuth client was not found.", 401)
        if form.get("grant_type") != "authorization_code":
            return _refused("unsupported_grant_type", "Invalid grant_type")
        code = form.get("code", "")
        known = self.world.store.get("google_code", code)
        self.world.store.delete("google_code", code)
        if known is None or known["ends_at"] <= self._moment():
            return _refused("invalid_grant", "Malformed auth code.")
        if known["redirect_uri"] != form.get("redirect_uri"):
            return _refused("redirect_uri_mismatch", "Bad Request")
        if known["code_challenge"] and known["code_challenge"] != _challenge(form.get("code_verifier", "")):
            return _refused("invalid_grant", "Invalid code verifier.")
        token = f"ya29.{secrets.token_urlsafe(48)}"
        self.world.store.put(
            "google_token", token, {"author_id": known["author_id"], "ends_at": self._moment() + TOKEN_SECONDS}
        )
        answer = {"access_token": token, "expires_in": TOKEN_SECONDS, "scope": SCOPE, "token_type": "Bearer"}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def revoke(self, request: Request) -> JSONResponse:
        """End a token."""
        form = parse_qs((await request.body()).decode())
        token = form.get("token", [request.query_params.get("token", "")])[0]
        if self.world.store.get("google_token", token) is None:
            return _refused("invalid_token", "Token expired or revoked")
        self.world.store.delete("google_token", token)
        return JSONResponse({})

    def _moment(self) -> float:
        return self.world.clock.now().timestamp()


_ASKED: Final = (
    *("client_id", "redirect_uri", "response_type", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)


def _challenge(verifier: str) -> str:
    if _VERIFIER.fullmatch(verifier) is None:
        return "no challenge"
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _back(asked: dict[str, str], answer: dict[str, str]) -> Response:
    query = urlencode({**({"state": asked["state"]} if asked["state"] else {}), **answer})
    return RedirectResponse(f"{asked['redirect_uri']}?{query}", 302)


def _refused(error: str, description: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status)
