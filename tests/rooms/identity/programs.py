"""Programs at the door, over the network."""

from typing import Any

import httpx2

from tests.people import PASSWORD

Answer = tuple[int, dict[str, Any]]


class Program:
    """A program with a person's password, and the tokens that it got."""

    def __init__(self, site: str, *, email: str = "ben@example.test") -> None:
        self.http = httpx2.Client(base_url=f"{site}/api/v1", timeout=30)
        self.email = email
        self.access = self.refresh_token = ""

    def sign_in(self) -> "Program":
        order = {"email": self.email, "password": PASSWORD, "program": "Clip robot"}
        status, told = self.keep(self.http.post("/auth/password", json=order))
        assert status == 200, told
        return self

    def refresh(self, token: str | None = None) -> Answer:
        return self.keep(self.http.post("/auth/refresh", json={"refresh_token": token or self.refresh_token}))

    def me(self, token: str | None = None) -> int:
        headers = {"Authorization": f"Bearer {token or self.access}"}
        return self.http.get("/me", headers=headers).status_code

    def get(self, path: str) -> Answer:
        return self._read(self.http.get(path, headers={"Authorization": f"Bearer {self.access}"}))

    def post(self, path: str, *, key: str = "", **order: object) -> Answer:
        headers = {"Authorization": f"Bearer {self.access}"} | ({"Idempotency-Key": key} if key else {})
        return self._read(self.http.post(path, json=order, headers=headers))

    def keep(self, answer: httpx2.Response) -> Answer:
        status, told = self._read(answer)
        if status == 200:
            self.access, self.refresh_token = told["access_token"], told["refresh_token"]
        return status, told

    @staticmethod
    def _read(answer: httpx2.Response) -> Answer:
        return answer.status_code, answer.json() if answer.content else {}
