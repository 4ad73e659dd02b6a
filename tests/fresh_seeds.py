"""Seeds that nobody played before, drawn once for a whole run and said at its top, so that each can be played again.

A pytest plugin rather than a fixture: processes that run tests in parallel must agree, and inherit the environment of
the one that began.
"""

import os
import random

import pytest

NAME = "SIMULATION_SEED"
# Below are the seeds that people play by hand, and those that are kept because they once found something.
LOWEST, HIGHEST = 1_000_000, 1_000_000_000


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Draw the run's seed, unless somebody named it."""
    os.environ.setdefault(NAME, str(random.SystemRandom().randint(LOWEST, HIGHEST)))


def pytest_report_header() -> str:
    """Say it."""
    return f"fresh seed of the simulator: {first()} ({NAME}={first()} plays it again)"


def first() -> int:
    """The first of this run's fresh seeds."""
    return int(os.environ[NAME])
