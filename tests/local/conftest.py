"""State folders for the launcher's tests."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cliphaven.config.local.postgres import EmbeddedPostgres, ensure_started


def open_folder() -> Path:
    """A folder that PostgreSQL's account may pass through; pytest's own are closed to it when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="cliphaven-local-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder that does not exist yet."""
    parent = open_folder()
    yield parent / "state"
    EmbeddedPostgres(parent / "state").erase()
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def first_state() -> Iterator[Path]:
    """A state folder whose server has run once and is stopped; to be copied, not used."""
    parent = open_folder()
    ensure_started(parent / "state").stop()
    yield parent / "state"
    shutil.rmtree(parent)


@pytest.fixture
def used_state(state: Path, first_state: Path) -> Path:
    """A state folder whose server has run before."""
    subprocess.run(["cp", "-a", first_state, state], check=True)
    return state
