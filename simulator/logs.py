"""The lines that processes of the house would print: nobody reads them here, and they are asked for secrets."""

import logging
from typing import Self

from cliphaven.backoffice.queries import at_rest
from simulator.judge import Finding
from simulator.stepping.stage import aside

# Weighed and forgotten when there are so many: a long seed needs no more memory than a short one.
KEPT_MAX = 2_000


class Lines(logging.Handler):
    """Keeps what is logged, by the name of the logger, until it is weighed."""

    def __init__(self) -> None:
        """Nothing was logged yet."""
        super().__init__()
        self._kept: dict[str, list[str]] = {}
        self._number = 0
        self._found: Finding | None = None

    @classmethod
    def listening(cls) -> Self:
        """Stand in for the console of this process from now on, at the levels of the house's own settings."""
        lines = cls()
        for known in logging.root.manager.loggerDict.values():
            if isinstance(known, logging.Logger):
                known.handlers.clear()
        logging.root.handlers = [lines]
        return lines

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line. Putting its words together is no step of whoever logs it: nothing stops in here."""
        with aside():
            self._kept.setdefault(record.name, []).append(self.format(record))
            self._number += 1
            if self._number == KEPT_MAX:
                self._weigh()

    def finding(self) -> Finding | None:
        """The first secret that stood in a line, if any did."""
        self._weigh()
        return self._found

    def _weigh(self) -> None:
        kept, self._kept, self._number = self._kept, {}, 0
        for name, lines in sorted(kept.items()):
            for failure in at_rest.tells_no_secret(lines).failures:
                self._found = self._found or Finding("I26", f"of what {name} logged, {failure}")
