"""What an installation tells the product through its environment, checked when it starts."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cliphaven.foundation.money import EXPONENTS
from cliphaven.tracking.rules.policies import Policy

ROOT = Path(__file__).resolve().parents[2]
# By currency, in minor units: what a batch pays at least, and up to which sum it goes without anybody's release.
MINIMUM_PAYOUT_MINOR = dict.fromkeys(EXPONENTS, 1_000)
RELEASE_LIMIT_MINOR = dict.fromkeys(EXPONENTS, 1_000_000)

TOKEN_KEY_CHARS_MIN = 32
# Of the API within a minute: by a key, a program or a session; by an address that shows nothing; by one that shows what
# opens nothing; by any address. At the door, by an address: mails within an hour, failures within a quarter of one. By
# a person, on pages and of the API: orders that move money within a minute, files within an hour.
RATE_LIMITS = {
    "caller": 300,
    "stranger": 120,
    "refused": 60,
    "address": 1_200,
    "links": 10,
    "failures": 20,
    "money": 20,
    "exports": 20,
}


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
    cliphaven_minimum_payout_minor: dict[str, int] = MINIMUM_PAYOUT_MINOR
    cliphaven_release_limit_minor: dict[str, int] = RELEASE_LIMIT_MINOR
    # How moments for polls are chosen: index, ladder, hourly or fixed:H with H hours.
    cliphaven_polling_policy: str = "index"
    # What a day (UTC) may cost at Apify, in USD, and at YouTube, in units of quota: polls, profiles and first looks.
    # When it is spent nothing is polled; of YouTube's 10,000 units a tenth is left for those that somebody waits for.
    cliphaven_apify_budget_usd: float = Field(default=100.0, ge=0)
    cliphaven_youtube_budget_units: int = Field(default=9_000, ge=0)
    # The part of a campaign's money that reading its clips may cost, in percent; beyond it they are read seldom.
    cliphaven_tracking_cost_percent: float = Field(default=10.0, ge=0, le=100)
    # For how many days vendors' answers are kept as they came; their digests stay for ever.
    cliphaven_raw_answers_kept_days: int = Field(default=90, ge=1, le=3650)
    # The key of the digests by which shared bank accounts, devices and addresses are found; without one it is made from
    # the secret key. Another key forgets who was bound to whom.
    cliphaven_trait_key: SecretStr = SecretStr("")
    # What access tokens are signed with, 32 random characters or more; without one it is made from the secret key. The
    # one before is still believed: set it for the quarter of an hour after a change.
    cliphaven_token_key: SecretStr = SecretStr("")
    cliphaven_token_key_before: SecretStr = SecretStr("")
    # What the secrets of authenticator apps are encrypted with, 32 random characters or more; without one it is made
    # from the secret key. The one before still opens what it closed: leave it set for as long as there is any.
    cliphaven_factor_key: SecretStr = SecretStr("")
    cliphaven_factor_key_before: SecretStr = SecretStr("")
    # The same for what webhooks to others are signed with.
    cliphaven_endpoint_key: SecretStr = SecretStr("")
    cliphaven_endpoint_key_before: SecretStr = SecretStr("")
    # Whether webhooks may go to programs on this very machine, over http, too. For the sandbox alone.
    cliphaven_webhook_loopback: bool = False
    # For how many days what was sent to endpoints stands in their log, and can be sent again.
    cliphaven_webhook_log_kept_days: int = Field(default=30, ge=4, le=365)
    # Whether staff must come in with a second factor. Unless it is said, they need not in the sandbox, where their
    # password is made up at each start and shown at the door.
    cliphaven_staff_second_factor: bool | None = None

    # Where `collectstatic` put stylesheets, scripts and fonts, compressed and under names that change with what is in
    # them. Without it they are served as they lie in the checkout.
    cliphaven_static_root: str = ""
    # How many proxies of the installation stand in front and say in X-Forwarded-For from which address somebody comes.
    cliphaven_proxies: int = Field(default=0, ge=0, le=9)
    # How much may be asked for, by whom; see `RATE_LIMITS`. What is not given keeps its default.
    cliphaven_rate_limits: dict[str, int] = RATE_LIMITS

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
    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")
    google_accounts_base: str = "https://accounts.google.com"
    google_token_base: str = "https://oauth2.googleapis.com"  # noqa: S105  # an address
    resend_api_key: SecretStr
    resend_api_base: str = "https://api.resend.com"
    resend_webhook_secret: SecretStr = SecretStr("")
    short_link_bases: dict[str, str] = {}
    # What stands in for all hosts of pictures; without it they are asked themselves.
    thumbnail_base: str = ""

    # Where files go that people bring: a bucket of an S3-compatible storage that takes uploads by form. Without one
    # nobody is asked for files. Without an endpoint it is AWS.
    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key_id: str = ""
    s3_secret_access_key: SecretStr = SecretStr("")
    # Whether the bucket stands in the path of an address, and not before its host.
    s3_path_style: bool = False

    # Product analytics, of people who say yes alone: off without a key. The other two are for deleting what was told.
    posthog_key: SecretStr = SecretStr("")
    posthog_host: str = "https://eu.i.posthog.com"
    posthog_api_base: str = "https://eu.posthog.com"
    posthog_project_id: str = ""
    posthog_personal_key: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def whoever_says_no_can_be_heard(self) -> Self:
        """Without them what was told of somebody could not be deleted when they take their yes back."""
        if self.posthog_key.get_secret_value() and not (
            self.posthog_project_id.isdigit() and self.posthog_personal_key.get_secret_value()
        ):
            raise ValueError("POSTHOG_KEY needs POSTHOG_PROJECT_ID, a number, and POSTHOG_PERSONAL_KEY")
        return self

    @model_validator(mode="after")
    def bucket_has_its_keys(self) -> Self:
        """A bucket without keys would be noticed by the first sponsor with a picture."""
        if self.s3_bucket and not (self.s3_access_key_id and self.s3_secret_access_key.get_secret_value()):
            raise ValueError("S3_BUCKET needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY")
        return self

    @field_validator("cliphaven_polling_policy")
    @classmethod
    def policy_is_known(cls, given: str) -> str:
        """A policy that there is not would otherwise be noticed by the first poll."""
        return str(Policy.parse(given))

    @field_validator(
        "cliphaven_token_key",
        "cliphaven_token_key_before",
        "cliphaven_factor_key",
        "cliphaven_factor_key_before",
        "cliphaven_endpoint_key",
        "cliphaven_endpoint_key_before",
    )
    @classmethod
    def key_is_long_enough(cls, given: SecretStr) -> SecretStr:
        """A key that can be guessed lets everybody in as anybody."""
        if 0 < len(given.get_secret_value()) < TOKEN_KEY_CHARS_MIN:
            raise ValueError(f"it is shorter than {TOKEN_KEY_CHARS_MIN} characters")
        return given

    @model_validator(mode="after")
    def loopback_is_for_the_sandbox(self) -> Self:
        """Elsewhere strangers could have letters posted to whatever listens on the machine itself."""
        if self.cliphaven_webhook_loopback and not self.cliphaven_sandbox_url:
            raise ValueError("cliphaven_webhook_loopback is for the sandbox alone")
        return self

    @field_validator("cliphaven_rate_limits")
    @classmethod
    def limits_that_there_are(cls, given: dict[str, int]) -> dict[str, int]:
        """A name that is not known would leave a door as it was, and nobody would notice."""
        if unknown := sorted(given.keys() - RATE_LIMITS.keys()):
            raise ValueError(f"there is no limit {', '.join(unknown)}")
        if small := sorted(name for name, most in given.items() if most < 1):
            raise ValueError(f"the limit {', '.join(small)} is less than 1")
        return {**RATE_LIMITS, **given}

    @field_validator("cliphaven_minimum_payout_minor", "cliphaven_release_limit_minor")
    @classmethod
    def amounts_of_known_currencies(cls, given: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        """What is not given keeps its default, so that no currency is ever without an amount."""
        if unknown := sorted(given.keys() - EXPONENTS.keys()):
            raise ValueError(f"no books are kept in {', '.join(unknown)}")
        if small := sorted(currency for currency, amount_minor in given.items() if amount_minor < 1):
            raise ValueError(f"the amount in {', '.join(small)} is less than 1")
        defaults: dict[str, int] = cls.model_fields[str(info.field_name)].default
        return {**defaults, **given}
