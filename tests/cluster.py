"""The tests' own PostgreSQL, as a pytest plugin: a throw-away cluster that lives as long as the run.

Loaded by `-p tests.cluster`, because pytest-django reads the settings before it imports any conftest. TEST_DATABASE_URL
names a server to use instead; its user must be allowed to create databases.
"""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from cliphaven.config.local.database import check_address
from cliphaven.config.local.postgres import EmbeddedPostgres
from cliphaven.config.local.problems import CannotStart
from cliphaven.config.local.processes import started_at

PREFIX = "cliphaven-test-"
SECRETS = (
    "CLIPHAVEN_SECRET_KEY",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_CONNECT_WEBHOOK_SECRET",
    "APIFY_TOKEN",
    "YOUTUBE_API_KEY",
    "RESEND_API_KEY",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
)


class Cluster:
    """The cluster of one test run, and of each worker of a run in parallel.

    Databases of one cluster share its transaction numbers and its roles: a long transaction of one worker would hold
    back what another one waits for.
    """

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.postgres: EmbeddedPostgres | None = None
        self.folder: Path | None = None

    def start(self) -> None:
        """Start the cluster, or check the given one, and put its address where the settings look for it."""
        prepare_environment()
        given = os.environ.get("TEST_DATABASE_URL")
        if given:
            os.environ["DATABASE_URL"] = given
            check_address(given, "TEST_DATABASE_URL")
            return
        sweep()
        self.folder = make_folder()
        os.environ["CLIPHAVEN_STATE_DIR"] = str(self.folder / "state")
        self.postgres = EmbeddedPostgres(self.folder, throwaway=True)
        self.postgres.start()
        os.environ["DATABASE_URL"] = self.postgres.url

    def stop(self) -> None:
        """Stop the cluster and remove its folder."""
        if self.postgres is not None:
            self.postgres.stop()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def prepare_environment() -> None:
    """Settings that mean nothing outside this run: never a developer's own, lest a test reach a real account."""
    for name in SECRETS:
        os.environ[name] = f"test-{secrets.token_hex(16)}"
    os.environ["CLIPHAVEN_ENVIRONMENT"] = "test"
    # Tests ask as much as they need; those of the limits set their own.
    names = ("caller", "stranger", "refused", "address", "links", "failures", "money", "exports")
    os.environ["CLIPHAVEN_RATE_LIMITS"] = json.dumps(dict.fromkeys(names, 1_000_000))
    for name in (
        "REDIS_URL",
        "CLIPHAVEN_CLOCK_FILE",
        "CLIPHAVEN_SANDBOX_URL",
        "CLIPHAVEN_SITE_URL",
        "S3_BUCKET",
        "POSTHOG_KEY",
    ):
        os.environ.pop(name, None)
    for name in ("STRIPE_API_BASE", "APIFY_API_BASE", "YOUTUBE_API_BASE", "RESEND_API_BASE"):
        os.environ[name] = "http://127.0.0.1:9"  # refused at once: a test that needs a vendor brings its own sandbox
    os.environ["SHORT_LINK_BASES"] = "{}"
    os.environ["THUMBNAIL_BASE"] = "http://127.0.0.1:9"


def make_folder() -> Path:
    """A fresh folder that says whose it is, and that PostgreSQL's account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)
    (folder / "owner").write_text(f"{os.getpid()} {started_at(os.getpid())}")
    return folder


def sweep() -> None:
    """Stop and remove the clusters of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            pid, _, began = (folder / "owner").read_text().partition(" ")
        except OSError:
            continue
        if started_at(int(pid)) != began:
            leftover = EmbeddedPostgres(folder, throwaway=True)
            if (folder / "postgres").is_dir():
                with contextlib.suppress(CannotStart):  # another run sweeps it, too
                    leftover.erase()
            shutil.rmtree(folder, ignore_errors=True)


cluster = Cluster()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before pytest-django reads the settings."""
    early_config.add_cleanup(cluster.stop)
    try:
        cluster.start()
    except CannotStart as problem:
        raise pytest.UsageError(str(problem)) from problem
