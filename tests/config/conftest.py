"""What the tests of commands share."""

import pytest

from tests.config.shell import Shell


@pytest.fixture
def shell(committed: str) -> Shell:
    """A shell at this test's own database."""
    return Shell(committed)
