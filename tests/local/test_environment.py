"""What one state folder remembers between runs: its secrets, its addresses, and the world's time."""

import json
import os
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cliphaven.config.local.environment import local_environment
from cliphaven.config.local.world import WorldClock


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    first = local_environment(tmp_path)
    assert local_environment(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert first["STRIPE_API_KEY"].startswith("sk_sandbox_")
    assert len(set(json.loads((tmp_path / "secrets.json").read_text()).values())) == 12


def test_the_sites_port_is_the_last_one_asked_for(tmp_path: Path) -> None:
    assert local_environment(tmp_path)["CLIPHAVEN_SITE_URL"] == "http://127.0.0.1:8000"
    local_environment(tmp_path, port=8123)
    assert local_environment(tmp_path)["CLIPHAVEN_SITE_URL"] == "http://127.0.0.1:8123"


def test_every_vendor_is_reached_on_loopback(tmp_path: Path) -> None:
    environment = local_environment(tmp_path)
    bases = [value for name, value in environment.items() if name.endswith("_API_BASE")]
    bases += json.loads(environment["SHORT_LINK_BASES"]).values()
    assert len(bases) > 4
    assert all(base.startswith("http://127.0.0.1:") for base in bases)


def test_time_stands_still_between_an_orderly_stop_and_the_next_start(tmp_path: Path) -> None:
    clock = WorldClock(tmp_path)
    clock.resume(1000)
    clock.beat(at_rest=True)
    clock.rest()
    stopped = clock.now()
    time.sleep(0.05)
    assert clock.now() == stopped

    clock.resume(1000)
    assert clock.now() - stopped < timedelta(seconds=1000 * 0.05)


def test_after_a_kill_time_goes_on_later_than_anything_that_was_recorded(tmp_path: Path) -> None:
    clock = WorldClock(tmp_path)
    clock.resume(1000)
    clock.beat()
    time.sleep(0.05)
    last_seen = clock.now()

    clock.resume(1000)
    assert last_seen < clock.now() <= last_seen + timedelta(seconds=2 * 1000 * 1.05)


def test_a_new_world_begins_now(tmp_path: Path) -> None:
    clock = WorldClock(tmp_path)
    clock.resume(300)
    clock.beat(at_rest=True)
    clock.forget()
    clock.resume(1)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_command_from_a_fresh_shell_finds_the_database_with_its_tables_and_stops_what_it_started(state: Path) -> None:
    script = (
        "import os, psycopg; from cliphaven.config.local.environment import prepare; prepare()\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as c:\n"
        "    print(c.execute('select count(*) > 10 from django_migrations').fetchone()[0])"
    )
    environment = {"PATH": os.environ["PATH"], "CLIPHAVEN_STATE_DIR": str(state)}
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)
    assert result.stdout == "True\n", result.stderr
    assert not (state / "postgres/cluster/data/postmaster.pid").exists()
