"""What all tests share: a database with real commits, the pretend world, and a web server of our own."""

import gc
import os
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref import handlers

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from django.test.utils import setup_databases, teardown_databases
from pytest_django.plugin import DjangoDbBlocker

from cliphaven.config import settings as house_settings
from cliphaven.foundation import jobs
from cliphaven.identity.rules import recovery
from sandbox.config import Config
from tests.world import SandboxWorld, free_port

# The browser driver keeps an event loop in the main thread; Django would refuse to be called beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# The library's own server takes no header about the connection from the house; production's does (Connection: close).
handlers.is_hop_by_hop = lambda name: False  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Argon2 is slow on purpose; only the tests of the door itself want that."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    recovery.MEMORY_KIB, recovery.PASSES = 64, 1


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """The migrated database that all tests start from, made whichever test comes first."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
    yield
    with django_db_blocker.unblock(), _server() as server:
        _part_from(server, connection.settings_dict["NAME"])
        teardown_databases(made, verbosity=0)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of this test's own, where commits are real: cloned from the migrated one, dropped afterwards.

    Emptying the tables instead would be refused by the books, and rightly.
    """
    name = f"test_{secrets.token_hex(6)}"
    with django_db_blocker.unblock():
        template = connection.settings_dict["NAME"]
        connections.close_all()
        with _server() as server:
            _part_from(server, template)
            # Copying files takes half as long as writing each page into the log, which is the default since 15.
            strategy = "strategy file_copy" if server.info.server_version >= 150_000 else ""
            server.execute(f'create database "{name}" template "{template}" {strategy}')
        connection.settings_dict["NAME"] = name
        try:
            yield name
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = template
            with _server() as server:
                server.execute(f'drop database "{name}" with (force)')


def _part_from(server: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    """End the sessions that still hold a database. The browser's driver brings an event loop into this thread, and
    Django, which keeps a connection for each loop, loses sight of the one it had before."""
    server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [database])


def _server() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@pytest.fixture(scope="session")
def site_port() -> int:
    """Where the tests' web server listens and where the pretend world delivers webhooks."""
    return free_port()


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory, site_port: int) -> Iterator[SandboxWorld]:
    """One pretend world for the whole run; tests make their own accounts and videos in it."""
    with SandboxWorld(Path(tmp_path_factory.mktemp("world")), site_port=site_port) as world:
        yield world


@pytest.fixture
def world(sandbox_process: SandboxWorld) -> Iterator[SandboxWorld]:
    """The pretend world, with the settings of the house pointed at it and no faults left from another test."""
    url = sandbox_process.url
    pointed = {
        "STRIPE_API_BASE": f"{url}/stripe",
        "APIFY_API_BASE": f"{url}/apify",
        "YOUTUBE_API_BASE": f"{url}/youtube",
        "GOOGLE_CLIENT_ID": Config.google_client_id,
        "GOOGLE_CLIENT_SECRET": Config.google_client_secret,
        "GOOGLE_ACCOUNTS_BASE": f"{url}/google",
        "GOOGLE_TOKEN_BASE": f"{url}/google",
        "RESEND_API_BASE": f"{url}/resend",
        "STORAGE": {
            **django_settings.STORAGE,
            "bucket": f"test-{secrets.token_hex(4)}",
            "endpoint": f"{url}/s3",
            "is_path_style": True,
        },
        "SHORT_LINK_BASES": {
            host: f"{url}/links/{host}"
            for host in ("vm.tiktok.com", "vt.tiktok.com", "www.tiktok.com", "www.instagram.com", "instagram.com")
        },
        "THUMBNAIL_BASE": f"{url}/thumbnails",
        "POSTHOG": {**django_settings.POSTHOG, "host": f"{url}/posthog", "api_base": f"{url}/posthog"},
        "CLOCK_FILE": str(sandbox_process.clock.path),
        "SANDBOX": True,
        # Whoever tests something else finds every clip due an hour later; what the index does is told in test_choosing.
        "POLLING_POLICY": "hourly",
        "SANDBOX_URL": url,
        "WEBHOOK_LOOPBACK": True,
        "SITE_URL": sandbox_process.site_url,
        # Ids begin anew in every test's database, while the vendors remember the keys of all of them.
        "KEY_PREFIX": f"ch:test-{secrets.token_hex(4)}",
        "CONTENT_SECURITY_POLICY": house_settings.content_security_policy(payment_pages=[url]),
    }
    before = {name: getattr(django_settings, name) for name in pointed}
    for name, value in pointed.items():
        setattr(django_settings, name, value)
    sandbox_process.http.delete("/control/faults").raise_for_status()
    yield sandbox_process
    for name, value in before.items():
        setattr(django_settings, name, value)


@pytest.fixture
def site(committed: str, world: SandboxWorld, site_port: int) -> Iterator[str]:
    """The house's web server on a real port over the test's own database; the address without a slash."""
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415  # needs the settings pointed at the world

    class Server(LiveServerThread):
        def _create_server(self, connections_override: object = None) -> object:  # noqa: ARG002  # the parent's shape
            return self.server_class(
                (self.host, self.port), QuietWSGIRequestHandler, allow_reuse_address=True, connections_override=None
            )

    server = Server("127.0.0.1", lambda _: WSGIHandler(), port=site_port)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{site_port}"
    server.terminate()


@pytest.fixture
def run_jobs(committed: str) -> object:
    """Call it to run every ready job with a real worker, in a thread of its own, until none is left."""

    def run() -> None:
        failure: list[BaseException] = []

        def work() -> None:
            try:
                jobs.work(wait=False, heed_signals=False)
            except BaseException as error:  # raised again in the test's thread
                failure.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(60)
        if failure:
            raise failure[0]

    return run


def pytest_collection_finish() -> None:
    """Leave thousands of tests and all modules out of what is looked through for garbage from now on."""
    gc.collect()
    gc.freeze()
