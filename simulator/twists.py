"""What the outside world does of its own accord: payers dispute, banks decide, networks warn, Stripe takes back."""

import random
from collections.abc import Callable
from typing import Any

from simulator.outside import OutsideWorld
from simulator.stepping.stage import aside
from simulator.swarm import Options


class Twists:
    """One turn of the outside world at a time; each kind as often as the seed says."""

    def __init__(self, world: OutsideWorld, *, options: Options, chance: random.Random) -> None:
        """`chance` decides whether, what, and to whom."""
        self._world, self._options, self._chance = world, options, chance
        self.happened: dict[str, int] = {}

    def calm_down(self, options: Options) -> None:
        """From now on by these options."""
        self._options = options

    def rate(self, name: str) -> float:
        """How often this happens now, of a hundred times that it could."""
        return self._options.twists.get(name, 0.0)

    def count(self, name: str) -> None:
        """It has happened once more."""
        self.happened[name] = self.happened.get(name, 0) + 1

    def turn(self) -> None:
        """Perhaps something happens."""
        deeds: dict[str, Callable[[], bool]] = {
            "dispute": self._dispute,
            "close_dispute": self._close_dispute,
            "fraud_warning": self._warn,
            "transfer_reversed": self._reverse,
        }
        with aside():
            for name, deed in deeds.items():
                if self._chance.random() * 100 < self.rate(name) and deed():
                    self.count(name)

    def _dispute(self) -> bool:
        charge = self._one_of("charges", lambda one: one["status"] == "succeeded" and not one["disputed"])
        if charge is None:
            return False
        part = self._chance.choice((None, charge["amount"] // 3 or None))
        self._world.dispute(charge["id"], amount_minor=part)
        return True

    def _close_dispute(self) -> bool:
        dispute = self._one_of("disputes", lambda one: one["status"] not in ("won", "lost", "warning_closed"))
        if dispute is None:
            return False
        self._world.close_dispute(dispute["id"], won=self._chance.random() < 0.5)
        return True

    def _warn(self) -> bool:
        charge = self._one_of("charges", lambda one: one["status"] == "succeeded" and not one["disputed"])
        if charge is None:
            return False
        self._world.warn_of_fraud(charge["id"])
        return True

    def _reverse(self) -> bool:
        """Somebody at Stripe takes a transfer back, whose money went on to no bank and is all that is there."""
        transfer = self._one_of("transfers", lambda one: not one["amount_reversed"])
        if transfer is None or self._world.at_stripe("payouts", account=transfer["destination"]):
            return False
        return self._world.reverse_transfer(transfer["id"])

    def _one_of(self, what: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        # By age, because names follow no order that people would know.
        found = [one for one in self._world.at_stripe(what) if fits(one)]
        return self._chance.choice(found) if found else None
