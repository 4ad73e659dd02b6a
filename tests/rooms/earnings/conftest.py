"""When the tests of earnings look at pages."""

import pytest

from tests.rooms.earnings.earners import LATER


@pytest.fixture
def later(tmp_path, settings):
    """The product's clock stands in the week after the first one."""
    clock = tmp_path / "clock.json"
    clock.write_text(f'{{"virtual": "{LATER.isoformat()}", "wall": 0, "speed": 0}}')
    settings.CLOCK_FILE = str(clock)
