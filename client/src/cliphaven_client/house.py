"""The client: everything that can be asked of one house."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx2

from cliphaven_client.credentials import Credential, Key, Nothing, SignIn
from cliphaven_client.generated import models
from cliphaven_client.generated.operations import Groups
from cliphaven_client.transport import Transport

PATIENCE_S = 60.0
TIMEOUT_S = 30.0


class SecondFactorNeeded(Exception):
    """This person has a second factor, and no way was given to ask for a code of it."""


class ClipHaven(Groups):
    """One house, as somebody: `creator`, `sponsor`, `you`, … hold what can be asked for.

    Use it as a context manager, or call `close` when it is not needed any more. Threads may share it.
    """

    def __init__(
        self,
        address: str,
        *,
        key: str = "",
        credential: Credential | None = None,
        patience_s: float = PATIENCE_S,
        timeout_s: float = TIMEOUT_S,
        http: httpx2.Client | None = None,
    ) -> None:
        """`address` is where the house is, such as https://clips.example; with neither `key` nor `credential` as a
        stranger. A request that is refused for now (429, 503) waits for its turn for `patience_s` in all, and for an
        answer for `timeout_s`. `http` is for those who need a proxy or certificates of their own.
        """
        self._http = http or httpx2.Client(timeout=timeout_s)
        self._http.base_url = httpx2.URL(address)
        self.credential = credential or (Key(key) if key else Nothing())
        super().__init__(Transport(http=self._http, credential=self.credential, patience_s=patience_s))

    @classmethod
    def signed_in(
        cls,
        address: str,
        *,
        email: str,
        password: str,
        program: str = "",
        code: Callable[[], str] | None = None,
        keep: Callable[[models.Tokens], None] | None = None,
        patience_s: float = PATIENCE_S,
        timeout_s: float = TIMEOUT_S,
    ) -> Self:
        """Sign a program in; `program` is what it is called in the person's list of sign-ins.

        `code` is asked for what the authenticator app shows, if the person has one. `keep` is told every new pair of
        tokens. Raises NotSignedIn for a wrong password or code, and SecondFactorNeeded.
        """
        with cls(address, patience_s=patience_s, timeout_s=timeout_s) as stranger:
            answer = stranger.auth.sign_in_password(email=email, password=password, program=program)
            if isinstance(answer, models.SecondFactorWanted):
                if code is None:
                    raise SecondFactorNeeded("This person has a second factor: say by `code` how to ask for it")
                answer = stranger.auth.second_factor(ticket=answer.ticket, code=code(), program=program)
        if keep is not None:
            keep(answer)
        return cls(address, credential=SignIn(answer, keep=keep), patience_s=patience_s, timeout_s=timeout_s)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
