"""A mistake with a name, and the tools to plant it."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from simulator.swarm import Options

HOUSE = "cliphaven"


class Planting:
    """Changes the house of one seed: its code in this process, its database for as long as that lasts."""

    def __init__(self, owner: psycopg.Connection) -> None:
        """`owner` may change every table of the seed's database, and commits each statement."""
        self._owner = owner

    def replace(self, place: str, name: str, make: Callable[[Any], Any]) -> None:
        """Put `make(real)` in the place of the real thing.

        `place` is a module, or `module:Class`. Modules of the house that imported the same thing by name get the wrong
        one too. Raises AttributeError or ImportError when there is no such thing: a bug must not be planted in the air.
        """
        module_name, _, class_name = place.partition(":")
        owner: Any = importlib.import_module(module_name)
        if class_name:
            owner = getattr(owner, class_name)
        real = getattr(owner, name)
        wrong = make(real)
        setattr(owner, name, wrong)
        if class_name:
            return
        for module in [module for key, module in sorted(sys.modules.items()) if key.partition(".")[0] == HOUSE]:
            for known_as, thing in list(vars(module).items()):
                if thing is real and not isinstance(real, (int, str, bool, type(None))):
                    setattr(module, known_as, wrong)

    def sql(self, statement: str) -> None:
        """Change the seed's database as its owner. Raises psycopg.Error."""
        self._owner.execute(statement)


@dataclass(frozen=True, kw_only=True)
class Bug:
    """One mistake: what `--plant` calls it, what it is, and the invariant that should be the first to notice.

    A world of which `shows_in` says no has nothing that it could spoil: the hunt plays none of those. One that
    `heals` shows only in the days after trouble, when another Monday is paid; one that is there `from_the_start` shows
    best in the first days, in which most is earned.
    """

    name: str
    what: str
    invariant: str
    plant: Callable[[Planting], None]
    shows_in: Callable[[Options], bool] = field(default=lambda _: True)
    heals: bool = False
    from_the_start: bool = False
