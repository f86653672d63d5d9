"""The one settings file: everything that differs between machines comes from the environment (.env.example)."""

from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF
from structlog.typing import Processor

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- Where things are kept -------------------------------------------------------------------------
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)
FILES_DIR = DATA_DIR / "files"  # originals and display copies, addressed by their SHA-256
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Secrets ---------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
PRODUCTION = env.bool("PRODUCTION", default=False)


def secret(name: str, development: str) -> str:
    """A secret from the environment; its development value is refused in production."""
    return env(name) if PRODUCTION else env(name, default=development)


SECRET_KEY = secret("SECRET_KEY", "development-only-key-that-production-refuses-" + "0" * 20)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Keys of encrypted fields, newest first; kept outside the database. Fernet keys, comma-separated.
FIELD_KEYS = secret("FIELD_KEYS", "ZGV2ZWxvcG1lbnQta2V5LTMyLWJ5dGVzLWxvbmchISE=").split(",")
BLIND_INDEX_KEY = secret("BLIND_INDEX_KEY", "development-only-blind-index-key")
# Signs sealed evidence packages: base64 of an Ed25519 key's 32 bytes, or a file that holds it (manage.py evidence_key).
EVIDENCE_KEY = secret("EVIDENCE_KEY", str(DATA_DIR / "evidence.key"))

# --- Django ----------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "exam_ops.urls"
WSGI_APPLICATION = "exam_ops.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "core.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "exam_ops.core",
    "incidents",
    "verification",
    "proctors",
    "client_support",
    "exam_ops.office",
    "exam_ops.workbench",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "exam_ops.core.polls.UnchangedPolls",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "exam_ops.core.pages.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "exam_ops.workbench.menu.ui",
            ],
        },
    }
]

# --- Database, broker, cache -----------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")}
_database = DATABASES["default"]
SQLITE = _database["ENGINE"].endswith("sqlite3")
if SQLITE:
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4000;",
    }
else:
    _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        "options": "-c client_connection_check_interval=200 -c idle_in_transaction_session_timeout=30000",
    }

REDIS_URL = env("REDIS_URL", default="")
_redis_options = {
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "health_check_interval": 15,
    "retry_on_timeout": True,
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# A session outlives every unit of its day (contract: nothing expires inside a unit it was made for).
SESSION_COOKIE_AGE = 14 * 3600

# Boards: seconds for which a process takes what polls depend on as it has read it, and figures of many sites as
# it has counted them (docs/decisions/0021).
POLL_MEMORY = env.float("POLL_MEMORY", default=0.5)
FIGURES_KEPT = env.float("FIGURES_KEPT", default=4.0)

BROKER_DIR = DATA_DIR / "broker"  # the embedded broker: no Redis needed for a demo
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {**_redis_options, "visibility_timeout": 3600}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.2,
        "store_processed": False,
    }
)
if not REDIS_URL:
    for _folder in ("queue", "control"):
        (BROKER_DIR / _folder).mkdir(parents=True, exist_ok=True)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULER = "exam_ops.core.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE = {
    # Nothing but wake-up calls, in plain seconds: what is due stands in the database. They do not expire: Celery
    # would compare the clocks of two machines, and a worker whose clock is ahead would throw every call away.
    "tick": {"task": "core.tick", "schedule": 1.0},
    "outbox": {"task": "core.drain_outbox", "schedule": 5.0},  # the tick asks for it when something waits
    "channels": {"task": "incidents.send_messages", "schedule": 1.0},
    "canary": {"task": "core.canary", "schedule": 10.0},
    "audit": {"task": "core.audit", "schedule": 30.0},
    "photos": {"task": "verification.make_photo_copies", "schedule": 1.0},
    "evidence": {"task": "incidents.check_evidence", "schedule": 1.0},
    "packages": {"task": "incidents.make_packages", "schedule": 2.0},
    "certificates": {"task": "proctors.look_after_certificates", "schedule": 5.0},
    "files": {"task": "core.sweep_files", "schedule": 300.0},
    "mass_failure": {"task": "incidents.look_for_mass_failure", "schedule": 30.0},
}

# --- People ----------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "exam_ops.core.codes.OneTimeCodes",  # before the password, which is dear to check
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "exam_ops.core.passwords.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Lock by account and device, never by address alone: a whole site is one address (E11).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "user_agent"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 423
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "exam_ops.core.addresses.of_request"
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # without the address, on purpose: see above
# Proxies whose X-Forwarded-For is believed, as addresses or networks.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Messages that leave the portal --------------------------------------------------------------------------
# smtp+tls://user:password@host:587; without it a development run prints mails, production refuses e-mail channels.
EMAIL_URL = env("EMAIL_URL", default="")
_mail = env.email_url_config(EMAIL_URL or "consolemail://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"] or "", _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
MAIL_IS_SET_UP = bool(EMAIL_URL) or not PRODUCTION
DEFAULT_FROM_EMAIL = env("MAIL_FROM", default="") or "portal@localhost"
# The portal's own address, for links in messages.
PORTAL_URL = (env("PORTAL_URL", default="") or next(iter(CSRF_TRUSTED_ORIGINS), "")).rstrip("/")
# Host suffixes that webhooks may have, comma-separated; empty: every public host.
MESSAGE_HOSTS = env.list("MESSAGE_HOSTS", default=[])
# The one loopback address:port that a test run may call besides; production has none.
MESSAGE_TEST_TARGET = "" if PRODUCTION else env("MESSAGE_TEST_TARGET", default="")

# --- Files -----------------------------------------------------------------------------------------
# Where pictures and other files stand: empty, below FILES_DIR; s3://bucket/prefix in an S3-compatible store (extra [s3]).
FILES_URL = env("FILES_URL", default="")
FILES_ENDPOINT = env("FILES_ENDPOINT", default="")  # https://…, empty for Amazon's own
FILES_REGION = env("FILES_REGION", default="us-east-1")
FILES_ACCESS_KEY = env("FILES_ACCESS_KEY", default="")
FILES_SECRET_KEY = env("FILES_SECRET_KEY", default="")

# --- Uploads ---------------------------------------------------------------------------------------
MAX_PHOTO_BYTES = 25 * 1024 * 1024
MAX_WORKBOOK_BYTES = 60 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024  # larger files go through a temporary file, not memory

# Whether the watermark in evidence is read: needs the extra `ocr` and a worker of its own (deploy/README.md).
OCR = env.bool("OCR", default=False)
CELERY_TASK_ROUTES = {"incidents.read_watermarks": {"queue": "ocr"}}
if OCR:
    CELERY_BEAT_SCHEDULE["watermarks"] = {"task": "incidents.read_watermarks", "schedule": 5.0}

# Who compares the faces of a sign-in and a reference photo (verification/faces): phone, or service, an outside one.
FACE_MATCHER = env("FACE_MATCHER", default="phone")
FACE_MATCHING_URL = env("FACE_MATCHING_URL", default="")
FACE_MATCHING_TOKEN = env("FACE_MATCHING_TOKEN", default="")

# 实名认证 of proctors (proctors/real_names): person, or service, an outside one that is asked first.
REAL_NAME_PROVIDER = env("REAL_NAME_PROVIDER", default="person")
REAL_NAME_URL, REAL_NAME_KEY = env("REAL_NAME_URL", default=""), env("REAL_NAME_KEY", default="")
REAL_NAME_WITHIN = env.float("REAL_NAME_WITHIN", default=5.0)  # seconds for one answer
# Whether whoever entered a proctor's facts may also compare them; days for which a certificate holds, 0 for good.
CERTIFICATE_FOUR_EYES = env.bool("CERTIFICATE_FOUR_EYES", default=True)
CERTIFICATE_DAYS = env.int("CERTIFICATE_DAYS", default=0)

# --- Languages and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "exam_ops.core.static_files.HashedFiles"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False

# --- API -------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["exam_ops.core.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "exam_ops.core.api.CursorPages",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "exam_ops.core.api.problem_handler",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "iso-8601",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {
    "TOKEN_TTL": None,  # set per token, past the end of the day's last unit
    "AUTO_REFRESH": False,
    "TOKEN_LIMIT_PER_USER": None,
    "TOKEN_PREFIX": "",
}
KNOX_TOKEN_MODEL = "core.AccessToken"
MIGRATION_MODULES = {"knox": None}  # its own table is swapped out; its migrations would make it all the same
SPECTACULAR_SETTINGS = {
    "TITLE": "Exam-day portal",
    "DESCRIPTION": "What proctors' phones and exam clients speak with the portal.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "exam_ops.core.schema.document_problems",
    ],
}

# --- Logs ------------------------------------------------------------------------------------------
LOG_LEVEL = env("LOG_LEVEL", default="INFO")
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # a whole site is one address, and the proxy's log has it
_log_steps: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_log_steps,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            "foreign_pre_chain": _log_steps,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "axes": {"level": "WARNING"},
        # Refused and failed requests, each with its id; INFO writes two lines for every other one as well, which
        # the proxy's own log has already and which costs a sign-in as much as its write.
        "django_structlog.middlewares": {"level": env("REQUEST_LOG_LEVEL", default="WARNING")},
        "celery.beat": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},
    },
}
