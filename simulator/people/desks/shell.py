"""The desk with the shell: jobs that the schedule starts are started by hand, too, beside those that run already."""

from datetime import datetime

from cliphaven.config import schedule
from cliphaven.foundation import jobs
from simulator.people.base import Act
from simulator.people.desks.desk import Desk


class ShellDesk(Desk):
    """Whoever sits here is impatient: what is under way is begun once more."""

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the module."""
        return {"start a job by hand": (2, self._start)}

    def _start(self, now: datetime) -> None:  # noqa: ARG002  # a job has no moment of its own
        jobs.defer(self.one_of(line.task for line in schedule.LINES if line.is_on()))
