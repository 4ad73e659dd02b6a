"""All bugs that can be planted. None is ever planted outside a simulation that asks for it by name."""

from collections.abc import Mapping

from simulator.bugs import books, earning
from simulator.bugs.bug import Bug

BUGS: Mapping[str, Bug] = {bug.name: bug for bugs in (books.BUGS, earning.BUGS) for bug in bugs}
