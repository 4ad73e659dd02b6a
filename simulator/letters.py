"""The vendors' letters, carried to the house's letterboxes by an actor: duplicated, reordered, late, lost, forged."""

import random
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from simulator.outside import OutsideWorld
from simulator.stepping.stage import aside
from simulator.swarm import Options

OK = 200


class Carrier:
    """Carries one letter at a time, in an order of its own."""

    def __init__(self, world: OutsideWorld, *, options: Options, chance: random.Random) -> None:
        """`chance` decides what befalls each letter."""
        self._world, self._options, self._chance = world, options, chance
        self._lost: set[str] = set()
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
        if self._happens("forged"):
            self._bring({**letter, "signature": "t=1,v1=" + "0" * 64})
        if self._bring(letter):
            if self._happens("twice"):
                self._bring(letter)
            with aside():
                self._world.letter_taken(letter["event"])
            self.carried += 1

    def calm_down(self, options: Options) -> None:
        """From now on nothing befalls letters, and the lost ones are found."""
        self._options = options
        self._lost.clear()

    def _bring(self, letter: dict[str, Any]) -> bool:
        answer = self._client.post(
            urlsplit(letter["url"]).path,
            data=letter["body"],
            content_type="application/json",
            headers={"Stripe-Signature": letter["signature"]},
        )
        return answer.status_code == OK

    def _happens(self, what: str) -> bool:
        happens = self._chance.random() * 100 < self._options.letters.get(what, 0.0)
        if happens:
            self.happened[f"letter {what}"] = self.happened.get(f"letter {what}", 0) + 1
        return happens
