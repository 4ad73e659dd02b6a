"""A browser: somebody's session with the house, through its pages and its API, as far as its middlewares go."""

from typing import Any

from django.conf import settings
from django.test import Client

from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused
from simulator.stepping.stage import stay_dead

SERVER_ERROR, FORBIDDEN, NOT_SIGNED_IN, REDIRECT = 500, 403, 401, 302
STEP_UP = b"step_up_needed"
FIRST_BAD = 400


class AnswerRefused(Refused):
    """The house said no, by a status of 400 or above."""

    code = "answer_refused"


class Browser:
    """Signs in with a password when it must, and asks as whoever it belongs to."""

    def __init__(self, *, email: str, password: str) -> None:
        """Nobody is signed in yet."""
        self._email, self._password = email, password
        self._client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        self._is_in = False

    def read(self, address: str) -> Any:
        """The answer of the API at an address, or the page as text. Raises AnswerRefused and ProviderFailed."""
        self._enter()
        return self._answer(self._client.get(address))

    def send(self, address: str, body: dict[str, Any], *, key: str) -> Any:
        """Post JSON to the API, under a name of one's own for the request. Raises as `read` does."""
        self._enter()
        answer = self._order(address, body, key=key)
        if answer.status_code == FORBIDDEN and STEP_UP in answer.content:
            # Whoever is in for long proves again, before what is dear, that it is they.
            self._answer(self._client.post("/account/prove/", data={"way": "password", "password": self._password}))
            answer = self._order(address, body, key=key)
        return self._answer(answer)

    def fill_in(self, address: str, fields: dict[str, Any]) -> Any:
        """Send a page's form. Raises as `read` does."""
        self._enter()
        return self._answer(self._client.post(address, data=fields))

    def leave(self) -> None:
        """Sign out."""
        self._client.post("/sign-out/")
        stay_dead()
        self._is_in = False

    def _order(self, address: str, body: dict[str, Any], *, key: str) -> Any:
        return self._client.post(
            address,
            data=body,
            content_type="application/json",
            headers={"Idempotency-Key": key, "X-CSRFToken": "not asked of this client"},
        )

    def _enter(self) -> None:
        if self._is_in and settings.SESSION_COOKIE_NAME in self._client.cookies:
            return
        answer = self._client.post("/sign-in/password/", data={"email": self._email, "password": self._password})
        self._answer(answer)
        self._is_in = answer.status_code == REDIRECT

    def _answer(self, answer: Any) -> Any:
        stay_dead()
        if answer.status_code >= SERVER_ERROR:
            raise ProviderFailed("The house broke.", outcome=Outcome.UNKNOWN, code="broken", status=answer.status_code)
        if answer.status_code == NOT_SIGNED_IN or "/sign-in/" in answer.headers.get("Location", ""):
            self._is_in = False
        if answer.status_code >= FIRST_BAD:
            raise AnswerRefused(f"status {answer.status_code}")
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.json() if is_json else None
