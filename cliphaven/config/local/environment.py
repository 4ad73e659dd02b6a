"""The environment of every process on this machine: secrets, addresses and database of one state folder."""

import atexit
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import psycopg

from cliphaven.config.local.database import Database, find_database
from cliphaven.config.local.ports import free_port, is_free
from cliphaven.config.local.problems import CannotStart, sentence_for
from cliphaven.config.local.supervisor import is_running
from cliphaven.config.local.world import WorldClock

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_PORT = 8000
SHORT_LINK_HOSTS = (
    *("vm.tiktok.com", "vt.tiktok.com", "www.tiktok.com", "tiktok.com", "m.tiktok.com", "lite.tiktok.com"),
    *("www.instagram.com", "instagram.com", "m.instagram.com", "instagr.am", "www.instagr.am"),
)
# What each secret begins with: enough for the vendors' own clients, and plain to every reader that it opens nothing.
SECRETS = {
    "CLIPHAVEN_SECRET_KEY": "",
    "STRIPE_API_KEY": "sk_sandbox_",
    "STRIPE_WEBHOOK_SECRET": "whsec_sandbox_",
    "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_sandbox_",
    "APIFY_TOKEN": "apify_sandbox_",
    "YOUTUBE_API_KEY": "youtube_sandbox_",
    "GOOGLE_CLIENT_ID": "google_sandbox_",
    "GOOGLE_CLIENT_SECRET": "google_sandbox_",
    "RESEND_API_KEY": "re_sandbox_",
    "S3_ACCESS_KEY_ID": "s3_sandbox_",
    "S3_SECRET_ACCESS_KEY": "s3_sandbox_",
    "RESEND_WEBHOOK_SECRET": "whsec_SANDBOX0",  # what follows the first word is base64
}


def state_directory() -> Path:
    """CLIPHAVEN_STATE_DIR, or `.state` in the checkout."""
    return Path(os.environ.get("CLIPHAVEN_STATE_DIR") or ROOT / ".state").absolute()


def local_environment(state_dir: Path, *, port: int | None = None) -> dict[str, str]:
    """The variables of this state folder, without the database; makes secrets and chooses ports the first time.

    `port` is the web server's; without it the last one counts. Raises CannotStart when the folder cannot be written.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        ports = _ports(state_dir, port)
        values = _secrets(state_dir)
    except OSError as error:
        raise CannotStart(sentence_for(error, state_dir)) from error
    site = f"http://127.0.0.1:{ports['web']}"
    sandbox = f"http://127.0.0.1:{ports['sandbox']}"
    return values | {
        "CLIPHAVEN_ENVIRONMENT": "sandbox",
        "CLIPHAVEN_STATE_DIR": str(state_dir),
        "CLIPHAVEN_SITE_URL": site,
        "CLIPHAVEN_SANDBOX_URL": sandbox,
        "CLIPHAVEN_CLOCK_FILE": str(state_dir / "clock.json"),
        "STRIPE_API_BASE": f"{sandbox}/stripe",
        "APIFY_API_BASE": f"{sandbox}/apify",
        "YOUTUBE_API_BASE": f"{sandbox}/youtube",
        "GOOGLE_ACCOUNTS_BASE": f"{sandbox}/google",
        "GOOGLE_TOKEN_BASE": f"{sandbox}/google",
        "RESEND_API_BASE": f"{sandbox}/resend",
        "S3_BUCKET": "cliphaven",
        "S3_ENDPOINT": f"{sandbox}/s3",
        "S3_PATH_STYLE": "true",
        "SHORT_LINK_BASES": json.dumps({host: f"{sandbox}/links/{host}" for host in SHORT_LINK_HOSTS}),
        "THUMBNAIL_BASE": f"{sandbox}/thumbnails",
        # Programs that are tried out listen on this machine.
        "CLIPHAVEN_WEBHOOK_LOOPBACK": "true",
        "SANDBOX_PORT": str(ports["sandbox"]),
        "SANDBOX_STATE_DIR": str(state_dir / "sandbox"),
        "SANDBOX_CLOCK_FILE": str(state_dir / "clock.json"),
        "SANDBOX_WEBHOOK_URL": f"{site}/webhooks/stripe/",
        "SANDBOX_CONNECT_WEBHOOK_URL": f"{site}/webhooks/stripe/connect/",
        "SANDBOX_RESEND_WEBHOOK_URL": f"{site}/webhooks/resend/",
        "DJANGO_SETTINGS_MODULE": "cliphaven.config.settings",
        # Everything here is on loopback, which a company's proxy does not know.
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"])),
    }


def prepare() -> None:
    """Make a command work from a fresh shell: fills in `os.environ` and starts or joins the embedded database.

    Variables that are set already stay. Does nothing in production and in tests, where the environment is complete.
    The database is migrated if it never was; the one started here is stopped at exit. Raises CannotStart.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cliphaven.config.settings")
    if os.environ.get("CLIPHAVEN_ENVIRONMENT", "sandbox") != "sandbox":
        return
    state_dir = state_directory()
    for name, value in local_environment(state_dir).items():
        os.environ.setdefault(name, value)
    if not is_running(state_dir):
        WorldClock(state_dir).rest()
    if not (state_dir / "clock.json").exists():
        os.environ.pop("CLIPHAVEN_CLOCK_FILE")  # no world has been started: the wall's time counts
    database = find_database(state_dir)
    os.environ["DATABASE_URL"] = database.url
    if database.embedded is not None:
        atexit.register(database.embedded.stop)
    if not is_migrated(database.url):
        migrate(database)


def is_migrated(url: str) -> bool:
    """Whether the database has tables that this address may use.

    An embedded one that was made before its processes had a role of their own has tables, but not for them.
    """
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select coalesce(has_table_privilege(to_regclass('django_migrations'), 'select'), false)"
        ).fetchone()
    return bool(row and row[0])


def migrate(database: Database) -> None:
    """Bring an embedded database's tables up to date. Another's is never touched unasked: CannotStart."""
    if database.embedded is None:
        raise CannotStart(
            "The database that DATABASE_URL names has no tables that its user may use: `make run` makes them."
        )
    result = subprocess.run(
        migration_command(),
        env=os.environ | {"DATABASE_URL": database.owner_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise CannotStart(f"The tables could not be made: {(result.stderr.strip().splitlines() or ['no reason'])[-1]}")


def migration_command() -> list[str]:
    """What brings the tables of DATABASE_URL up to date."""
    return [sys.executable, "-m", "django", "migrate", "--no-input", "--verbosity", "1"]


def collecting_command() -> list[str]:
    """What lays out stylesheets, scripts and fonts in CLIPHAVEN_STATIC_ROOT, in the place of what was there."""
    return [sys.executable, "-m", "django", "collectstatic", "--no-input", "--clear", "--verbosity", "0"]


def _secrets(state_dir: Path) -> dict[str, str]:
    """Random, made once, readable by their owner only."""
    path = state_dir / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = {name: prefix + secrets.token_hex(24) for name, prefix in SECRETS.items() if name not in known}
    if missing:
        known |= missing
        draft = state_dir / f"secrets.{os.getpid()}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(known, file, indent=1)
        draft.replace(path)
    return {name: known[name] for name in SECRETS}


def _ports(state_dir: Path, web: int | None) -> dict[str, int]:
    """The web server's port and the sandbox's, which stays the same: the world's own links name it."""
    path = state_dir / "ports.json"
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    wanted = {"web": web or known.get("web", DEFAULT_PORT), "sandbox": known.get("sandbox") or free_port()}
    if wanted != known:
        path.write_text(json.dumps(wanted))
    return wanted


def choose_free_sandbox_port(state_dir: Path) -> None:
    """Give the sandbox another port when somebody else has taken its own since the last run."""
    ports = _ports(state_dir, None)
    if not is_free(ports["sandbox"]):
        (state_dir / "ports.json").write_text(json.dumps(ports | {"sandbox": free_port()}))
