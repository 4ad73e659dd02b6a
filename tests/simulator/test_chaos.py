"""A short chaos run with real processes: what was acknowledged is in the books, and the house comes back by itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.chaos import page

PROJECT = Path(__file__).parents[2]
MINUTES = 0.2
KILLS = 3


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("chaos") / "run.json"
    command = [sys.executable, "-m", "simulator.chaos", "--minutes", str(MINUTES), "--kills", str(KILLS), "--seed", "7"]
    command += ["--webs", "1", "--workers", "2", "--schedulers", "1", "--pace", "3", "--json", str(file)]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "CLIPHAVEN_"))
    }
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert file.exists(), done.stderr[-4_000:]
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_nothing_that_was_acknowledged_is_lost(told):
    assert told["acts"]["acknowledged"] > 0
    assert (told["lost"], told["invented"]) == (0, 0)


def test_the_books_heal_by_themselves(told):
    assert told["broken"] == []
    assert told["difference_minor"] == 0


def test_nobody_sees_what_nobody_may_see(told):
    assert told["wrong"] == []


def test_postgresql_was_killed_and_came_back(told):
    assert told["postgres_kills"] == KILLS
    assert told["restart_s"]["max"] > 0


def test_connections_were_cut_at_their_commit(told):
    assert sum(count for name, count in told["faults"].items() if name.startswith("cut at COMMIT")) > 0


def test_processes_were_killed(told):
    assert told["process_kills"] > 0


def test_no_session_outlives_the_house(told):
    assert told["sessions"][-1] == 0


def test_the_table_stands_between_its_markers(told, tmp_path):
    place = tmp_path / "chaos.md"
    place.write_text("before\n<!-- run: begin -->\nof another run\n<!-- run: end -->\nafter\n")
    page.write_down(told, place)
    text = place.read_text()

    assert "of another run" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "kill -9 of PostgreSQL under load" in text
