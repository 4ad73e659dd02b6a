"""Google's sign-in, for one question: which YouTube channel is yours? Asked with the person's consent, then forgotten.

Authorization code flow with PKCE (RFC 7636, S256). No ID token is asked for, since nobody signs in to us this way: so
there is no nonce either, and what ties the answer to the browser that asked is `state`. The access token lives for two
calls and is revoked; none is ever kept.
"""

import base64
import contextlib
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

import httpx2
from django.conf import settings

from cliphaven.foundation.errors import UNREADABLE, Outcome, ProviderFailed
from cliphaven.providers.items import youtube_profile
from cliphaven.providers.readings import ProfileReading
from cliphaven.providers.vendor_calls import Answer, bounded, parsed

SCOPE = "https://www.googleapis.com/auth/youtube.readonly"
SOURCE = "google oauth channels.list mine=true"
_TIMEOUT_SECONDS = 15
_CODE_MAX = 1_024


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is sent with a person to Google, and must come back with them (`state`), or is shown at the end."""

    state: str
    verifier: str


@dataclass(frozen=True, kw_only=True)
class OwnChannels:
    """The channels of whoever consented, and the answer as it came."""

    readings: Sequence[ProfileReading]
    raw: bytes


def new_question() -> Question:
    """Two secrets of 256 bits and more, of one way to Google and back."""
    return Question(state=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64))


class Google:
    """One OAuth client, of the kind "web application"."""

    def __init__(
        self, *, client_id: str, client_secret: str, accounts_base: str, token_base: str, youtube_base: str
    ) -> None:
        """The bases are what Google's paths are appended to: of the consent page, the tokens, and the Data API."""
        self._client_id, self._client_secret = client_id, client_secret
        self._accounts, self._tokens = accounts_base.rstrip("/"), token_base.rstrip("/")
        self._youtube = youtube_base.rstrip("/")
        self._client = httpx2.Client(
            headers={"User-Agent": "ClipHaven", "Accept": "application/json"},
            timeout=_TIMEOUT_SECONDS,
            trust_env=not token_base.startswith("http://127.0.0.1"),
        )

    def consent_address(self, question: Question, *, redirect_uri: str) -> str:
        """Where to send the person. Google sends them back to `redirect_uri`, which it must know beforehand."""
        digest = hashlib.sha256(question.verifier.encode()).digest()
        query = {
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": SCOPE,
            "state": question.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "access_type": "online",
            "prompt": "select_account consent",
        }
        return f"{self._accounts}/o/oauth2/v2/auth?{urlencode(query)}"

    def own_channels(self, *, code: str, question: Question, redirect_uri: str) -> OwnChannels:
        """The channels of the person who came back with `code`, which is good once. Raises ProviderFailed."""
        if not 1 <= len(code) <= _CODE_MAX:
            raise ProviderFailed("Google's answer is unreadable.", outcome=Outcome.DEFINITE, code=UNREADABLE)
        token = self._exchanged(code, question, redirect_uri)
        try:
            answer = self._answered(
                "GET",
                f"{self._youtube}/youtube/v3/channels",
                params={"part": "id,snippet", "mine": "true"},
                headers={"Authorization": f"Bearer {token}"},
            )
        finally:
            # It would end by itself within the hour.
            revoking = self._client.stream("POST", f"{self._tokens}/revoke", data={"token": token})
            with contextlib.suppress(httpx2.HTTPError), revoking:
                pass  # what Google says to that changes nothing, and is not read
        items = answer.field("items")
        channels = items if isinstance(items, list) else []  # an account without a channel has no "items" at all
        ids = [str(_fields_of(item).get("id")) for item in channels]
        found = (youtube_profile(channel_id, [item]) for channel_id, item in zip(ids, channels, strict=True))
        return OwnChannels(readings=[one for one in found if one is not None], raw=answer.content)

    def _exchanged(self, code: str, question: Question, redirect_uri: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "redirect_uri": redirect_uri,
            "code_verifier": question.verifier,
        }
        answer = self._answered("POST", f"{self._tokens}/token", data=form)
        token, scope = answer.field("access_token"), answer.field("scope")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ProviderFailed("Google's token is unreadable.", outcome=Outcome.DEFINITE, code=UNREADABLE)
        # People can take single permissions out on the consent page.
        if not isinstance(scope, str) or SCOPE not in scope.split():
            raise ProviderFailed(
                "Google was not allowed to name the channel.", outcome=Outcome.DEFINITE, code="scope_missing"
            )
        return token

    def _answered(self, method: str, address: str, **options: object) -> Answer:
        try:
            with self._client.stream(method, address, **options) as response:  # type: ignore[arg-type]
                content = bounded(response)
        except httpx2.HTTPError as error:
            raise ProviderFailed(
                "Google did not answer.", outcome=Outcome.UNKNOWN, code=type(error).__name__
            ) from error
        answer = Answer(parsed(content), content)
        if not response.is_success:
            said = answer.field("error")
            code = said if isinstance(said, str) else str(_fields_of(said).get("status") or "")
            busy = response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR
            outcome = Outcome.UNKNOWN if busy else Outcome.DEFINITE
            raise ProviderFailed("Google refused.", outcome=outcome, code=code[:100], status=response.status_code)
        return answer


def is_switched_on() -> bool:
    """Whether this installation has a client at Google."""
    return bool(settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET)


def from_settings() -> Google:
    """This installation's client."""
    return _client(
        settings.GOOGLE_CLIENT_ID,
        settings.GOOGLE_CLIENT_SECRET,
        settings.GOOGLE_ACCOUNTS_BASE,
        settings.GOOGLE_TOKEN_BASE,
        settings.YOUTUBE_API_BASE,
    )


@lru_cache(maxsize=4)
def _client(client_id: str, client_secret: str, accounts_base: str, token_base: str, youtube_base: str) -> Google:
    return Google(
        client_id=client_id,
        client_secret=client_secret,
        accounts_base=accounts_base,
        token_base=token_base,
        youtube_base=youtube_base,
    )


def _fields_of(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
