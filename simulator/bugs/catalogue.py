"""All bugs that can be planted. None is ever planted outside a simulation that asks for it by name."""

from collections.abc import Mapping

from simulator.bugs import banks, books, doors, earning, money_in, paying, readings, working
from simulator.bugs.bug import Bug

ROOMS = (
    books.BUGS,
    earning.BUGS,
    paying.BUGS,
    banks.BUGS,
    money_in.BUGS,
    readings.BUGS,
    working.BUGS,
    doors.BUGS,
)
BUGS: Mapping[str, Bug] = {bug.name: bug for bugs in ROOMS for bug in bugs}
