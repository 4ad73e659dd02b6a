"""Django's settings, made from the environment (see environment.py)."""

import hashlib
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from cliphaven.config.environment import ROOT, Environment
from cliphaven.identity.rules.access_tokens import Keys

ENVIRONMENT = Environment()  # type: ignore[call-arg]  # its values come from the environment

SANDBOX = bool(ENVIRONMENT.cliphaven_sandbox_url)
SANDBOX_URL = ENVIRONMENT.cliphaven_sandbox_url
CLOCK_FILE = ENVIRONMENT.cliphaven_clock_file
STATE_DIR = ENVIRONMENT.cliphaven_state_dir
SITE_URL = ENVIRONMENT.cliphaven_site_url.rstrip("/")
PLATFORM_FEE_BP = ENVIRONMENT.cliphaven_platform_fee_bp
MINIMUM_PAYOUT_MINOR = ENVIRONMENT.cliphaven_minimum_payout_minor
RELEASE_LIMIT_MINOR = ENVIRONMENT.cliphaven_release_limit_minor
POLLING_POLICY = ENVIRONMENT.cliphaven_polling_policy
APIFY_BUDGET_USD = ENVIRONMENT.cliphaven_apify_budget_usd
YOUTUBE_BUDGET_UNITS = ENVIRONMENT.cliphaven_youtube_budget_units
TRACKING_COST_PERCENT = ENVIRONMENT.cliphaven_tracking_cost_percent
RAW_ANSWERS_KEPT_DAYS = ENVIRONMENT.cliphaven_raw_answers_kept_days
TRAIT_KEY = (
    ENVIRONMENT.cliphaven_trait_key.get_secret_value()
    or f"traits:{ENVIRONMENT.cliphaven_secret_key.get_secret_value()}"
)
KEY_PREFIX = f"ch:{ENVIRONMENT.cliphaven_environment}"
LIVEMODE = ENVIRONMENT.cliphaven_environment == "production"

STRIPE_API_KEY = ENVIRONMENT.stripe_api_key.get_secret_value()
STRIPE_API_BASE = ENVIRONMENT.stripe_api_base
STRIPE_WEBHOOK_SECRET = ENVIRONMENT.stripe_webhook_secret.get_secret_value()
STRIPE_CONNECT_WEBHOOK_SECRET = ENVIRONMENT.stripe_connect_webhook_secret.get_secret_value()
APIFY_TOKEN = ENVIRONMENT.apify_token.get_secret_value()
APIFY_API_BASE = ENVIRONMENT.apify_api_base
YOUTUBE_API_KEY = ENVIRONMENT.youtube_api_key.get_secret_value()
YOUTUBE_API_BASE = ENVIRONMENT.youtube_api_base
GOOGLE_CLIENT_ID = ENVIRONMENT.google_client_id
GOOGLE_CLIENT_SECRET = ENVIRONMENT.google_client_secret.get_secret_value()
GOOGLE_ACCOUNTS_BASE = ENVIRONMENT.google_accounts_base
GOOGLE_TOKEN_BASE = ENVIRONMENT.google_token_base
RESEND_API_KEY = ENVIRONMENT.resend_api_key.get_secret_value()
RESEND_API_BASE = ENVIRONMENT.resend_api_base
RESEND_WEBHOOK_SECRET = ENVIRONMENT.resend_webhook_secret.get_secret_value()
MAIL_FROM = ENVIRONMENT.cliphaven_mail_from
SHORT_LINK_BASES = ENVIRONMENT.short_link_bases
THUMBNAIL_BASE = ENVIRONMENT.thumbnail_base
STORAGE = {
    "bucket": ENVIRONMENT.s3_bucket,
    "endpoint": ENVIRONMENT.s3_endpoint or f"https://s3.{ENVIRONMENT.s3_region}.amazonaws.com",
    "region": ENVIRONMENT.s3_region,
    "access_key_id": ENVIRONMENT.s3_access_key_id,
    "secret": ENVIRONMENT.s3_secret_access_key.get_secret_value(),
    "is_path_style": ENVIRONMENT.s3_path_style,
}
POSTHOG = {
    "key": ENVIRONMENT.posthog_key.get_secret_value(),
    "host": ENVIRONMENT.posthog_host,
    "api_base": ENVIRONMENT.posthog_api_base,
    "project_id": ENVIRONMENT.posthog_project_id,
    "personal_key": ENVIRONMENT.posthog_personal_key.get_secret_value(),
}

PROXIES = ENVIRONMENT.cliphaven_proxies
RATE_LIMITS = ENVIRONMENT.cliphaven_rate_limits
HAS_REDIS = bool(ENVIRONMENT.redis_url)


def _token_keys(*secrets: str) -> Keys:
    """Each key by a name that follows from it and tells nothing of it; the first signs."""
    keys = [hashlib.sha256(f"access tokens:{secret}".encode()).digest() for secret in secrets if secret]
    named = {hashlib.sha256(b"name:" + key).hexdigest()[:8]: key for key in keys}
    return Keys(current=next(iter(named)), secrets=named)


TOKEN_KEYS = _token_keys(
    ENVIRONMENT.cliphaven_token_key.get_secret_value() or ENVIRONMENT.cliphaven_secret_key.get_secret_value(),
    ENVIRONMENT.cliphaven_token_key_before.get_secret_value(),
)


def _sealing_keys(purpose: str, *secrets: str) -> dict[str, bytes]:
    """As above; the first closes, all of them open."""
    keys = [hashlib.sha256(f"{purpose}:{secret}".encode()).digest() for secret in secrets if secret]
    return {hashlib.sha256(b"name:" + key).hexdigest()[:8]: key for key in keys}


FACTOR_KEYS = _sealing_keys(
    "second factors",
    ENVIRONMENT.cliphaven_factor_key.get_secret_value() or ENVIRONMENT.cliphaven_secret_key.get_secret_value(),
    ENVIRONMENT.cliphaven_factor_key_before.get_secret_value(),
)
ENDPOINT_KEYS = _sealing_keys(
    "endpoints",
    ENVIRONMENT.cliphaven_endpoint_key.get_secret_value() or ENVIRONMENT.cliphaven_secret_key.get_secret_value(),
    ENVIRONMENT.cliphaven_endpoint_key_before.get_secret_value(),
)
WEBHOOK_LOOPBACK = ENVIRONMENT.cliphaven_webhook_loopback
WEBHOOK_LOG_KEPT_DAYS = ENVIRONMENT.cliphaven_webhook_log_kept_days
STAFF_SECOND_FACTOR = (
    ENVIRONMENT.cliphaven_environment == "production"
    if ENVIRONMENT.cliphaven_staff_second_factor is None
    else ENVIRONMENT.cliphaven_staff_second_factor
)

SECRET_KEY = ENVIRONMENT.cliphaven_secret_key.get_secret_value()
DEBUG = False
# Loopback names are answered too, so that a health check on the machine itself needs no DNS.
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "", "127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "django_cotton",
    "django_htmx",
    "csp",
    "ninja",
    "cliphaven.config",
    "cliphaven.identity",
    "cliphaven.ledger",
    "cliphaven.notifications",
    "cliphaven.files",
    "cliphaven.deliveries",
    "cliphaven.campaigns",
    "cliphaven.clips",
    "cliphaven.tracking",
    "cliphaven.fraud",
    "cliphaven.earnings",
    "cliphaven.payouts",
    "cliphaven.webhooks",
    "cliphaven.backoffice",
    "cliphaven.insights",
]

MIDDLEWARE = [
    "cliphaven.config.middleware.unavailable_says_when",
    "cliphaven.config.strays.programs_are_told_problems",
    "django.middleware.security.SecurityMiddleware",
    "cliphaven.config.middleware.bodies_tell_their_length",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cliphaven.config.middleware.refusals_are_logged",
    "cliphaven.config.middleware.staff_come_in_twice",
    "cliphaven.config.middleware.private_pages_are_not_stored",
    "cliphaven.config.measuring.browsers_that_say_no_are_heard",
    "cliphaven.config.visits.visits_are_noted",
    "cliphaven.config.limiting.the_api_is_asked_in_measure",
    "cliphaven.config.limiting.pages_are_asked_in_measure",
]

ROOT_URLCONF = "cliphaven.config.urls"
WSGI_APPLICATION = "cliphaven.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "cliphaven" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cliphaven.config.context.product",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "cliphaven.config.templatetags.formats",
                "cliphaven.config.templatetags.orders",
            ],
        },
    }
]
COTTON_DIR = "cotton"

_conninfo = conninfo_to_dict(ENVIRONMENT.database_url.get_secret_value())
# A transaction that somebody forgot open holds back what is final in the books, and what can be vacuumed. Nothing of
# ours pauses for so long inside one. What the address itself sets comes later and wins.
_conninfo["options"] = f"-c idle_in_transaction_session_timeout=15min {_conninfo.get('options') or ''}".strip()
# A network that falls silent says nothing: without these a process would wait for hours for an answer that never comes.
_NOTICES_SILENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# Whoever gets no connection hears of it soon. While the database is away the pool tries again ever more seldom: it
# starts anew after `reconnect_timeout`, so that the site is back as soon as the database is.
_POOL = {"min_size": 1, "timeout": 2, "reconnect_timeout": 5}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _conninfo.pop("dbname", "postgres"),
        "USER": _conninfo.pop("user", ""),
        "PASSWORD": _conninfo.pop("password", ""),
        "HOST": _conninfo.pop("host", ""),
        "PORT": _conninfo.pop("port", ""),
        "OPTIONS": {
            **_NOTICES_SILENCE,
            **_conninfo,
            **({"pool": {**_POOL, "max_size": ENVIRONMENT.cliphaven_db_pool}} if ENVIRONMENT.cliphaven_db_pool else {}),
        },
        # Without a pool a connection is kept for the life of its thread: opening one costs several milliseconds.
        "CONN_MAX_AGE": 0 if ENVIRONMENT.cliphaven_db_pool else None,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if ENVIRONMENT.redis_url:
    # A cache makes answers faster and decides none. Sessions are not kept in it: one that was ended while Redis could
    # not be told would live on there.
    CACHES = {
        "default": {
            "BACKEND": "cliphaven.providers.redis_cache.ForgivingRedisCache",
            "LOCATION": ENVIRONMENT.redis_url,
            # One that is slow is as good as none: PostgreSQL answers sooner.
            "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
        }
    }

AUTH_USER_MODEL = "identity.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
SESSION_ENGINE = "cliphaven.config.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-sid" if _https else "sid"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"


def content_security_policy(*, payment_pages: list[str]) -> dict[str, dict[str, list[str]]]:
    """Everything from here and nothing inline. Forms may end in a redirect to the vendor's pages that are named."""
    return {
        "DIRECTIVES": {
            "default-src": [SELF],
            "object-src": [NONE],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "form-action": [SELF, *payment_pages],
            "img-src": [SELF, "data:"],
        }
    }


_STRIPE_PAGES = ["https://checkout.stripe.com", "https://connect.stripe.com"]
CONTENT_SECURITY_POLICY = content_security_policy(
    payment_pages=[SANDBOX_URL] if SANDBOX_URL else _STRIPE_PAGES + ([GOOGLE_ACCOUNTS_BASE] if GOOGLE_CLIENT_ID else [])
)

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "cliphaven" / "static"]
# Ours alone: what libraries bring is for pages that nobody here is shown.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATIC_ROOT = ENVIRONMENT.cliphaven_static_root or None
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if STATIC_ROOT
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}
WHITENOISE_USE_FINDERS = not STATIC_ROOT
WHITENOISE_AUTOREFRESH = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_MAX_AGE = 3600

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "cliphaven.config.log_lines.Lines",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        "boto3": {"level": "WARNING"},
        "s3transfer": {"level": "WARNING"},
        "PIL": {"level": "WARNING"},
    },
}
