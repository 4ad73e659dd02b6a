"""What a sandbox is started with."""

import os
from dataclasses import dataclass
from pathlib import Path

from sandbox.clock import Clock
from sandbox.store import Store

# Longer than any client here keeps an idle connection: who closes first meets whoever is about to use it.
IDLE_CONNECTION_S = 75


@dataclass(frozen=True)
class Config:
    """The world's memory and clock, the keys its vendors ask for, and how rough it is.

    `files_dir` keeps the bytes of stored objects (None: a temporary folder). `apify_run_seconds` is how long a scraping
    run takes, in seconds of the wall. `disorder` scales everything that goes wrong by itself (missing items,
    duplicates, jitter in counts): 1 is as often as with the real vendors, 0 is never. With a `seed` the world is
    steered, and the same requests get the same answers, names included.
    """

    store: Store
    clock: Clock
    stripe_api_key: str = "sk_test_sandbox"
    stripe_webhook_secret: str = "whsec_sandbox"  # noqa: S105 - opens nothing but the pretend world
    stripe_connect_webhook_secret: str = "whsec_sandbox_connect"  # noqa: S105 - as above
    webhook_url: str | None = None
    connect_webhook_url: str | None = None
    apify_token: str = "apify_api_sandbox"  # noqa: S105 - as above
    youtube_api_key: str = "youtube_sandbox"
    google_client_id: str = "google_sandbox_client"
    google_client_secret: str = "google_sandbox_secret"  # noqa: S105 - as above
    resend_api_key: str = "re_sandbox"
    resend_webhook_secret: str = "whsec_SANDBOX0"  # noqa: S105 - as above
    resend_webhook_url: str | None = None
    s3_access_key_id: str = "s3_sandbox"
    s3_secret_access_key: str = "s3_sandbox_secret"  # noqa: S105 - as above
    public_url: str = "http://127.0.0.1:8090"
    files_dir: Path | None = None
    apify_run_seconds: float = 0.02
    disorder: float = 1.0
    seed: int | None = None

    @property
    def is_steered(self) -> bool:
        """Whether nothing happens by itself: no tick, and no letter leaves before it is asked for."""
        return self.seed is not None


DEFAULT_PORT = 8090


def port_from_environment() -> int:
    """The port to listen on (SANDBOX_PORT)."""
    return int(os.environ.get("SANDBOX_PORT", str(DEFAULT_PORT)))


def config_from_environment() -> Config:
    """The configuration that `python -m sandbox` runs with; opens (and creates) the store in SANDBOX_STATE_DIR."""
    environment = os.environ
    state_dir = Path(environment.get("SANDBOX_STATE_DIR", ".state/sandbox"))
    state_dir.mkdir(parents=True, exist_ok=True)
    clock_file = environment.get("SANDBOX_CLOCK_FILE")
    return Config(
        store=Store(state_dir / "world.sqlite3"),
        clock=Clock(Path(clock_file) if clock_file else None),
        stripe_api_key=environment.get("STRIPE_API_KEY", Config.stripe_api_key),
        stripe_webhook_secret=environment.get("STRIPE_WEBHOOK_SECRET", Config.stripe_webhook_secret),
        stripe_connect_webhook_secret=environment.get(
            "STRIPE_CONNECT_WEBHOOK_SECRET", Config.stripe_connect_webhook_secret
        ),
        webhook_url=environment.get("SANDBOX_WEBHOOK_URL") or None,
        connect_webhook_url=environment.get("SANDBOX_CONNECT_WEBHOOK_URL") or None,
        apify_token=environment.get("APIFY_TOKEN", Config.apify_token),
        youtube_api_key=environment.get("YOUTUBE_API_KEY", Config.youtube_api_key),
        google_client_id=environment.get("GOOGLE_CLIENT_ID", Config.google_client_id),
        google_client_secret=environment.get("GOOGLE_CLIENT_SECRET", Config.google_client_secret),
        resend_api_key=environment.get("RESEND_API_KEY", Config.resend_api_key),
        resend_webhook_secret=environment.get("RESEND_WEBHOOK_SECRET", Config.resend_webhook_secret),
        resend_webhook_url=environment.get("SANDBOX_RESEND_WEBHOOK_URL") or None,
        s3_access_key_id=environment.get("S3_ACCESS_KEY_ID", Config.s3_access_key_id),
        s3_secret_access_key=environment.get("S3_SECRET_ACCESS_KEY", Config.s3_secret_access_key),
        public_url=f"http://127.0.0.1:{port_from_environment()}",
        files_dir=state_dir / "files",
        apify_run_seconds=float(environment.get("SANDBOX_APIFY_RUN_SECONDS", str(Config.apify_run_seconds))),
        disorder=float(environment.get("SANDBOX_DISORDER", str(Config.disorder))),
        seed=int(environment["SANDBOX_SEED"]) if environment.get("SANDBOX_SEED") else None,
    )
