"""One person's browser: keeps its cookies, signs in again when it must, and takes no answer for an answer."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx2

from simulator.chaos.acts import History

# Longer than the house may take for a 503, and shorter than a person waits.
PATIENCE_S = 8.0
CONNECT_S = 3.0
FORBIDDEN = 403


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; without a status nothing did, and what was asked may have happened."""

    status: int | None
    text: str = ""
    location: str = ""

    def json(self) -> Any:
        """The text, read."""
        return json.loads(self.text)

    @property
    def is_open(self) -> bool:
        """Whether it is not known what became of what was asked."""
        return self.status is None or self.status >= 500


class Browser:
    """Asks one address as one person."""

    def __init__(self, address: str, *, email: str, password: str, history: History) -> None:
        """Nobody is signed in yet."""
        self._email, self._password, self._history = email, password, history
        self._http = httpx2.Client(
            base_url=address,
            timeout=httpx2.Timeout(PATIENCE_S, connect=CONNECT_S),
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=2),
        )

    def close(self) -> None:
        """Close the window."""
        self._http.close()

    def get(self, path: str) -> Answer:
        """Look at a page."""
        return self._ask("GET", path)

    def post(self, path: str, data: dict[str, str]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, data=data)

    def order(self, path: str, body: object, *, key: str) -> Answer:
        """Ask the API for something, under a name; whoever is in for long first proves again that it is they."""
        answer = self._ask("POST", path, body=body, headers={"Idempotency-Key": key})
        if answer.status != FORBIDDEN or "step_up_needed" not in answer.text:
            return answer
        self.post("/account/prove/", {"way": "password", "password": self._password})
        return self._ask("POST", path, body=body, headers={"Idempotency-Key": key})

    def forget_messages(self) -> None:
        """What we were to be told at the next page is about something else."""
        if "messages" in self._http.cookies:
            self._http.cookies.delete("messages")

    def sign_in(self) -> bool:
        """Come in with the password; says whether that went well."""
        self._http.cookies.clear()
        if self.get("/sign-in/").status != 200:
            return False
        came_in = self.post("/sign-in/password/", {"email": self._email, "password": self._password}).status == 302
        if came_in:
            self._history.has_signed_in()
        return came_in

    def _ask(
        self,
        method: str,
        path: str,
        *,
        data: dict[str, str] | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        token = self._http.cookies.get("csrftoken")
        began = time.monotonic()
        status, says_when, text, location = None, False, "", ""
        try:
            response = self._http.request(
                method,
                path,
                data=data,
                json=body,
                headers={**({"X-CSRFToken": token} if token else {}), **(headers or {})},
            )
            status, says_when, text = response.status_code, "retry-after" in response.headers, response.text
            location = response.headers.get("location", "")
        except (httpx2.HTTPError, httpx2.StreamError):
            pass  # a broken connection is an honest answer: nothing is known
        self._history.answered(
            path=f"{method} {path.partition('?')[0]}",
            status=status,
            says_when=says_when,
            seconds=time.monotonic() - began,
        )
        return Answer(status=status, text=text, location=location)
