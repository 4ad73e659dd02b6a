"""What an installation tells the product through its environment, checked when it starts."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]


class Environment(BaseSettings):
    """Every setting of an installation; names are the environment variables in lower case."""

    model_config = SettingsConfigDict(extra="ignore")

    cliphaven_environment: Literal["sandbox", "production", "test"] = "production"
    cliphaven_secret_key: SecretStr = Field(min_length=32)
    cliphaven_site_url: str = "http://127.0.0.1:8000"
    cliphaven_state_dir: Path = ROOT / ".state"
    cliphaven_clock_file: str = ""
    cliphaven_sandbox_url: str = ""
    cliphaven_db_pool: int = 0
    cliphaven_mail_from: str = "ClipHaven <no-reply@cliphaven.invalid>"
    cliphaven_platform_fee_bp: int = Field(default=1000, ge=0, le=5000)
    cliphaven_minimum_payout_minor: int = Field(default=1000, ge=1)

    database_url: SecretStr
    redis_url: str = ""

    stripe_api_key: SecretStr
    stripe_api_base: str = "https://api.stripe.com"
    stripe_webhook_secret: SecretStr
    stripe_connect_webhook_secret: SecretStr
    apify_token: SecretStr
    apify_api_base: str = "https://api.apify.com"
    youtube_api_key: SecretStr
    youtube_api_base: str = "https://youtube.googleapis.com"
    resend_api_key: SecretStr
    resend_api_base: str = "https://api.resend.com"
    short_link_bases: dict[str, str] = {}
