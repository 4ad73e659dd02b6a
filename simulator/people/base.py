"""What all people have in common: they do one thing at a time, sometimes twice, and are told what became of it."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from cliphaven.foundation import clock
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.ledger.chart import EntryKind
from simulator import swarm
from simulator.life import Life
from simulator.oracle import DONE, REFUSED, Asked, Oracle
from simulator.stepping.stage import hurrying, stay_dead

Act = Callable[[datetime], None]
Operation = Callable[..., Any]
LINK = "http://127.0.0.1:8000/"
AGAIN = "the same again"
# Of the clicks that follow a click, so many are on the same button of the same page.
SAME_KEY_SHARE = 0.7
ONLY_LOOKS = ("read ", "look at ")


@dataclass
class Told:
    """What people were told: how often each act was done, refused, or left open by something that broke."""

    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)


class NothingThere(Exception):  # not an error
    """There is nothing that this act could be done with."""


class Booked:
    """An entry that an act books: its name, in which `{key}` stands for the key of the request, and its amount.

    The amount is in minor units, or None where only the house can reckon it. Of several kinds one at least is booked.
    """

    def __init__(self, name: str, amount_minor: int | None, *kinds: EntryKind) -> None:
        """See the class."""
        self.name, self.amount_minor, self.kinds = name, amount_minor, kinds


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asked for: which operation, with what, and the entries that it books."""

    name: str
    operation: Operation
    arguments: dict[str, Any]
    entries: Sequence[Booked] = ()
    says_what_became_of_it: bool = True


@dataclass(kw_only=True)
class Surroundings:
    """Whom all people share: the world, what was told, the oracle, and the number of the seed."""

    life: Life
    told: Told
    oracle: Oracle
    seed: int


class Person:
    """Somebody who does one thing at a time, chosen by chance."""

    def __init__(self, around: Surroundings, *, chance: random.Random, requests_before: int = 0) -> None:
        """`chance` is this person's own; the keys of requests are counted from those before."""
        self.around, self.life, self.oracle, self.chance = around, around.life, around.oracle, chance
        self._keys = requests_before
        self._doing = ""
        self._last: Wish | None = None

    def acts(self) -> dict[str, tuple[int, Act]]:
        """What this person may do: name → usual weight and deed."""
        raise NotImplementedError

    def always(self) -> frozenset[str]:
        """The acts for which this person is always in the mood."""
        return frozenset()

    def act(self) -> None:
        """Do one thing, if there is anything to do it with. What breaks on the way is the house's to put right."""
        acts = self._in_the_mood_for()
        if not acts:
            return
        [name] = self.chance.choices(list(acts), [weight for weight, _ in acts.values()])
        self._doing = name
        told = self.around.told
        try:
            with self._in_strides(name):
                acts[name][1](clock.now())
        except NothingThere:
            return
        except Refused:
            stay_dead()
            _count(told.refused, name)
        except (ProviderFailed, DatabaseError):
            stay_dead()
            _count(told.open, name)
        else:
            _count(told.done, name)

    def _in_strides(self, name: str) -> AbstractContextManager[None]:
        """Who only looks does not stop at each statement, except in some seeds: most steps would be of lookers."""
        only_looks = name.startswith(ONLY_LOOKS) and swarm.hurries(self.around.seed, name)
        return hurrying() if only_looks else nullcontext()

    def key(self, what: str) -> str:
        """The key of a new request."""
        self._keys += 1
        return f"sim-{what}-{self._keys:06d}"

    def ask(
        self,
        operation: Operation,
        *,
        now: datetime,
        entries: Sequence[Booked] = (),
        says_what_became_of_it: bool = True,
        **arguments: Any,
    ) -> Any:
        """Call an operation, which may be asked for again later; the oracle is told of the entries that it books.

        A page that answers the same whether it was done or refused does not say what became of it.
        """
        self._last = Wish(
            name=self._doing,
            operation=operation,
            arguments=arguments,
            entries=entries,
            says_what_became_of_it=says_what_became_of_it,
        )
        return self._ask(self._last, now=now)

    def forget(self) -> None:
        """Nothing is asked for again."""
        self._last = None

    def _in_the_mood_for(self) -> dict[str, tuple[float, Act]]:
        own, seed = self.acts(), self.around.seed
        if self._last is not None:
            own = {**own, AGAIN: (2, self._again)}
        moods = {name: 1.0 if name in self.always() else swarm.mood(seed, name) for name in own}
        return {name: (weight * moods[name], deed) for name, (weight, deed) in own.items() if moods[name]}

    def _again(self, now: datetime) -> None:
        """A second click, or the same form filled in once more: then it is another request."""
        wish = self._last
        if wish is None:
            raise NothingThere
        if "request_key" in wish.arguments and self.chance.random() > SAME_KEY_SHARE:
            wish = replace(wish, arguments={**wish.arguments, "request_key": self.key("again")})
        self._ask(wish, now=now)

    def _ask(self, wish: Wish, *, now: datetime) -> Any:
        with self._told(wish):
            return wish.operation(**wish.arguments, now=now)

    @contextmanager
    def _told(self, wish: Wish) -> Iterator[None]:
        key = wish.arguments.get("request_key")
        acts: list[Asked] = [
            self.oracle.ask(
                kinds=booked.kinds, external_id=booked.name.format(key=key), amount_minor=booked.amount_minor
            )
            for booked in wish.entries
        ]
        try:
            yield
        except Refused:
            for act in acts:
                act.answer = REFUSED
            raise
        for act in acts if wish.says_what_became_of_it else ():
            act.answer = DONE


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
