"""Staff: two people at five desks, who may do everything that the staff's pages offer, also what they should not."""

import random
from collections.abc import Callable

from simulator.people.base import Act, Person, Surroundings
from simulator.people.browser import Browser
from simulator.people.desks import books, earnings, money_in, payday, shell
from simulator.people.desks.desk import Desk

DESKS: tuple[Callable[["StaffPerson"], Desk], ...] = (
    payday.PaydayDesk,
    earnings.EarningsDesk,
    books.BooksDesk,
    money_in.MoneyInDesk,
    shell.ShellDesk,
)


class StaffPerson(Person):
    """One member of the staff."""

    def __init__(self, user_id: int, around: Surroundings, *, browser: Browser, chance: random.Random) -> None:
        """Sits at every desk, one act at a time."""
        super().__init__(around, chance=chance)
        self.user_id, self.browser = user_id, browser
        self.only_helps = False
        self._desks = [desk(self) for desk in DESKS]

    @property
    def actor(self) -> str:
        """How entries and holds name this person."""
        return f"user:{self.user_id}"

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the class; when everything heals, only what lets things go on."""
        found: dict[str, tuple[int, Act]] = {}
        for desk in self._desks:
            found |= desk.helping()
            if not self.only_helps:
                found |= desk.acts()
        return found

    def always(self) -> frozenset[str]:
        """Whatever lets things go on is done in every seed."""
        return frozenset(name for desk in self._desks for name in desk.helping())

    def help_only(self) -> None:
        """From now on do nothing but let things go on."""
        self.only_helps = True
        self.forget()
