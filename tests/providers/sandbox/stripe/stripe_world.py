"""What the Stripe tests work with: the official SDK against a running sandbox, and a listener for webhooks.

Whatever the SDK is answered in any test is held to the published shapes.
"""

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import stripe
from jsonschema import Draft202012Validator

from sandbox.config import Config

Json = dict[str, Any]

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday
GOOD_BANK = "000123456789"
CARD_INSTANT = "0077"
SHAPES = json.loads(Path(__file__).with_name("shapes.json").read_text())


@cache
def validator(shape: str) -> Draft202012Validator:
    """Checks the published shape of this name."""
    return Draft202012Validator({**SHAPES, "$ref": f"#/$defs/{shape}"})


def assert_shape(answer: Json) -> None:
    """An answer, and everything in a list or an event, has the published shape of its kind."""
    if "error" in answer and "object" not in answer:
        validator("error").validate(answer)
    elif answer["object"] == "list":
        assert set(answer) == {"object", "data", "has_more", "url"}
        for item in answer["data"]:
            assert_shape(item)
    elif answer.get("deleted"):
        assert {"id", "object", "deleted"} <= set(answer)
    else:
        validator(answer["object"]).validate(answer)
        if answer["object"] == "event" and answer["data"]["object"]["object"] != "application":
            assert_shape(answer["data"]["object"])


class CheckingClient(stripe.RequestsClient):
    """The SDK's own HTTP client; it also holds every answer to its published shape."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def request(  # type: ignore[override]  # the SDK types its own two clients differently
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send the request; check the answer."""
        content, status, answer_headers = super().request(method, url, headers, post_data)
        answer = json.loads(content)
        assert_shape(answer)
        self.seen.add(answer.get("object", "error"))
        return content, status, answer_headers


@dataclass
class Listener:
    """A webhook endpoint that remembers what it was told; `status` is what it answers."""

    url: str
    status: int = 200
    heard: list[tuple[str, bytes, str]] = field(default_factory=list)

    def events(self, path: str = "/platform") -> list[Json]:
        """The events told to one endpoint, in the order of arrival."""
        return [json.loads(body) for heard_at, body, _ in self.heard if heard_at == path]

    def types(self, path: str = "/platform") -> list[str]:
        """Their types."""
        return [event["type"] for event in self.events(path)]


@dataclass
class Running:
    """A sandbox that answers, and what many tests arrange in it."""

    url: str
    config: Config
    http: httpx2.Client
    client: CheckingClient
    listener: Listener
    stop: Callable[[], None]

    @property
    def api(self) -> Any:
        """The official client, pointed here; every answer is checked.

        Typed as Any: nearly every field of its objects is Optional, which would bury the tests under casts.
        """
        return self.client_with_key(self.config.stripe_api_key)

    def client_with_key(self, key: str) -> Any:
        """The official client with another key."""
        base = f"{self.url}/stripe"
        addresses: Any = {"api": base, "connect": base, "files": base, "meter_events": base}
        return stripe.StripeClient(key, base_addresses=addresses, http_client=self.client)

    def raw(self, method: str, path: str, data: Any = None, **headers: str) -> httpx2.Response:
        """A request as bytes on the wire, authenticated."""
        sent = {"Authorization": f"Bearer {self.config.stripe_api_key}", **headers}
        return self.http.request(method, f"/stripe{path}", data=data, headers=sent)

    def advance(self, **span: float) -> None:
        """Move the world's clock."""
        self.post("/control/clock", {"advance_seconds": timedelta(**span).total_seconds()})

    def settle(self) -> Json:
        """Wait until every webhook was tried."""
        return self.post("/control/settle", {})

    def fault(self, kind: str, **details: Any) -> None:
        """Ask for something to go wrong."""
        self.post("/control/faults", {"vendor": "stripe", "kind": kind, **details})

    def post(self, path: str, body: Json) -> Json:
        """POST to the control panel."""
        answer = self.http.post(path, json=body)
        answer.raise_for_status()
        result: Json = answer.json()
        return result

    def checkout(self, amount: int = 50_000, **details: Any) -> Any:
        """An open session over one item."""
        item = {
            "price_data": {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Deposit"}},
            "quantity": 1,
        }
        given: Any = {
            "mode": "payment",
            "line_items": [item],
            "success_url": "http://house.test/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://house.test/back",
            **details,
        }
        return self.api.v1.checkout.sessions.create(given)

    def pay(self, session: Any, **answers: str) -> httpx2.Response:
        """Press a button of the pay page."""
        return self.http.post(session.url, data={"method": "card", **answers})

    def deposit(self, amount: int = 50_000) -> str:
        """Money that is available at once; the id of the charge."""
        given: Any = {"amount": amount, "currency": "usd", "payment_method": "pm_card_bypassPending", "confirm": True}
        return str(self.api.v1.payment_intents.create(given).latest_charge)

    def creator(self, bank_number: str | None = GOOD_BANK, **details: Any) -> str:
        """A connected account that has been through onboarding, on a manual schedule; its id."""
        given: Any = {
            "type": "express",
            "email": "creator@example.com",
            "capabilities": {"transfers": {"requested": True}},
            "settings": {"payouts": {"schedule": {"interval": "manual"}}},
            **details,
        }
        account = self.api.v1.accounts.create(given)
        form = {"action": "without_bank"} if bank_number is None else {"action": "complete", "bank_number": bank_number}
        self.http.post(self.onboarding(account.id), data=form)
        return str(account.id)

    def onboarding(self, account: str) -> str:
        """A fresh onboarding link."""
        link = self.api.v1.account_links.create(
            {
                "account": account,
                "type": "account_onboarding",
                "refresh_url": "http://house.test/again",
                "return_url": "http://house.test/onboarded",
            }
        )
        return str(link.url)

    def available(self, account: str | None = None) -> int:
        """What can be spent, in cents."""
        options: Any = {"stripe_account": account} if account else {}
        return int(self.api.v1.balance.retrieve(options=options).available[0].amount)

    def pending(self, account: str | None = None) -> int:
        """What cannot be spent yet, in cents."""
        options: Any = {"stripe_account": account} if account else {}
        return int(self.api.v1.balance.retrieve(options=options).pending[0].amount)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
