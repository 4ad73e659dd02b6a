"""What is shown at the door: nothing, a key, or the tokens of a sign-in, which are exchanged when they are used up."""

import threading
from collections.abc import Callable
from typing import Protocol

import httpx2

from cliphaven_client.generated import models

REFRESH = "/api/v1/auth/refresh"
OK = 200


class Credential(Protocol):
    """What a transport shows."""

    def shown(self) -> str:
        """What goes after `Bearer`; "" to show nothing."""

    def renew(self, http: httpx2.Client, refused: str) -> bool:
        """Get something better than what was refused, if that is possible; whether it was."""


class Nothing:
    """For strangers."""

    def shown(self) -> str:
        """Nothing."""
        return ""

    def renew(self, http: httpx2.Client, refused: str) -> bool:  # noqa: ARG002  # the protocol's
        """There is nothing to renew."""
        return False


class Key:
    """A key that somebody made for this program."""

    def __init__(self, secret: str) -> None:
        """`secret` begins with chk_."""
        self._secret = secret

    def shown(self) -> str:
        """The key."""
        return self._secret

    def renew(self, http: httpx2.Client, refused: str) -> bool:  # noqa: ARG002  # the protocol's
        """A key that was refused is void."""
        return False


class SignIn:
    """The tokens of a sign-in. A refresh token is good once: `keep` tells the next one to who has a place for it."""

    def __init__(self, tokens: models.Tokens, *, keep: Callable[[models.Tokens], None] | None = None) -> None:
        """`keep` is called with each new pair, before it is used."""
        self._tokens = tokens
        self._keep = keep
        self._one_at_a_time = threading.Lock()

    @property
    def tokens(self) -> models.Tokens:
        """The pair that is good now."""
        return self._tokens

    def shown(self) -> str:
        """The access token."""
        return self._tokens.access_token

    def renew(self, http: httpx2.Client, refused: str) -> bool:
        """Exchange the pair, once for all threads whose token was refused at the same time."""
        with self._one_at_a_time:
            if self._tokens.access_token != refused:
                return True
            answer = http.post(REFRESH, json={"refresh_token": self._tokens.refresh_token})
            if answer.status_code != OK:
                return False
            self._tokens = models.Tokens.model_validate_json(answer.content)
            if self._keep is not None:
                self._keep(self._tokens)
            return True
