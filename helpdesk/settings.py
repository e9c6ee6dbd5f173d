"""One settings file. What differs between machines comes from the environment (see .env.example)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from helpdesk import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)
DEFAULT_SECRET = "not-a-secret-for-the-laptop-only"  # noqa: S105  # production refuses it, below

# --- which way to run -------------------------------------------------------------------------
PRODUCTION = env.flag("PRODUCTION", default=False)
REDIS_URL = env.secret("REDIS_URL", "")
EMBEDDED = not REDIS_URL  # one process: broker, cache and channel layer live in it
PROCESS = env.text("PROCESS", "web")  # web keeps a database pool; worker and beat do not
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", DEFAULT_SECRET)
SECRETS_KEYS = [key for key in env.secret("SECRETS_KEYS", "").split(",") if key]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{env.number('PORT', 8000)}").rstrip("/")
if PRODUCTION:
    if SECRET_KEY == DEFAULT_SECRET or len(SECRET_KEY) < 32:
        raise ImproperlyConfigured("Set SECRET_KEY to a random text of at least 32 characters.")
    if DEBUG:
        raise ImproperlyConfigured("Set DEBUG=false in production.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names this site answers to, without *.")

# --- the rooms --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.admin",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_htmx",
    "django_prose_editor",  # its script is the composer's formatting
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "auditlog",
    "helpdesk.apps.HelpdeskConfig",
    "accounts",
    "customers",
    "tickets",
    "channels_app",
    "automation",
]
MIDDLEWARE = [
    "helpdesk.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "helpdesk.static_files.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "accounts.middleware.AskAgainMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "helpdesk.errors.DomainErrorMiddleware",
]
ROOT_URLCONF = "helpdesk.urls"
ASGI_APPLICATION = "helpdesk.asgi.application"
WSGI_APPLICATION = "helpdesk.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
            "builtins": ["helpdesk.templatetags.ui"],
        },
    }
]

# --- data -------------------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'helpdesk.sqlite3'}")}
_database: dict[str, Any] = DATABASES["default"]
if "sqlite" in str(_database["ENGINE"]):
    # DEFERRED transactions fail under concurrent writers whatever the timeout; IMMEDIATE ones wait.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-20000;",
    }
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    # after three seconds of a lost database the pool stops waiting ever longer, and tries when it is asked
    _pool = {
        "min_size": 1,
        "max_size": env.number("DATABASE_POOL", 16),
        "timeout": 10,
        "reconnect_timeout": 3,
    }
    _database["CONN_MAX_AGE"] = 0 if PROCESS == "web" else 600
    _database["CONN_HEALTH_CHECKS"] = True  # after a restart of the database nobody meets a dead connection
    # compiling costs 15 ms whenever a bounded query merely looks expensive to the planner
    _database["OPTIONS"] = {"options": "-c jit=off"}
    if PROCESS == "web":
        # else PostgreSQL goes on planning what seems cheaper for each value: 3 ms to save a part of one
        _database["OPTIONS"]["options"] += " -c plan_cache_mode=force_generic_plan"
    if PROCESS == "web" and "pytest" not in sys.modules:
        _database["OPTIONS"]["pool"] = _pool
DATABASE_PREPARED = env.flag("DATABASE_PREPARED", default=True)  # helpdesk/prepared.py
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(DATA_DIR / "media")))
MEDIA_URL = "/media/"  # never served: attachments go through a view that checks permission
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
ATTACHMENT_MAX_BYTES = env.number("ATTACHMENT_MAX_MB", 25) * 1024 * 1024
_programs = """ade adp app bat chm cmd com cpl dll exe hta ins iso isp jar js jse lib lnk mde msc msi msp mst
pif ps1 reg scr sct shb sys vb vbe vbs vxd wsc wsf wsh"""
ATTACHMENT_BLOCKED_EXTENSIONS = frozenset(_programs.split())
MESSAGE_MAX_FILES = env.number("MESSAGE_MAX_FILES", 20)
MESSAGE_FILES_MAX_BYTES = env.number("MESSAGE_FILES_MAX_MB", 25) * 1024 * 1024  # what we send
MESSAGE_MAX_BYTES = env.number("MESSAGE_MAX_MB", 50) * 1024 * 1024

# --- broker, cache, live ----------------------------------------------------------------------
CACHES: dict[str, dict[str, Any]]
if EMBEDDED:
    CELERY_BROKER_URL = "memory://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.02}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
else:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 10}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "helpdesk",
            "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
        }
    }
GATHER_TASKS = not EMBEDDED and "pytest" not in sys.modules
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # a broker that is away must not hold a request: the sweep comes
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_DEFAULT_QUEUE = "rules"
CELERY_TASK_ROUTES = {
    "channels_app.tasks.send_*": {"queue": "outbound"},
    "channels_app.tasks.*": {"queue": "inbound"},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "helpdesk.heartbeats.PulseScheduler"
CELERY_BEAT_SCHEDULE = {
    "facts": {"task": "tickets.tasks.react_to_forgotten", "schedule": 10.0},
    "snoozed": {"task": "tickets.tasks.wake_snoozed", "schedule": 15.0},
    "solved": {"task": "tickets.tasks.close_long_solved", "schedule": 300.0},
    "uploads": {"task": "tickets.tasks.purge_uploads", "schedule": 3600.0},
    "away": {"task": "tickets.tasks.tell_those_away", "schedule": 60.0},
    "waiting": {"task": "automation.tasks.give_out_waiting", "schedule": 15.0},
    "presence": {"task": "accounts.tasks.sweep_presence", "schedule": 5.0},
    "calls": {"task": "channels_app.tasks.process_forgotten_calls", "schedule": 10.0},
    "replies": {"task": "channels_app.tasks.send_due_messages", "schedule": 5.0},
}

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"  # closed to sign-up: administrators add people
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # so long after the password was given again nobody is asked
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Helpdesk"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are entered by administrators, not by strangers
USERSESSIONS_TRACK_ACTIVITY = False
USERSESSIONS_ADAPTER = "accounts.adapter.SessionsAdapter"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.flag("BEHIND_PROXY", default=PRODUCTION) else 0  # whose address counts
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# --- static files -----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it is missing
STATICFILES_DIRS = [BASE_DIR / "static"]
if not PRODUCTION:
    STATIC_ROOT.mkdir(exist_ok=True)  # empty: files come from where they are written
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "helpdesk.static_storage.StaticStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- the desk's own mail (password resets, notifications) -------------------------------------
_mail = env.mail("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_mail.get("EMAIL_USE_TLS", False))
EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_SSL", False))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Helpdesk <helpdesk@localhost>")

# --- customers' mail --------------------------------------------------------------------------
MAIL_HOSTNAME = env.text("MAIL_HOSTNAME", "localhost")  # how our own mail server names itself
LISTEN_HOST = env.text("LISTEN_HOST", "127.0.0.1")
LISTEN_SMTP_PORT = env.number("LISTEN_SMTP_PORT", 2525 if EMBEDDED else 0)  # 0: do not listen
LISTEN_LMTP_PORT = env.number("LISTEN_LMTP_PORT", 0)
# Hosts that outgoing webhooks may reach although they are private: development, tests, your own network
PRIVATE_HOSTS_ALLOWED = env.words("PRIVATE_HOSTS_ALLOWED")
if env.flag("POLL_BY_BEAT", default=EMBEDDED):  # else `manage.py poll_mail --idle` runs beside the workers
    CELERY_BEAT_SCHEDULE["mailboxes"] = {"task": "channels_app.tasks.poll_mailboxes", "schedule": 5.0}

# --- safety -----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
_https = env.flag("HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = _https and env.flag("SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _https else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=PRODUCTION) else None
)

# --- API --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "helpdesk.api_errors.api_exception_handler",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": [
        "accounts.api.throttles.CallerThrottle",
        "accounts.api.throttles.StrangerThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"user": env.text("API_RATE", "600/min"), "anon": "60/min"},
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.Schema",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Helpdesk API",
    "DESCRIPTION": "Everything that agents do on the pages, for programs. See docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "TicketStatus": "tickets.models.Status",
        "TicketType": "tickets.models.TicketType",
        "MessageKind": "tickets.models.Message.Kind",
        "LinkKind": "tickets.models.TicketLink.Kind",
        "CustomFieldKind": "tickets.models.CustomField.Kind",
        "ApiKeyKind": "accounts.models.ApiKey.Kind",
        "PresenceState": "accounts.models.Presence.State",
        "CallState": "channels_app.models.InboundCall.State",
        "Language": "accounts.models.LANGUAGES",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api.schema.add_errors",
    ],
}

# --- logging: constant text, ids in `extra` ---------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "helpdesk.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
        "mail.log": {"level": "WARNING"},  # aiosmtpd says every step, with addresses
        "django.request": {"level": "ERROR"},
        "uvicorn.access": {"level": "WARNING"},
        "uvicorn.error": {"level": "WARNING"},
    },
}
