"""The vendors' letters, carried to the house's letterboxes by an actor: duplicated, reordered, late, lost, forged."""

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client

from simulator.judge import Finding
from simulator.oracle import Found
from simulator.outside import OutsideWorld
from simulator.stepping.stage import aside
from simulator.swarm import Options

OK = 200
KEPT_MAX = 50
# Letters that are signed well and say something strange: by what happens, the parts of the event that differ.
STRANGE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "of_another_account": lambda _: {"account": "acct_0000000000nobody"},
    "of_the_other_mode": lambda event: {"livemode": not event["livemode"]},
    "of_unknown_type": lambda _: {"type": "moon.risen"},
    "of_a_future_version": lambda event: {
        "api_version": "2099-01-01.moon",
        # Little is left of the object; some, such as our balance, have no name from the beginning.
        "data": {
            "object": {
                part: event["data"]["object"][part] for part in ("id", "object") if part in event["data"]["object"]
            }
        },
    },
}


class Carrier:
    """Carries one letter at a time, in an order of its own."""

    def __init__(self, world: OutsideWorld, *, options: Options, chance: random.Random) -> None:
        """`chance` decides what befalls each letter."""
        self._world, self._options, self._chance = world, options, chance
        self._lost: set[str] = set()
        self._old: list[dict[str, Any]] = []
        self._number = 0
        self._client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        self.carried = 0
        self.happened: dict[str, int] = {}

    def carry_one(self) -> None:
        """Take a letter, if there is one, and bring it; a refused one is tried again another time."""
        with aside():
            waiting = [letter for letter in self._world.letters() if letter["event"] not in self._lost]
        if not waiting or self._happens("late"):
            return
        letter = self._chance.choice(waiting) if self._happens("out_of_order") else waiting[0]
        if self._happens("never"):
            self._lost.add(letter["event"])
            return
        self._bring_strange_ones(letter)
        if self._bring(letter):
            if self._happens("twice"):
                self._bring(letter)
            with aside():
                self._world.letter_taken(letter["event"])
            self.carried += 1
            self._old = [*self._old[-KEPT_MAX:], letter]

    def has_letters(self) -> bool:
        """Whether there are letters that nobody has brought yet."""
        with aside():
            return bool(self._world.letters())

    def calm_down(self, options: Options) -> None:
        """From now on nothing befalls letters, and the lost ones are found."""
        self._options = options
        self._lost.clear()

    def _bring_strange_ones(self, letter: dict[str, Any]) -> None:
        """What comes beside a letter: a forged one, an old one, and well signed ones that no house expects."""
        if self._happens("forged"):
            self._bring({**letter, "signature": f"t={int(time.time())},v1=" + "0" * 64}, may_be_taken=False)
        if self._old and self._happens("replayed"):
            self._bring(self._chance.choice(self._old))
        for name, change in STRANGE.items():
            if self._happens(name):
                event = json.loads(letter["body"])
                self._number += 1
                event |= {"id": f"evt_strange_{self._number:06d}", **change(event)}
                self._bring(self._signed(letter, json.dumps(event)), may_be_kept=name != "of_the_other_mode")

    def _signed(self, letter: dict[str, Any], body: str) -> dict[str, Any]:
        """The letter with another body, and a signature that is right for it."""
        is_connect = urlsplit(letter["url"]).path.rstrip("/").endswith("connect")
        secret = settings.STRIPE_CONNECT_WEBHOOK_SECRET if is_connect else settings.STRIPE_WEBHOOK_SECRET
        moment = int(time.time())
        right = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
        return {**letter, "body": body, "signature": f"t={moment},v1={right}"}

    def _bring(self, letter: dict[str, Any], *, may_be_taken: bool = True, may_be_kept: bool = True) -> bool:
        """Whether the house said yes. Raises Found when it kept nothing, or said yes where it must not."""
        answer = self._client.post(
            urlsplit(letter["url"]).path,
            data=letter["body"],
            content_type="application/json",
            headers={"Stripe-Signature": letter["signature"]},
        )
        was_taken = answer.status_code == OK
        if was_taken and not may_be_taken:
            raise Found(Finding("I25", "a letter was taken whose signature is wrong"))
        event_id = json.loads(letter["body"])["id"]
        if was_taken and self._is_kept(event_id) != may_be_kept:
            raise Found(
                Finding("I25", f"a letter was taken, and {'not kept' if may_be_kept else 'kept for a real one'}")
            )
        return was_taken

    def _is_kept(self, event_id: str) -> bool:
        if connection.connection is not None and connection.connection.closed:
            connection.close()  # it was lost, and the house said yes all the same
        with aside(), connection.cursor() as cursor:
            cursor.execute("select exists (select from webhooks_providerevent where event_id = %s)", [event_id])
            return bool(cursor.fetchone()[0])

    def _happens(self, what: str) -> bool:
        happens = self._chance.random() * 100 < self._options.letters.get(what, 0.0)
        if happens:
            self.happened[f"letter {what}"] = self.happened.get(f"letter {what}", 0) + 1
        return happens
