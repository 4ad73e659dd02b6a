"""What was asked of the house and what it answered: the history that the books are held against afterwards."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

ANSWERS_SHOWN_MAX = 20


class Told(StrEnum):
    """What whoever asked knows in the end."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class What(StrEnum):
    """The acts that leave a trace."""

    FUND = "fund"
    DEFUND = "defund"
    REFUND = "refund"
    DEPOSIT = "deposit"
    SUBMIT = "submit"


@dataclass(kw_only=True)
class Act:
    """One act under its name. `whose` is the organisation or campaign that makes the name unique."""

    what: What
    name: str
    whose: int
    amount_minor: int = 0
    told: Told = Told.UNKNOWN
    tries: int = 0
    said: str = ""  # the answer that refused it


@dataclass
class History:
    """Everything that the clients did, and how the house answered; written by many threads."""

    acts: list[Act] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    reads: int = 0
    sign_ins: int = 0
    slowest_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begun(self, act: Act) -> Act:
        """Somebody asks for this now: unknown until they are told."""
        with self._lock:
            self.acts.append(act)
        return act

    def answered(self, *, path: str, status: int | None, says_when: bool, seconds: float) -> None:
        """One answer, or none. While the database is away, an honest 503 says when to come back."""
        with self._lock:
            self.statuses["no answer" if status is None else str(status)] += 1
            self.slowest_s = max(self.slowest_s, seconds)
        if status is not None and status >= 500 and not (status == 503 and says_when):
            self.is_wrong(f"{path} answered {status}{'' if says_when else ' without Retry-After'}")

    def is_wrong(self, words: str) -> None:
        """Somebody saw what nobody may ever see."""
        with self._lock:
            if len(self.wrong) < ANSWERS_SHOWN_MAX:
                self.wrong.append(words)

    def has_read(self) -> None:
        """Somebody read their numbers, and they agreed with each other."""
        with self._lock:
            self.reads += 1

    def has_signed_in(self) -> None:
        """Somebody came in."""
        with self._lock:
            self.sign_ins += 1

    def counts(self) -> dict[Told, int]:
        """How many acts ended with each answer."""
        with self._lock:
            return {told: sum(act.told is told for act in self.acts) for told in Told}
