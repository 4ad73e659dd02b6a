"""News for the webhook endpoints: queued with its cause, signed and sent in the background, tried again when refused.

Two endpoints, each with its own secret: one hears of the platform's own account, the other of the connected accounts.
Neither order nor once-only is promised, as with the real vendor.
"""

import asyncio
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Final

import httpx2

from sandbox.store import Json
from sandbox.stripe.moments import DAY

if TYPE_CHECKING:
    from sandbox.stripe.books import Books

KIND: Final = "stripe:delivery"
AT_ONCE: Final = 8
TIMEOUT_SECONDS: Final = 20.0
# A refused delivery is tried again after 1, 2, 4 … seconds of the wall, at most this long.
LONGEST_WAIT_SECONDS: Final = 60.0
# Given up only when both are passed: a fast clock alone must not lose news while the house restarts.
TRIED_FOR: Final = 3 * DAY
TRIED_AT_LEAST: Final = 10


class Outbox:
    """The deliveries not yet done, by event id: `{"event", "endpoint", "attempts", "not_before", "since"}`."""

    def __init__(self, books: "Books") -> None:
        self._books = books
        self._config = books.world.config
        self._faults = books.world.faults
        self._waiting: dict[str, Json] = {delivery["event"]: delivery for delivery in books.store.all(KIND)}
        # Wall moments before which a refused delivery is not tried again; a restart tries all at once.
        self._again_at: dict[str, float] = {}
        self._sending: asyncio.Task[None] | None = None
        self._fresh = False
        self.delivered = 0
        self.failed = 0

    def has_endpoint(self, owner: str) -> bool:
        """Whether anybody listens to events of this account."""
        return self._endpoint(self._listener(owner))[0] is not None

    def queue(self, owner: str, event: Json) -> None:
        """Let the endpoint know, soon; unless a `webhook_late` fault holds this one back."""
        if not self.has_endpoint(owner):
            return
        late = self._faults.take("stripe", "webhook_late", event["type"])
        delivery = {
            "event": event["id"],
            "endpoint": self._listener(owner),
            "attempts": 0,
            "not_before": self._books.moment + int(late.seconds) if late else 0,
            "since": self._books.moment,
        }
        self._waiting[event["id"]] = delivery
        self._books.store.put(KIND, event["id"], delivery)
        self._fresh = True

    def nudge(self) -> None:
        """Send at once if something was queued since the last time; cheap when nothing was."""
        if self._fresh:
            self._fresh = False
            self.start()

    def start(self) -> None:
        """Send what is due in the background of the running event loop, unless that is already being done.

        In a steered world nothing leaves by itself: see `letters`.
        """
        if self._config.is_steered:
            return
        if self._waiting and (self._sending is None or self._sending.done()) and self._due():
            self._sending = asyncio.get_running_loop().create_task(self._send_due())

    def letters(self) -> list[Json]:
        """What is due, oldest first, to be carried by somebody else: each with its address, body and signature."""
        return [self._letter(delivery) for delivery in self._due() if self._known(delivery["event"])]

    def taken(self, event: str) -> None:
        """Somebody carried this one and it was accepted: it is not tried again."""
        self.delivered += 1
        self._done(event)

    async def settle(self) -> None:
        """Return when every queued delivery was tried, refused ones once more. Late ones wait for the world's clock."""
        await self._rest()
        self._again_at.clear()
        while self._due() and not self._config.is_steered:
            self.start()
            await self._rest()

    async def _rest(self) -> None:
        if self._sending is not None:
            await self._sending

    def _due(self) -> list[Json]:
        wall, now = time.monotonic(), self._books.now()
        return [
            delivery
            for id, delivery in self._waiting.items()
            if delivery["not_before"] <= now and self._again_at.get(id, 0.0) <= wall
        ]

    async def _send_due(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, verify=False) as client:

            async def send(delivery: Json) -> None:
                async with gate:
                    await self._try(client, delivery)

            while due := self._due():
                await asyncio.gather(*(send(delivery) for delivery in due))

    async def _try(self, client: httpx2.AsyncClient, delivery: Json) -> None:
        id = delivery["event"]
        accepted = await self._post(client, delivery)
        if accepted and self._faults.take("stripe", "webhook_twice", self._type(id)) is not None:
            await self._post(client, delivery)
        delivery["attempts"] += 1
        if accepted:
            self.delivered += 1
            self._done(id)
            return
        self.failed += 1
        if delivery["attempts"] >= TRIED_AT_LEAST and self._books.now() - delivery["since"] > TRIED_FOR:
            self._done(id)
            return
        self._again_at[id] = time.monotonic() + min(2.0 ** (delivery["attempts"] - 1), LONGEST_WAIT_SECONDS)
        self._books.store.put(KIND, id, delivery)

    async def _post(self, client: httpx2.AsyncClient, delivery: Json) -> bool:
        if not self._known(delivery["event"]):
            return True
        letter = self._letter(delivery)
        if letter["url"] is None:
            return True
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": letter["signature"],
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            answer = await client.post(letter["url"], content=letter["body"].encode(), headers=headers)
        except httpx2.HTTPError:
            return False
        return answer.is_success

    def _letter(self, delivery: Json) -> Json:
        url, secret = self._endpoint(delivery["endpoint"])
        body = json.dumps(self._books.get("event", delivery["event"]), indent=2)
        return {
            "event": delivery["event"],
            "type": self._type(delivery["event"]),
            "url": url,
            "body": body,
            "signature": signature(body.encode(), secret, int(time.time())),
        }

    def _done(self, id: str) -> None:
        self._waiting.pop(id, None)
        self._again_at.pop(id, None)
        self._books.store.delete(KIND, id)
        if self._known(id):
            event = self._books.get("event", id)
            event["pending_webhooks"] = 0
            self._books.save(event)

    def _known(self, id: str) -> bool:
        return self._books.store.get("stripe:event", id) is not None

    def _type(self, id: str) -> str:
        return str(self._books.get("event", id)["type"]) if self._known(id) else ""

    def _listener(self, owner: str) -> str:
        return "platform" if owner == self._books.platform else "connect"

    def _endpoint(self, listener: str) -> tuple[str | None, str]:
        if listener == "platform":
            return self._config.webhook_url, self._config.stripe_webhook_secret
        return self._config.connect_webhook_url, self._config.stripe_connect_webhook_secret


def signature(body: bytes, secret: str, moment: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over "moment.body" with the whole secret as the key."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"
