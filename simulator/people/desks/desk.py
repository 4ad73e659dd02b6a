"""A desk: what one of the staff may do about one matter."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.people.base import Act, NothingThere, Operation

if TYPE_CHECKING:
    from simulator.people.staff import StaffPerson


class Desk:
    """Sat at by one person, whose chance decides."""

    def __init__(self, person: "StaffPerson") -> None:
        """Everything is done in this person's name."""
        self.person, self.chance = person, person.chance

    def helping(self) -> dict[str, tuple[int, Act]]:
        """What lets things go on."""
        return {}

    def acts(self) -> dict[str, tuple[int, Act]]:
        """Everything else."""
        return {}

    def ask(self, operation: Operation, *, now: datetime, **arguments: Any) -> Any:
        """Call an operation, which may be asked for again later."""
        return self.person.ask(operation, now=now, **arguments)

    def key(self, what: str) -> str:
        """The key of a new request."""
        return self.person.key(what)

    def one_of(self, found: Any) -> Any:
        """One of them, by chance. Raises NothingThere when there is none."""
        choices = list(found)
        if not choices:
            raise NothingThere
        return self.chance.choice(choices)
