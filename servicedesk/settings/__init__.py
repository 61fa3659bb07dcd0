"""Django settings, derived from one typed reading of the environment."""

import logging
from datetime import timedelta

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from .environment import ROOT, read
from .logs import configure

ENV = read()

BASE_DIR = ROOT
DATA_DIR = ENV.data_dir
ENVIRONMENT = ENV.name
SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = [*ENV.allowed_hosts, *ENV.files_hosts]
BASE_URL = ENV.base_url
FILES_BASE_URL = ENV.files_base_url
TRUSTED_PROXIES = ENV.trusted_proxies

INSTALLED_APPS = [
    "servicedesk",  # first: its commands stand in for Django's of the same name
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "axes",
    "servicedesk.common",
    "servicedesk.ui",
    "servicedesk.query",
    "servicedesk.calendars",
    "servicedesk.audit",
    "servicedesk.outbox",
    "servicedesk.workflow",
    "directory",
    "servicedesk.tickets",
    "servicedesk.notifications",
    "assets",
    "kb",
    "incidents",
    "changes",
    "onboarding",
    "servicedesk.portal",
    "servicedesk.console",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "servicedesk.middleware.files_only",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "servicedesk.middleware.body_limit",
    "servicedesk.middleware.channel",
    "servicedesk.middleware.session_in_use",
    "servicedesk.middleware.second_step_first",
    "servicedesk.middleware.time_zone",
    "servicedesk.middleware.domain_errors",
]

ROOT_URLCONF = "servicedesk.urls"
WSGI_APPLICATION = "servicedesk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "servicedesk.ui.context.page",
            ],
        },
    }
]

DATABASES = {"default": environ.Env.db_url_config(ENV.database_url)}
_database = DATABASES["default"]
_database.setdefault("OPTIONS", {})
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] |= {
        # IMMEDIATE takes the one writer's lock at BEGIN: it is the row lock of SQLite.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;",
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    # Two web workers of 128 threads would open 256 connections; PostgreSQL has 100 by default.
    _database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 20, "timeout": 10}
    _database["CONN_HEALTH_CHECKS"] = True
else:
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:/// or postgres://.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": environ.Env.cache_url_config(ENV.cache_url)
    if ENV.cache_url
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache"}
}

AUTH_USER_MODEL = "directory.Employee"
AUTHENTICATION_BACKENDS = ["directory.backends.PasswordLogin"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "servicedesk.views.csrf_failure"

# Guesses: counted in the database before they are checked (directory.signin.lockout), so axes keeps no counts itself.
AXES_VERBOSE = False
AXES_HANDLER = "directory.signin.lockout.Reserving"
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "directory.signin.addresses.client_address"
AXES_FAILURE_LIMIT = 10  # at one login
SIGN_IN_GUESSES_PER_ADDRESS = 100  # a whole office may share one
SIGN_IN_GUESSES_AT_SECOND_STEP = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)

# allauth brings second steps, sessions and single sign-on. Pages, sentences and mail are ours; it counts nothing,
# because its counts lie in the cache of one machine.
ACCOUNT_ADAPTER = "directory.signin.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
OIDC = ENV.oidc
DIRECTORY = ENV.directory
SOCIALACCOUNT_ADAPTER = "directory.signin.single_sign_on.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # who holds an address elsewhere is nobody here
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "directory.signin.adapters.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_REAUTHENTICATION_REQUIRED = False  # servicedesk.portal asks, for people of a directory too
MFA_RATE_LIMITS = False
MFA_TOTP_ISSUER = "Service desk"
MFA_TOTP_TOLERANCE = 1

# guardian: rights are granted to groups on queues; there is no anonymous or all-powerful person.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # a login is unique without regard to case, by a constraint over Lower(login)
    "axes.W002",  # a locked login is answered as a wrong password is, by the sign-in page and not by axes' middleware
    "guardian.W001",  # rights on queues are read in sets, never by has_perm(queue)
]

LANGUAGE_CODE = "en"
# Only what is translated: others would get Django's sentences in their language among ours in English.
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
ATTACHMENT_MAX_BYTES = 25 * 1024 * 1024
# What surrounds the fields and files of a form, and the most that one form with several files may be.
ROOM_FOR_FORM = 64 * 1024
REQUEST_MAX_BYTES = 10 * ATTACHMENT_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE

vars().update(
    environ.Env.email_url_config(ENV.email_url)
    if ENV.email_url
    else {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(DATA_DIR / "outgoing-mail"),
    }
)
DEFAULT_FROM_EMAIL = "Service desk <servicedesk@localhost>"
EMAIL_TIMEOUT = 20

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
if BASE_URL.startswith("https://"):
    # gunicorn tells http from https by X-Forwarded-Proto, and believes it from TRUSTED_PROXIES alone.
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
CSRF_TRUSTED_ORIGINS = [BASE_URL]

LOGGING = configure(is_production=ENV.is_production)
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
# The address would be taken from a header that anybody can send; who did what stands in the audit log.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = None

REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "directory.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "servicedesk.common.rest.permissions.WithinScope",
    ],
    "DEFAULT_PARSER_CLASSES": ["servicedesk.common.rest.parsing.StrictJSON"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["servicedesk.common.rest.throttling.PersonThrottle"],
    "DEFAULT_SCHEMA_CLASS": "servicedesk.common.rest.schema.DeskSchema",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": None,
    "EXCEPTION_HANDLER": "servicedesk.common.rest.problems.as_problem",
    "URL_FORMAT_OVERRIDE": None,
}
# Far above what people and well-made scripts need; it stops a script that runs wild.
API_REQUESTS_PER_MINUTE = 6_000
SPECTACULAR_SETTINGS: dict[str, object] = {
    "TITLE": "Service desk",
    "VERSION": "1",
    "DESCRIPTION": "Tickets and what belongs to them. Faults are answered as problem details (RFC 9457).",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "TicketKind": "servicedesk.tickets.states.Kind",
        "EmployeeKind": "directory.models.Employee.Kind",
        "LinkKind": "servicedesk.tickets.models.relations.Link.Kind",
        "Level": "servicedesk.tickets.states.Level",
        "AssetState": "assets.states.VOCABULARY.choices",
        "ApprovalState": "servicedesk.tickets.models.approvals.Approval.State",
    },
}

# The broker only wakes: what must happen stands in the outbox and in due times, and the schedule finds it.
CELERY_BROKER_URL = ENV.broker_url or "filesystem://"
if not ENV.broker_url:
    BROKER_DIR = DATA_DIR / "broker"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
# A turn that waited longer than its interval is dropped: the next one does its work.
CELERY_BEAT_SCHEDULE = {
    "drain-outbox": {"task": "servicedesk.outbox.tasks.drain", "schedule": 15.0, "options": {"expires": 15}},
    "seal-log": {"task": "servicedesk.audit.tasks.seal", "schedule": 60.0, "options": {"expires": 60}},
    "sync-directory": {"task": "directory.tasks.sync", "schedule": 60.0, "options": {"expires": 60}},
    "recheck-leavers": {
        "task": "onboarding.tasks.recheck",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 3600},
    },
    "sweep-tickets": {"task": "servicedesk.tickets.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
}
